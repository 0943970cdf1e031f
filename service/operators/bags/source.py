"""A bag that is read: whether it is whole, its records, its files. None of it is trusted."""

import contextlib
import hashlib
import json
import os
import stat

from service.operators.bags import layout
from service.operators.bags.checks import require_record
from service.operators.bags.faults import BagFault
from service.operators.bags.layout import UnreadableLine

# The longest records have about 12,000 bytes.
MOST_LINE = 128 * 1024
ANOTHER = (
    "Run export again, or take another copy. If there is none: --unverified restores each image "
    "whose original is as its record says."
)
DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class UnreadableFile(Exception):
    """A file of a bag cannot be read, or is not what the bag says of it; the text says why."""


class SourceBag:
    """The bag in a folder. root: its path. verified: its manifests must be there, and fit."""

    def __init__(self, root, *, verified=True):
        self.root = root
        self.must_fit = verified

    @contextlib.contextmanager
    def opened(self):
        """Check everything but the originals; yield the open file of the records.

        Raises BagFault, with what to do about it.
        """
        self.require_format()
        if not self.must_fit:
            with self.faults(layout.RECORDS):
                records = self.open(layout.RECORDS)
            with records:
                yield records
            return
        if not all(self.has(name) for name in (layout.MANIFEST, layout.TAG_MANIFEST)):
            raise BagFault(f"{self.root} is not complete: its export was interrupted. {ANOTHER}")
        described = self.digests(layout.TAG_MANIFEST)
        for name in {layout.BAGIT, layout.BAG_INFO, layout.MANIFEST} | described.keys():
            with self.verified(name, described):
                pass
        recorded = self.digests(layout.MANIFEST, {layout.RECORDS})
        with self.verified(layout.RECORDS, recorded) as records:
            yield records

    def require_format(self):
        """Raise BagFault unless this is a bag of a format that this version knows."""
        if not self.has(layout.BAGIT):
            raise BagFault(f"{self.root} is not a bag: it has no {layout.BAGIT}.")
        if not self.text(layout.BAGIT).startswith("BagIt-Version:"):
            raise BagFault(f"{self.root} is not a bag: see its {layout.BAGIT}.")
        info = layout.info_of(self.text(layout.BAG_INFO) if self.has(layout.BAG_INFO) else "")
        written = info.get(layout.FORMAT_LABEL, "")
        if not (written.isascii() and written.isdecimal()):
            raise BagFault(f"{self.root} is a bag of another program, not an export of images.")
        if int(written[:9]) > layout.FORMAT:
            raise BagFault(
                f"{self.root} was written by a newer version of the service (format {written}): "
                "restore it with that version."
            )

    def digests(self, name, paths=None):
        """Return {path: sha256} of a manifest, of these paths or of all. Raises BagFault."""
        found = {}
        with self.faults(name), self.open(name) as file:
            for line in lines_of(file):
                digest, path = layout.manifest_entry(decoded(line))
                if paths is None or path in paths:
                    found[path] = digest
        return found

    @contextlib.contextmanager
    def verified(self, name, digests):
        """Yield a file of the bag, open, that has the digest of a manifest. Raises BagFault."""
        with contextlib.ExitStack() as stack:
            with self.faults(name):
                file = stack.enter_context(self.open(name))
                found = hashlib.file_digest(file, "sha256").hexdigest()
            if found != digests.get(name):
                raise BagFault(f"{self.root} is damaged: {name} is not as written. {ANOTHER}")
            file.seek(0)
            yield file

    @contextlib.contextmanager
    def faults(self, name):
        """Raise a BagFault for what is wrong with a file beside the originals."""
        try:
            yield
        except (UnreadableFile, UnreadableLine) as error:
            raise BagFault(f"{self.root} is damaged: {name}: {error}. {ANOTHER}") from error

    def text(self, name):
        """Return the first bytes of a file as text. Raises BagFault."""
        with self.faults(name), self.open(name) as file:
            return file.read(MOST_LINE).decode(errors="replace")

    def has(self, name):
        """Tell whether the bag has a file right in its folder."""
        return os.path.lexists(self.root / name)

    def open(self, path):
        """Return a file of the bag, open for reading. Raises UnreadableFile.

        No link is followed: one could lead out of the bag, to a file of the machine.
        """
        *folders, name = path.split("/")
        try:
            descriptor = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
            for folder in folders:
                descriptor = below(descriptor, folder, DIRECTORY)
            # A pipe would be waited for.
            descriptor = below(descriptor, name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except (OSError, ValueError) as error:
            raise UnreadableFile(getattr(error, "strerror", None) or str(error)) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise UnreadableFile("not a file")
        return os.fdopen(descriptor, "rb")

    def original(self, path, image):
        """Return an image's original, open, after comparing it with its record.

        Raises UnreadableFile.
        """
        file = self.open(path)
        try:
            size = os.fstat(file.fileno()).st_size
            if size != image.size:
                raise UnreadableFile(f"it has {size} bytes, not {image.size}")
            if hashlib.file_digest(file, "sha256").hexdigest() != image.sha256:
                raise UnreadableFile("its bytes are not those that were exported")
            file.seek(0)
        except OSError as error:
            file.close()
            raise UnreadableFile(error.strerror or str(error)) from error
        except UnreadableFile:
            file.close()
            raise
        return file


def below(descriptor, name, flags):
    """Open a name in an open folder, which is closed; return the descriptor."""
    try:
        return os.open(name, flags, dir_fd=descriptor)
    finally:
        os.close(descriptor)


def lines_of(file):
    """Yield the lines of a binary file; one that is too long comes without its end."""
    while line := file.readline(MOST_LINE):
        whole = line.endswith(b"\n")
        yield line
        while not whole and (rest := file.readline(MOST_LINE)):
            whole = rest.endswith(b"\n")


def decoded(line):
    """Return the text of a line without its end. Raises UnreadableLine."""
    try:
        return line.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise UnreadableLine("no UTF-8") from error


def image_of(line):
    """Return (path, Image) of a line of the records. Raises UnreadableLine."""
    if len(line) >= MOST_LINE:
        raise UnreadableLine(f"longer than {MOST_LINE} bytes")
    text = decoded(line)
    try:
        # Half a surrogate pair, NaN, or a number too large for a float could not be stored.
        json.dumps(json.loads(text), ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise UnreadableLine(f"no JSON as the service writes it: {error}") from error
    path, image = layout.image_of(text)
    require_record(image)
    return path, image
