"""Brings the originals of images from the store into the folder of a bag."""

import os
import shutil
import time
from collections import namedtuple

from service.common.errors import StorageUnavailable
from service.models.image import Image
from service.repositories.embedded.folders import make_folder

KEPT = "kept"
COPIED = "copied"
SKIPPED = "skipped"
FAILED = "failed"
COPY_BYTES = 1 << 20
ATTEMPTS = 3

# What became of an entry; reason: why it failed, or None. is_fault: a store did not answer.
Outcome = namedtuple("Outcome", "entry name reason is_fault", defaults=(None, False))


class NoBytes(Exception):
    """The store has no bytes for a record."""


class WrongBytes(Exception):
    """Other bytes were read than those that the record describes."""


class Originals:
    """Brings originals into a bag. Many threads may use it.

    pause_seconds: until a store that failed is asked again, each time longer.
    """

    def __init__(self, store, bag, pause_seconds=1):
        self.images = store.images
        self.objects = store.objects
        self.bag = bag
        self.pause_seconds = pause_seconds

    def bring(self, entry):
        """Make sure that an entry's original is in the bag; return the Outcome.

        Raises BagFault if the bag cannot be written to.
        """
        # A deleted image's key may have made another one with the same image_id.
        is_known = entry.old_sha256 in (None, entry.sha256)
        if is_known and self.holds(entry):
            return Outcome(entry, KEPT)
        if is_known and entry.old_path and self.renames(entry):
            return Outcome(entry, KEPT)
        return self.fetch_patiently(entry)

    def holds(self, entry):
        """Tell whether the original is there: a file gets its name when it is whole."""
        try:
            return os.path.getsize(self.bag.root / entry.path) == entry.size
        except OSError:
            return False

    def renames(self, entry):
        """Give an original that is in the bag its new name as well; tell whether that worked.

        The old name stays: until the records are written anew, they name it.
        """
        old, new = self.bag.root / entry.old_path, self.bag.root / entry.path
        try:
            if os.path.getsize(old) != entry.size:
                return False
            make_folder(new.parent)
            new.unlink(missing_ok=True)
            os.link(old, new)
        except OSError:
            return self.copies(entry, old)
        return True

    def copies(self, entry, old):
        """Copy an original within the bag, where the file system has no links."""
        try:
            with open(old, "rb") as source, self.bag.writing(entry.path) as part:
                shutil.copyfileobj(source, part, COPY_BYTES)
                require_bytes(part, entry)
        except (OSError, WrongBytes):
            return False
        return True

    def fetch_patiently(self, entry):
        """Copy an original from the store, again if the store fails; return the Outcome."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self.fetch(entry)
            except StorageUnavailable as error:
                fault = error
            if attempt < ATTEMPTS:
                time.sleep(attempt * self.pause_seconds)
        reason = f"{fault.detail} {fault.facts}"
        return Outcome(entry, FAILED, reason, is_fault=True)

    def fetch(self, entry):
        """Copy an original from the store; return the Outcome."""
        try:
            with self.bag.writing(entry.path) as part:
                # `receive` compares the size before it copies anything.
                if self.objects.receive(image_of(entry), part) is None:
                    raise NoBytes
                require_bytes(part, entry)
        except NoBytes:
            return self.missing(entry)
        except WrongBytes as error:
            return Outcome(entry, FAILED, str(error))
        return Outcome(entry, COPIED)

    def missing(self, entry):
        """Return the Outcome of an entry whose bytes are not in the store."""
        image = self.images.get(entry.image_id)
        if image and image.is_stored and image.object_key == entry.object_key:
            return Outcome(entry, FAILED, "its bytes are not in the store")
        # It was deleted after its record was read.
        return Outcome(entry, SKIPPED)


def image_of(entry):
    """Return an Image with what the objects need to know of an entry."""
    return Image(image_id=entry.image_id, object_key=entry.object_key, size=entry.size)


def require_bytes(part, entry):
    """Raise WrongBytes unless the bytes in a PartFile are those of an entry's record."""
    if part.size != entry.size:
        raise WrongBytes(f"its record says {entry.size} bytes, the store has another number")
    if part.digest.hexdigest() != entry.sha256:
        raise WrongBytes("its bytes are not those of its record (SHA-256)")
