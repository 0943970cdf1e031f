"""Writes of visible images. Each has the condition that the image is as it was read."""

from service.models.image import DELETING
from service.repositories.embedded.sqlite.rows import row_of

AS_READ = "image_id = :image_id AND state = :read_state AND revision IS :read_revision"


class SqliteChanges:
    """Changes and buries images with their lists, many in one transaction."""

    def __init__(self, database, lists, usage):
        self.database = database
        self.lists = lists
        self.usage = usage

    def change_many(self, pairs):
        """Write images anew: pairs (before, after); tell for each whether it applied."""
        with self.database.writing("change") as connection:
            return [self.change(connection, *pair) for pair in pairs]

    def bury_many(self, images, bury_nonce, due_at):
        """Make visible images deleting; tell for each whether it is buried under this nonce."""
        with self.database.writing("bury") as connection:
            return [self.bury(connection, image, bury_nonce, due_at) for image in images]

    def purge(self, image, bury_nonce, due_at):
        """Bury an image of the trash, if the sweep's date is as it was read, too."""
        with self.database.writing("purge") as connection:
            return self.bury(connection, image, bury_nonce, due_at, "AND due_at = :due_at")

    def change(self, connection, before, after):
        """Make one change, within a transaction."""
        # A sweep may settle the record meanwhile: only a change of the state is about its dates.
        dates = ", due_at = :due_at, tidy_at = :tidy_at" if after.state != before.state else ""
        sql = f"""UPDATE images SET state = :state, doc = :doc, revision = :revision{dates}
            WHERE {AS_READ}"""
        if not self.usage.execute(connection, sql, row_of(after) | as_read(before)):
            return False
        self.lists.change(connection, before, after)
        return True

    def bury(self, connection, image, bury_nonce, due_at, condition=""):
        """Bury one image, within a transaction."""
        sql = f"""UPDATE images SET state = '{DELETING}', bury_nonce = :bury, due_at = :due,
            swept = NULL, charged = NULL, tidy_at = NULL WHERE {AS_READ} {condition}"""
        values = row_of(image) | as_read(image) | {"bury": bury_nonce, "due": due_at}
        if image.is_visible and self.usage.execute(connection, sql, values):
            self.lists.leave(connection, image)
            return True
        sql = "SELECT 1 FROM images WHERE image_id = ? AND bury_nonce = ?"
        return bool(connection.execute(sql, (image.image_id, bury_nonce)).fetchone())


def as_read(image):
    """Return what must still be as it was read."""
    return {"read_state": image.state, "read_revision": image.revision}
