"""Image records in SQLite. The embedded store uses it in place of DynamoDB."""

from service.models.image import (
    DELETING,
    PENDING,
    RECORD_FIELDS,
    REFUSED,
    is_image_id,
)
from service.models.quota import NO_QUOTA
from service.models.states import finished
from service.repositories.embedded.sqlite.changes import SqliteChanges
from service.repositories.embedded.sqlite.lists import SqliteLists
from service.repositories.embedded.sqlite.rows import COLUMNS, SLOTS, image_of, row_of
from service.repositories.embedded.sqlite.usage import SqliteUsage


class SqliteImages:
    """Image records and their lists in one SQLite file."""

    def __init__(self, database, quota=NO_QUOTA):
        self.database = database
        self.lists = SqliteLists(database)
        self.tag_counts = self.lists.tags
        self.tags = self.tag_counts.page
        self.totals = self.lists.totals
        self.usage = SqliteUsage(database, quota)
        self.changes = SqliteChanges(database, self.lists, self.usage)
        self.quota = quota
        self.name = "images.db"

    def begin(self, image):
        """Write a pending record; False if another attempt has one. Raises QuotaExceeded."""
        sql = f"""INSERT INTO images ({COLUMNS}) VALUES ({SLOTS}) ON CONFLICT DO UPDATE SET
            nonce = excluded.nonce WHERE state = '{PENDING}' AND nonce = excluded.nonce"""
        return self.write("begin", sql, row_of(image))

    def take_over(self, image, previous):
        """Replace the attempt `previous`, pending or condemned; False if it has changed since.

        Raises QuotaExceeded.
        """
        names = ", ".join(f"{name} = :{name}" for name in (*RECORD_FIELDS, "doc"))
        sql = f"""UPDATE images SET {names} WHERE image_id = :image_id AND bury_nonce IS NULL
            AND (state = :previous_state AND state IN ('{PENDING}', '{DELETING}')
            AND nonce = :previous OR state = '{PENDING}' AND nonce = :nonce)"""
        given = {"previous": previous.nonce, "previous_state": previous.state}
        return self.write("take over", sql, row_of(image) | given)

    def release(self, image):
        """Mark the attempt as failed, so that a retry may take over at once."""
        sql = f"""UPDATE images SET released = 1 WHERE image_id = :image_id
            AND state = '{PENDING}' AND nonce = :nonce"""
        self.write("release", sql, row_of(image))

    def finish(self, image):
        """Make this attempt's pending record ready, or trashed if it has a trashed_at, and listed.

        Also writes doc and due_at (None: only the end of its time in the trash makes it due).
        False if it has changed. Raises QuotaExceeded.
        """
        after = finished(image)
        sql = f"""UPDATE images SET state = :state, doc = :doc, due_at = :due_at,
            tidy_at = :tidy_at, charged = NULL
            WHERE image_id = :image_id AND state = '{PENDING}' AND nonce = :nonce"""
        with self.database.writing("finish") as connection:
            if self.usage.execute(connection, sql, row_of(after)):
                self.lists.enter(connection, after)
                return True
        return self.is_mine(after)

    def is_mine(self, after):
        """Tell whether the record has its state because of this attempt."""
        record = self.get(after.image_id)
        return bool(
            record and record.state == after.state and record.object_key == after.object_key
        )

    def change(self, before, after):
        """Write a ready or trashed image anew, also its lists. False if it has changed.

        before: as it was read. after: as it will be, with a new revision.
        """
        return self.change_many([(before, after)])[0]

    def change_many(self, pairs):
        """Make many changes, pairs (before, after); return for each what `change` returns."""
        return self.changes.change_many(pairs)

    def refuse(self, image):
        """Make the pending record refused and write its problem. False if it has changed."""
        sql = f"""UPDATE images SET state = '{REFUSED}', problem = :problem, charged = NULL
            WHERE image_id = :image_id AND state = '{PENDING}' AND nonce = :nonce"""
        return self.write("refuse", sql, row_of(image))

    def get(self, image_id):
        """Return the Image, in any state, or None if there is no record."""
        return self.get_many([image_id]).get(image_id)

    def get_many(self, image_ids):
        """Return {image_id: Image} of the records that there are."""
        known = [image_id for image_id in image_ids if is_image_id(image_id)]
        if not known:
            return {}
        marks = ", ".join("?" * len(known))
        sql = f"SELECT {COLUMNS} FROM images WHERE image_id IN ({marks})"
        rows = self.database.read("get", sql, known)
        return {row["image_id"]: image_of(row) for row in rows}

    def bury(self, image, bury_nonce, due_at):
        """Make a visible image deleting, remove it from all lists. False if it has changed.

        image: as it was read.
        """
        return self.bury_many([image], bury_nonce, due_at)[0]

    def bury_many(self, images, bury_nonce, due_at):
        """Bury many images under one nonce; return for each what `bury` returns."""
        return self.changes.bury_many(images, bury_nonce, due_at)

    def purge(self, image, bury_nonce, due_at):
        """Bury an image of the trash whose time is over. False if it has changed."""
        return self.changes.purge(image, bury_nonce, due_at)

    def list(self, query, limit, position):
        """Return (images, position): a page of a list after a position; None: the first."""
        return self.lists.page(query, limit, position)

    def has_room(self, image):
        """Tell whether the user may keep one more image."""
        return self.usage.has_room(image)

    def usages(self):
        """Return every user's Usage by user_id. For audits and recounts only."""
        return self.usage.all()

    def correct_usage(self, user_id, previous, counted):
        """Set a user's Usage to `counted`. False if it is no longer `previous`."""
        return self.usage.correct(user_id, previous, counted)

    def due(self, before):
        """Yield (due_at, image_id) of the records due before a time, oldest first."""
        sql = """SELECT due_at, image_id FROM images WHERE due_at <= ?
            AND (due_at, image_id) > (?, ?) ORDER BY due_at, image_id LIMIT 100"""
        last = ("", "")
        while rows := self.database.read("due", sql, (before, *last)):
            yield from map(tuple, rows)
            last = tuple(rows[-1])

    def condemn(self, image, due_at):
        """Make a pending record deleting and due at due_at. False if it has changed."""
        sql = f"""UPDATE images SET state = '{DELETING}', due_at = :due, charged = NULL
            WHERE image_id = :image_id AND state = '{PENDING}' AND nonce = :nonce"""
        return self.write("condemn", sql, row_of(image) | {"due": due_at})

    def postpone(self, image, due_at):
        """Make a record due at due_at and add 1 to `swept`. False if it has changed."""
        sql = """UPDATE images SET due_at = :due, swept = :swept WHERE image_id = :image_id
            AND state = :state AND due_at = :due_at"""
        parameters = row_of(image) | {"due": due_at, "swept": (image.swept or 0) + 1}
        return self.write("postpone", sql, parameters)

    def settle(self, image):
        """Make a ready record not due any more, a trashed one when it is purged.

        False if it has changed.
        """
        sql = """UPDATE images SET due_at = :purged_at, tidy_at = NULL WHERE image_id = :image_id
            AND state = :state AND due_at = :due_at AND revision IS :revision"""
        return self.write("settle", sql, row_of(image) | {"purged_at": image.purged_at})

    def forget(self, image):
        """Remove a deleting or refused record. False if it has changed."""
        sql = """DELETE FROM images WHERE image_id = :image_id
            AND state = :state AND due_at = :due_at"""
        return self.write("forget", sql, row_of(image))

    def all(self):
        """Yield every record, in any state. For audits only."""
        sql = f"SELECT {COLUMNS} FROM images WHERE image_id > ? ORDER BY image_id LIMIT 500"
        last = ""
        while rows := self.database.read("all", sql, (last,)):
            yield from map(image_of, rows)
            last = rows[-1]["image_id"]

    def write(self, operation, sql, parameters):
        """Run one conditional statement; tell whether its condition held."""
        with self.database.writing(operation) as connection:
            return self.usage.execute(connection, sql, parameters)

    def missing(self):
        """Return the names of the parts that do not answer."""
        self.database.read("ready", "SELECT 1 FROM images LIMIT 1", ())
        return []
