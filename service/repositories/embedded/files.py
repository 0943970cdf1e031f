"""Files of the embedded store: write, name, delete and flush them."""

import contextlib
import os
import shutil
import stat

from service.models.image import FOLDERS
from service.repositories.embedded.folders import flush_folder, folder_errors, open_private

COPY_BYTES = 1 << 20
ABSENT = (FileNotFoundError, NotADirectoryError)


def names_in(folder):
    """Return the names in a folder; none if it is no folder, or was deleted meanwhile."""
    with folder_errors("list objects"):
        try:
            return os.listdir(folder)
        except ABSENT:
            return []


def keys_in(folder, kind, image_id):
    """Yield the keys of all objects of a kind in a folder; with an image_id, of that image's."""
    for start in [image_id[:2]] if image_id else names_in(folder / kind):
        for one in [image_id] if image_id else names_in(folder / kind / start):
            names = names_in(folder / kind / start / one)
            yield from (f"{kind}/{one}/{name}" for name in names)


def facts_of(path):
    """Return what the operating system tells of a file, or None if there is none."""
    with contextlib.suppress(*ABSENT):
        found = path.stat()
        return found if stat.S_ISREG(found.st_mode) else None
    return None


def version_of(file):
    """Return the version of an open file: another file at the same path has another version."""
    found = os.fstat(file.fileno())
    return f"{found.st_ino}-{found.st_mtime_ns}"


def write_file(path, file):
    """Copy an open binary file from its start to a path, and flush it to disk."""
    file.seek(0)
    with open(path, "wb", opener=open_private) as out:
        shutil.copyfileobj(file, out, COPY_BYTES)
        out.flush()
        os.fsync(out.fileno())


def remove(path):
    """Delete a file if it is there, and its folder if that is empty then."""
    path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        path.parent.rmdir()


def flush_deletes(folder, image_id):
    """Flush to disk what was deleted of an image's objects, by whomever."""
    for kind in FOLDERS:
        own = folder / kind / image_id[:2] / image_id
        try:
            flush_folder(own)
        except FileNotFoundError:
            # Its folder went with the last file; without a parent there never was one.
            with contextlib.suppress(FileNotFoundError):
                flush_folder(own.parent)
