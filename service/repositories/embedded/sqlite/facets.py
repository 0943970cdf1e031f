"""What a search compares of each listed image: a narrow table, so that SQLite itself filters."""

from service.models.image import from_doc
from service.models.query import searched

CREATE = """CREATE TABLE facets (listed_at TEXT PRIMARY KEY, created_at TEXT, content_type TEXT,
    tags TEXT, texts TEXT) WITHOUT ROWID"""
INSERT = "INSERT INTO facets VALUES (?, ?, ?, ?, ?)"
DELETE = "DELETE FROM facets WHERE listed_at = ?"
LISTED = """SELECT listed_at, doc FROM entries JOIN images USING (image_id)
    WHERE list_key IN ('a', 'x') ORDER BY list_key, listed_at"""
UNTAGGED = ",,"
# No text of an image and no search contains this control character.
BETWEEN_TEXTS = "\x1f"


def row_of(image):
    """Return the row of a listed image."""
    # No tag contains a comma.
    tags = f",{','.join(image.tags)},"
    texts = BETWEEN_TEXTS.join(searched(image))
    return image.listed_at, image.created_at, image.content_type, tags, texts


def add_table(connection):
    """Make the table, with the rows of all images that are listed already."""
    connection.execute(CREATE)
    # Row by row: there may be more images than fit into memory. Python folds the texts, because
    # SQLite knows upper and lower case of ASCII only.
    listed = connection.execute(LISTED)
    rows = ((listed_at, *row_of(from_doc(doc))[1:]) for listed_at, doc in listed)
    connection.executemany(INSERT, rows)


def condition(query):
    """Return (SQL, parameters): whether a row matches a query that is a search."""
    rules = [("instr(tags, ?) = 0", [f",{tag},"]) for tag in sorted(query.none)]
    if query.content_types:
        rules.append((one_of("content_type", query.content_types), sorted(query.content_types)))
    if query.untagged:
        rules.append(("tags = ?", [UNTAGGED]))
    if query.tags:
        either = " AND " if query.match_all else " OR "
        wanted = [f",{tag}," for tag in sorted(query.tags)]
        rules.append((either.join(["instr(tags, ?)"] * len(wanted)), wanted))
    if query.created_after:
        rules.append(("created_at >= ?", [query.created_after]))
    if query.created_before:
        rules.append(("created_at < ?", [query.created_before]))
    if query.text:
        rules.append(("instr(texts, ?)", [query.text]))
    sql = " AND ".join(f"({rule})" for rule, _ in rules) or "true"
    return sql, [value for _, values in rules for value in values]


def one_of(column, values):
    """Return the SQL that a column has one of some values."""
    return f"{column} IN ({', '.join('?' * len(values))})"
