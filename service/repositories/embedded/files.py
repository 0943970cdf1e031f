"""Files of the embedded store: their names, their facts, and how one is written."""

import contextlib
import os
import shutil
import stat

from service.repositories.embedded.folders import folder_errors, open_private

COPY_BYTES = 1 << 20
ABSENT = (FileNotFoundError, NotADirectoryError)


def names_in(folder):
    """Return the names in a folder; none if it is no folder, or was deleted meanwhile."""
    with folder_errors("list objects"):
        try:
            return os.listdir(folder)
        except ABSENT:
            return []


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
