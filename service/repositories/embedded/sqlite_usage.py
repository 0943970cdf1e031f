"""How much each user keeps, counted in SQLite while a quota is set."""

from service.common.errors import QuotaExceeded
from service.models.quota import Usage

FIND = "SELECT images, bytes, changes FROM usage WHERE user_id = ?"
COUNT = """INSERT INTO usage (user_id, images, bytes, changes) VALUES (?, ?, ?, 1)
    ON CONFLICT DO UPDATE SET images = images + excluded.images, bytes = bytes + excluded.bytes,
    changes = changes + 1"""


class SqliteUsage:
    """Each user's Usage in one database. `add` and `remove` run in a caller's transaction."""

    def __init__(self, database, quota):
        self.database = database
        self.quota = quota

    def has_room(self, image):
        """Tell whether the user may keep one more image."""
        if not self.quota:
            return True
        rows = self.database.read("usage", FIND, (image.user_id,))
        return self.quota.has_room(usage_of(rows), image)

    def add(self, connection, image):
        """Add an image to the count. Raises QuotaExceeded."""
        if not self.quota:
            return
        rows = connection.execute(FIND, (image.user_id,)).fetchall()
        if not self.quota.has_room(usage_of(rows), image):
            raise QuotaExceeded(self.quota)
        connection.execute(COUNT, (image.user_id, 1, image.size))

    def remove(self, connection, image):
        """Subtract an image from the count."""
        if self.quota:
            connection.execute(COUNT, (image.user_id, -1, -image.size))

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


def usage_of(rows):
    """Return the Usage of a user's row; zeros if there is none."""
    return Usage(*(rows[0][name] for name in Usage._fields)) if rows else Usage()
