"""Folders that last: made and flushed to disk, and their errors turned into ours."""

import contextlib
import os

from service.common.errors import StorageUnavailable


def make_folder(folder):
    """Make a folder and those above it, each one's entry flushed to disk."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    flush_folder(folder.parent)


def flush_folder(folder):
    """Flush a folder's entries to disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextlib.contextmanager
def folder_errors(operation):
    """Turn the operating system's errors into StorageUnavailable."""
    try:
        yield
    except OSError as error:
        detail = "The image folder cannot be used just now; nothing was changed. Try again."
        raise StorageUnavailable(detail, operation=operation, reason=str(error)) from error
