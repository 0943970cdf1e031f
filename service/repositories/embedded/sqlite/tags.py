"""How many ready images carry each tag, in SQLite: exact, because images and counts are one write.

A count's key is (owner, tag). The owner is a user_id, or EVERYONE.
"""

from service.models.image import READY
from service.repositories import tag_pages

EVERYONE = ""
ADD = """INSERT INTO tags (owner, tag, count) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET count = count + excluded.count"""
REMOVE_EMPTY = "DELETE FROM tags WHERE owner = ? AND tag = ? AND count <= 0"
# `#` ends a user_id, but a tag may contain it. `$` is the character behind `#`.
FROM_LISTS = """SELECT list_key, count(*) AS count FROM entries
    WHERE list_key >= 't#' AND list_key < 't$' OR list_key >= 'ut#' AND list_key < 'ut$'
    GROUP BY list_key"""


class SqliteTags:
    """The counts of one database. `count` runs inside transactions of others."""

    is_exact = True

    def __init__(self, database):
        self.database = database

    def count(self, connection, image, step):
        """Add a step to the counts of an image's tags, if it is ready."""
        if image.state == READY:
            keys = [(owner, tag) for tag in image.tags for owner in (EVERYONE, image.user_id)]
            self.add(connection, keys, step)

    def add(self, connection, keys, step):
        """Add a step to some counts, within a transaction."""
        connection.executemany(ADD, [(*key, step) for key in keys])
        if step < 0:
            connection.executemany(REMOVE_EMPTY, keys)

    def page(self, user_id, prefix, limit, position):
        """Return ([(tag, count)], position): a page of tags, of a user or (None) of everyone."""
        sql = """SELECT tag, count FROM tags WHERE owner = ? AND tag BETWEEN ? AND ?
            ORDER BY tag LIMIT ?"""
        bounds = tag_pages.bounds(prefix, position)
        parameters = (user_id or EVERYONE, *bounds, limit + 1)
        return tag_pages.cut([*map(tuple, self.database.read("tags", sql, parameters))], limit)

    def is_filled(self):
        """Tell whether every image is counted: a migration has done it."""
        return True

    def mark_filled(self):
        """Do nothing: see is_filled."""

    def stored(self):
        """Yield (key, count) of every count. For audits and recounts only."""
        for owner, tag, count in self.database.read("stored tags", "SELECT * FROM tags", ()):
            yield (owner, tag), count

    def counted(self):
        """Yield (key, number) of what the lists have. For audits and recounts only."""
        for list_key, number in self.database.read("counted tags", FROM_LISTS, ()):
            kind, rest = list_key.split("#", 1)
            owner, tag = (EVERYONE, rest) if kind == "t" else rest.split("#", 1)
            yield (owner, tag), number

    def correct(self, key, stored, counted):
        """Add what a count lacks. False if it is now nearer to `counted` than to `stored`."""
        with self.database.writing("correct tag") as connection:
            sql = "SELECT count FROM tags WHERE owner = ? AND tag = ?"
            (present,) = connection.execute(sql, key).fetchone() or (0,)
            if abs(present - stored) > abs(counted - stored) // 2:
                return False
            self.add(connection, [key], counted - stored)
            return True
