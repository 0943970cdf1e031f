"""How much is stored, in SQLite: exact, because images and totals are one write.

The table `totals` has a row for each user with images, and one for EVERYONE, which is always there.
"""

from service.models.image import STORED
from service.models.totals import Totals
from service.repositories.embedded.sqlite.tags import EVERYONE

NUMBERS = "images, bytes, trashed_images, trashed_bytes"
ADD = f"""INSERT INTO totals (user_id, {NUMBERS}) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET images = images + excluded.images, bytes = bytes + excluded.bytes,
    trashed_images = trashed_images + excluded.trashed_images,
    trashed_bytes = trashed_bytes + excluded.trashed_bytes"""
REMOVE_EMPTY = f"""DELETE FROM totals
    WHERE user_id = ? AND user_id != '{EVERYONE}' AND images + trashed_images = 0"""
# The row of EVERYONE is no user.
FIND = f"""SELECT {NUMBERS}, (SELECT count(*) - 1 FROM totals) AS users FROM totals
    WHERE user_id = '{EVERYONE}'"""
COUNTED = """WITH stored AS MATERIALIZED (
        SELECT json_extract(doc, '$.user_id') AS user_id, state = 'trashed' AS trashed,
            json_extract(doc, '$.size') AS size
        FROM images WHERE state IN ('ready', 'trashed')),
    users AS MATERIALIZED (
        SELECT user_id, sum(NOT trashed) AS images, sum(size * NOT trashed) AS bytes,
            sum(trashed) AS trashed_images, sum(size * trashed) AS trashed_bytes
        FROM stored GROUP BY user_id)
    SELECT user_id, images, bytes, trashed_images, trashed_bytes FROM users
    UNION ALL SELECT '', ifnull(sum(images), 0), ifnull(sum(bytes), 0),
        ifnull(sum(trashed_images), 0), ifnull(sum(trashed_bytes), 0) FROM users"""


class SqliteTotals:
    """The totals of one database. `count` runs inside transactions of others."""

    def __init__(self, database):
        self.database = database

    def count(self, connection, image, step):
        """Add an image to the totals of its state (step 1) or take it out (step -1)."""
        if image.state not in STORED:
            return
        numbers = [0, 0, 0, 0]
        start = 2 * STORED.index(image.state)
        numbers[start : start + 2] = step, step * image.size
        connection.execute(ADD, (EVERYONE, *numbers))
        connection.execute(ADD, (image.user_id, *numbers))
        if step < 0:
            connection.execute(REMOVE_EMPTY, (image.user_id,))

    def read(self):
        """Return the Totals."""
        (row,) = self.database.read("totals", FIND, ())
        return Totals(*row)

    def wrong(self):
        """Return the keys of the rows that are wrong or missing. Reads every record."""
        sql = f"""WITH counted AS MATERIALIZED ({COUNTED}), stored AS (SELECT * FROM totals)
            SELECT user_id FROM (SELECT * FROM counted EXCEPT SELECT * FROM stored)
            UNION SELECT user_id FROM (SELECT * FROM stored EXCEPT SELECT * FROM counted)"""
        return [user_id for (user_id,) in self.database.read("wrong totals", sql, ())]

    def recount(self):
        """Write every row anew; return how many were wrong."""
        wrong = len(self.wrong())
        if wrong:
            with self.database.writing("recount totals") as connection:
                connection.execute("DELETE FROM totals")
                connection.execute(f"INSERT INTO totals {COUNTED}")
        return wrong
