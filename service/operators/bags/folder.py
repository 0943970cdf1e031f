"""The folder of a bag that is written: whose it is, its lock, files that are whole or not there."""

import contextlib
import hashlib
import os
import secrets
import shutil

from service.operators.bags import layout
from service.operators.bags.faults import BagFault
from service.repositories.embedded.folders import (
    FOLDER_MODE,
    flush_folder,
    make_folder,
    open_private,
)

# What only exists while an export works, or after it was killed: part files and the index.
WORK = ".unfinished"


class BagFolder:
    """The folder of a bag. root: its path."""

    def __init__(self, root):
        self.root = root
        self.work = root / WORK

    @contextlib.contextmanager
    def locked(self):
        """Make the folder if it is missing, and lock it while a block runs. Raises BagFault."""
        if self.root.exists() and not self.root.is_dir():
            raise BagFault(f"{self.root} is no folder.")
        make_folder(self.root)
        descriptor = os.open(self.root, os.O_RDONLY)
        try:
            lock(descriptor, self.root)
            yield
        finally:
            os.close(descriptor)

    def require(self, user_id, update):
        """Raise BagFault unless an export of these images may write here.

        user_id: None for those of all users. update: the bag may be complete already.
        """
        if set(os.listdir(self.root)) <= {WORK}:
            return
        info = self.info()
        written = info.get(layout.FORMAT_LABEL, "")
        if not written.isdecimal():
            raise BagFault(
                f"{self.root} holds something else than an export: name a folder that is empty or "
                "not there yet."
            )
        if int(written) > layout.FORMAT:
            raise BagFault(
                f"{self.root} was written by a newer version of the service (format {written}): "
                "run that version, or export to another folder."
            )
        if info.get(layout.USER_LABEL) != user_id:
            owner = info.get(layout.USER_LABEL)
            held = f"the images of {owner}" if owner else "the images of all users"
            wanted = f"those of {user_id}" if user_id else "those of all users"
            raise BagFault(f"{self.root} holds {held}: export {wanted} to another folder.")
        if self.is_complete() and not update:
            raise BagFault(
                f"{self.root} holds a complete export: bring it up to date with --update, or "
                "export to another folder."
            )

    def info(self):
        """Return {label: value} of BAG_INFO, empty if there is none."""
        try:
            return layout.info_of((self.root / layout.BAG_INFO).read_text("utf-8", "replace"))
        except FileNotFoundError:
            return {}

    def is_complete(self):
        """Tell whether an export has come to its end here."""
        return all((self.root / name).exists() for name in (layout.MANIFEST, layout.TAG_MANIFEST))

    def images(self):
        """Yield (path, Image) of each line of RECORDS, none if there are none. Raises BagFault."""
        records = self.root / layout.RECORDS
        if not records.exists() and not self.is_complete():
            return
        try:
            with open(records, encoding="utf-8", newline="\n") as lines:
                for line in lines:
                    yield layout.image_of(line)
        except (OSError, ValueError) as error:
            raise BagFault(
                f"{records} is damaged ({error}): export to another folder, and keep this one "
                "until that is done."
            ) from error

    @contextlib.contextmanager
    def working(self):
        """Hold a folder for unfinished work while a block runs; what a killed export left goes."""
        self.remove_work()
        self.work.mkdir(FOLDER_MODE)
        try:
            yield
        finally:
            self.remove_work()

    def remove_work(self):
        """Remove the folder for unfinished work."""
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self.work)

    @contextlib.contextmanager
    def writing(self, path):
        """Yield a PartFile that gets its path in the bag, on disk, when the block ends well.

        The entry of its folder is not flushed yet. Raises BagFault.
        """
        part = PartFile(self.work / f"{secrets.token_hex(8)}.part")
        try:
            yield part
            part.flush()
            part.file.close()
            target = self.root / path
            make_folder(target.parent)
            os.replace(part.path, target)
        except BaseException:
            with contextlib.suppress(OSError):
                part.file.close()
            part.path.unlink(missing_ok=True)
            raise

    def write(self, path, lines):
        """Write a file of lines, each without its end; return (sha256, size). Its name is on disk.

        A file that is there is replaced. Raises BagFault.
        """
        with self.writing(path) as part:
            for line in lines:
                part.write(f"{line}\n".encode())
        flush_folder((self.root / path).parent)
        return part.digest.hexdigest(), part.size


class PartFile:
    """A new file at a path: counts and hashes what is written to it."""

    def __init__(self, path):
        self.path = path
        self.file = os.fdopen(open_private(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb")
        self.digest = hashlib.sha256()
        self.size = 0

    def write(self, content):
        """Write bytes. Raises BagFault: an OSError would look like one of the store."""
        try:
            self.file.write(content)
        except OSError as error:
            raise unwritable(error) from error
        self.digest.update(content)
        self.size += len(content)

    def flush(self):
        """Flush what was written to disk. Raises BagFault."""
        try:
            self.file.flush()
            os.fsync(self.file.fileno())
        except OSError as error:
            raise unwritable(error) from error


def lock(descriptor, root):
    """Lock an open folder. Raises BagFault if another export holds its lock."""
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BagFault(f"Another export works on {root}: wait for its end.") from error
    except OSError:
        # Some network file systems lock no folders: better no lock there than no export.
        return


def unwritable(error):
    """Return the BagFault of a folder that cannot be written to."""
    reason = getattr(error, "strerror", None) or error
    return BagFault(
        f"The folder cannot be written to: {reason}. What is there stays; run the same command "
        "again to go on."
    )
