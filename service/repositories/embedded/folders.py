"""Makes private folders and files, flushes them; the disk's errors become StorageUnavailable."""

import contextlib
import os
import stat

from service.common.errors import StorageFull, StorageUnavailable

# What is made here is for its owner alone, whatever the umask.
FOLDER_MODE, FILE_MODE = 0o700, 0o600
OTHERS = 0o077
# What the store makes in DATA_DIR.
OWN_NAMES = {"objects", "images.db", "server.lock"}
OWN_NAMES |= {f"images.db-{end}" for end in ("wal", "shm", "turn", "next")}


def make_folder(folder):
    """Make a folder and its parents, and flush each new entry to disk."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(FOLDER_MODE, exist_ok=True)
    flush_folder(folder.parent)


class LastingFolders:
    """Makes folders below a root, whose names are on disk when `make` returns.

    They stay, so each is flushed once. One that is there may be a moment old: another thread or
    process has made it, but has not flushed its parent yet. So a folder needs no flush only if this
    process has flushed its name itself.
    """

    def __init__(self, root):
        self.root = root
        self.flushed = set()

    def make(self, folder):
        """Make a folder and its parents, and flush the names of all to disk."""
        if str(folder) in self.flushed and folder.is_dir():
            return
        if folder == self.root:
            make_folder(folder.parent)
        else:
            self.make(folder.parent)
        try:
            folder.mkdir(FOLDER_MODE)
            lasting = [folder]
        except FileExistsError:
            # Others have made it: what lies beside it is flushed with it.
            lasting = list(folder.parent.iterdir())
        flush_folder(folder.parent)
        self.flushed.update(map(str, lasting))


def open_private(path, flags):
    """Open a file, made with FILE_MODE if it is missing. An opener for Python's open."""
    return os.open(path, flags, FILE_MODE)


def make_file(path):
    """Make an empty file unless there is one."""
    # One that is there is not opened: closing it would end SQLite's locks on it.
    with contextlib.suppress(FileExistsError):
        os.close(open_private(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))


def open_to_others(folder):
    """Return the paths, of a data folder and what the store has in it, that other users may use."""
    own = [folder / name for name in sorted(OWN_NAMES)]
    return [path for path in (folder, *own) if os.name == "posix" and mode_of(path) & OTHERS]


def mode_of(path):
    """Return the mode of a path, 0 if there is nothing. SQLite removes files when it closes."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return 0


def close_to_others(folder):
    """Take from other users what an earlier version gave them; return the paths.

    A data folder with entries of somebody else's is left as it is.
    """
    closed = []
    for path in open_to_others(folder):
        is_own = path != folder or {entry.name for entry in folder.iterdir()} <= OWN_NAMES
        if is_own and path.stat().st_uid == os.geteuid():
            path.chmod(stat.S_IMODE(mode_of(path)) & ~OTHERS)
            closed.append(path)
    return closed


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
    descriptor = open_private(folder / "server.lock", os.O_RDWR | os.O_CREAT)
    file = os.fdopen(descriptor, "rb+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        file.close()
        raise
    return file


@contextlib.contextmanager
def folder_errors(operation):
    """Turn the operating system's errors into StorageFull or StorageUnavailable."""
    try:
        yield
    except OSError as error:
        facts = {"operation": operation, "reason": str(error)}
        if error.errno in StorageFull.errnos:
            raise StorageFull("The disk is full.", **facts) from error
        detail = "The image folder cannot be used at the moment. Try again."
        raise StorageUnavailable(detail, **facts) from error
