"""The embedded store: SQLite and a folder, both in DATA_DIR."""

import contextlib
import hashlib
import logging

from service.common.errors import StorageUnavailable
from service.repositories.embedded.folder_objects import FolderObjects
from service.repositories.embedded.folders import close_to_others, lock_folder
from service.repositories.embedded.sqlite.database import SqliteDatabase
from service.repositories.embedded.sqlite.images import SqliteImages

log = logging.getLogger(__name__)


class EmbeddedStore:
    """Images and objects on this machine's disk; see service/repositories/__init__.py."""

    kind = "embedded"
    swept_by_server = True
    provision = None
    # The service itself serves the files.
    origin = None

    def __init__(self, settings, quota):
        self.data_dir = settings.data_dir
        self.database = SqliteDatabase(self.data_dir / "images.db")
        self.images = SqliteImages(self.database, quota)
        self.objects = FolderObjects(self.data_dir / "objects", settings.max_image_size)
        self.file_urls = self.objects.urls
        self.own_folder = self.objects.folder

    def place(self):
        """Return where the images are, for the line that announces the start."""
        return str(self.data_dir.resolve())

    def identity(self):
        """Return a text that no other store has."""
        # Made of the store's secret, so that it stays the same wherever DATA_DIR is moved to.
        return hashlib.sha256(b"store\n" + self.file_urls.read_secret()).hexdigest()[:16]

    def is_there(self):
        """Tell whether the store exists, without making it."""
        return self.database.path.exists()

    def prepare(self, say):
        """Make DATA_DIR if it is missing, lock it, close it to others, update what is in it.

        Returns the open file that holds the lock. Raises StorageUnavailable, also for data that a
        newer version of the service wrote.
        """
        lock = self.lock()
        self.close_to_others()
        try:
            self.refuse_newer()
        except StorageUnavailable:
            lock.close()
            raise
        # Before a server listens, because with many images this takes longer than requests wait.
        if self.database.is_older():
            say(f"Updating {self.database.path} for this version of the service.")
            self.database.update()
        return lock

    def refuse_newer(self):
        """Raise StorageUnavailable if a newer version wrote the data; change nothing."""
        if self.database.is_newer():
            raise StorageUnavailable(
                f"DATA_DIR={self.data_dir} was written by a newer version of the service: run "
                "that version, or choose another DATA_DIR."
            )

    def close_to_others(self):
        """Take from other users what an earlier version let them read. The doctor tells the rest.

        Best effort: some file systems have no modes.
        """
        with contextlib.suppress(OSError):
            closed = close_to_others(self.data_dir)
            if closed:
                facts = {"names": [path.name for path in closed]}
                log.warning("closed to other users of this machine", extra=facts)

    def lock(self):
        """Return the open file that holds the lock on DATA_DIR. Raises StorageUnavailable."""
        try:
            return lock_folder(self.data_dir)
        except BlockingIOError as error:
            raise StorageUnavailable(
                f"Another server is already running on DATA_DIR={self.data_dir}: stop it first."
            ) from error
        except OSError as error:
            reason = error.strerror or error
            raise StorageUnavailable(
                f"DATA_DIR={self.data_dir} cannot be written to: {reason}."
            ) from error
