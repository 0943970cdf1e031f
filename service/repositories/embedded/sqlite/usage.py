"""How much each user keeps, counted in SQLite while a quota is set."""

import contextlib

from service.common.errors import QuotaExceeded
from service.models.image import from_doc
from service.models.quota import Usage, counted, difference

RECORD = "SELECT state, charged, doc FROM images WHERE image_id = ?"
FIND = "SELECT images, bytes, changes FROM usage WHERE user_id = ?"
COUNT = """INSERT INTO usage (user_id, images, bytes, changes) VALUES (?, ?, ?, 1)
    ON CONFLICT DO UPDATE SET images = images + excluded.images, bytes = bytes + excluded.bytes,
    changes = changes + 1"""


class SqliteUsage:
    """Each user's Usage in one database. `execute` runs inside transactions of others."""

    def __init__(self, database, quota):
        self.database = database
        self.quota = quota

    def has_room(self, image):
        """Tell whether the user may keep one more image."""
        if not self.quota:
            return True
        rows = self.database.read("usage", FIND, (image.user_id,))
        return self.quota.has_room(usage_of(rows), Usage(1, image.size))

    def execute(self, connection, sql, parameters):
        """Run a conditional statement on a record and count what it changes; tell if it applied.

        Raises QuotaExceeded.
        """
        if not self.quota:
            return connection.execute(sql, parameters).rowcount > 0
        with self.counting(connection, parameters["image_id"]):
            return connection.execute(sql, parameters).rowcount > 0

    @contextlib.contextmanager
    def counting(self, connection, image_id):
        """Count what a block changes of a record. Raises QuotaExceeded."""
        before = read_record(connection, image_id)
        yield
        after = read_record(connection, image_id)
        added = difference(*(counted(one) if one else Usage() for one in (before, after)))
        if any(added):
            self.add(connection, (after or before).user_id, added)

    def add(self, connection, user_id, added):
        """Add a Usage to a user's. Raises QuotaExceeded."""
        rows = connection.execute(FIND, (user_id,)).fetchall()
        if not self.quota.has_room(usage_of(rows), added):
            raise QuotaExceeded(self.quota)
        connection.execute(COUNT, (user_id, added.images, added.bytes))

    def all(self):
        """Return every user's Usage by user_id."""
        rows = self.database.read("usages", "SELECT * FROM usage", ())
        return {row["user_id"]: usage_of([row]) for row in rows}

    def correct(self, user_id, previous, counted):
        """Set a user's images and bytes to `counted`; False if they are no longer `previous`."""
        sql = """INSERT INTO usage (user_id, images, bytes, changes) VALUES (?, ?, ?, 1)
            ON CONFLICT DO UPDATE SET images = excluded.images, bytes = excluded.bytes,
            changes = changes + 1 WHERE changes = ?"""
        parameters = (user_id, counted.images, counted.bytes, previous.changes)
        with self.database.writing("correct usage") as connection:
            return connection.execute(sql, parameters).rowcount > 0


def read_record(connection, image_id):
    """Return the Image of a record as it is within a transaction, or None."""
    row = connection.execute(RECORD, (image_id,)).fetchone()
    return row and from_doc(row["doc"], state=row["state"], charged=row["charged"])


def usage_of(rows):
    """Return the Usage of a user's row; zeros if there is none."""
    return Usage(*(rows[0][name] for name in Usage._fields)) if rows else Usage()
