"""Makes folders, flushes them to disk, and turns errors of the disk into StorageUnavailable."""

import contextlib
import os

from service.common.errors import StorageUnavailable


def make_folder(folder):
    """Make a folder and its parents, and flush each new entry to disk."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    flush_folder(folder.parent)


def flush_folder(folder):
    """Flush a folder's entries to disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def lock_folder(folder):
    """Make a folder if it is missing and lock it; return the open file that holds the lock.

    Raises BlockingIOError if another process holds it.
    """
    import fcntl

    make_folder(folder)
    descriptor = os.open(folder / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
    file = os.fdopen(descriptor, "rb+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        file.close()
        raise
    return file


@contextlib.contextmanager
def folder_errors(operation):
    """Turn the operating system's errors into StorageUnavailable."""
    try:
        yield
    except OSError as error:
        detail = "The image folder cannot be used at the moment. Try again."
        raise StorageUnavailable(detail, operation=operation, reason=str(error)) from error
