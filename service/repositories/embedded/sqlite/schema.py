"""The schema of the SQLite file, and how that of an earlier version is brought up to it."""

from service.repositories.embedded.sqlite import facets

# Each makes the next version of the schema (PRAGMA user_version): a script, or a function of the
# connection. Never change an old one.
MIGRATIONS = (
    """
    CREATE TABLE images (
        image_id TEXT PRIMARY KEY, state TEXT NOT NULL, nonce TEXT NOT NULL,
        request_digest TEXT, keyed INTEGER, attempts INTEGER,
        released INTEGER, bury_nonce TEXT, due_at TEXT, was_ready INTEGER, swept INTEGER,
        doc TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX images_due ON images (due_at, image_id) WHERE due_at IS NOT NULL;
    CREATE TABLE entries (
        list_key TEXT NOT NULL, listed_at TEXT NOT NULL, image_id TEXT NOT NULL,
        PRIMARY KEY (list_key, listed_at)
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE images ADD COLUMN direct INTEGER;
    ALTER TABLE images ADD COLUMN problem TEXT;
    """,
    """
    CREATE TABLE usage (
        user_id TEXT PRIMARY KEY, images INTEGER NOT NULL, bytes INTEGER NOT NULL,
        changes INTEGER NOT NULL
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE images DROP COLUMN was_ready;
    """,
    """
    ALTER TABLE images ADD COLUMN charged INTEGER;
    """,
    "ALTER TABLE images ADD COLUMN revision TEXT;",
    "ALTER TABLE images ADD COLUMN tidy_at TEXT;",
    facets.add_table,
    # The owner is a user_id, or '' for everyone. `$` is the character behind `#`; a user_id has no
    # `#`, a tag may have some.
    """
    CREATE TABLE tags (
        owner TEXT NOT NULL, tag TEXT NOT NULL, count INTEGER NOT NULL,
        PRIMARY KEY (owner, tag)
    ) WITHOUT ROWID;
    INSERT INTO tags SELECT '', substr(list_key, 3), count(*) FROM entries
        WHERE list_key >= 't#' AND list_key < 't$' GROUP BY list_key;
    INSERT INTO tags SELECT substr(list_key, 4, instr(substr(list_key, 4), '#') - 1),
        substr(list_key, 4 + instr(substr(list_key, 4), '#')), count(*) FROM entries
        WHERE list_key >= 'ut#' AND list_key < 'ut$' GROUP BY list_key;
    """,
    # The row of '' is that of everyone.
    """
    CREATE TABLE totals (
        user_id TEXT PRIMARY KEY, images INTEGER NOT NULL, bytes INTEGER NOT NULL,
        trashed_images INTEGER NOT NULL, trashed_bytes INTEGER NOT NULL
    ) WITHOUT ROWID;
    INSERT INTO totals SELECT json_extract(doc, '$.user_id'), sum(state = 'ready'),
        sum(json_extract(doc, '$.size') * (state = 'ready')), sum(state = 'trashed'),
        sum(json_extract(doc, '$.size') * (state = 'trashed'))
        FROM images WHERE state IN ('ready', 'trashed') GROUP BY 1;
    INSERT INTO totals SELECT '', ifnull(sum(images), 0), ifnull(sum(bytes), 0),
        ifnull(sum(trashed_images), 0), ifnull(sum(trashed_bytes), 0) FROM totals;
    """,
    # Nothing changes here, but an earlier version does not find the files of this one.
    "",
)


def migrate(connection):
    """Update the schema, in one transaction."""
    if version(connection) == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    for number, change in enumerate(MIGRATIONS[version(connection) :], version(connection) + 1):
        if callable(change):
            change(connection)
        else:
            for statement in change.split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")
    connection.execute("COMMIT")


def is_newer(connection):
    """Tell whether a newer version of the service made the schema."""
    return version(connection) > len(MIGRATIONS)


def is_older(connection):
    """Tell whether an earlier version of the service made the schema."""
    return 0 < version(connection) < len(MIGRATIONS)


def version(connection):
    """Return the schema's version."""
    return connection.execute("PRAGMA user_version").fetchone()[0]
