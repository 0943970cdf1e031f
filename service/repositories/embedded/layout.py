"""Where an object lies below the folder, today and in earlier versions of the service."""

import contextlib

from service.repositories.embedded.files import ABSENT, names_in
from service.repositories.embedded.folders import flush_folder

# How many of the first digits of an image_id name a folder. With three, 500 to 700 names lie in one
# of 4,096 folders when there are a million images with their renditions, and are read in less than
# a millisecond. What clients send directly lies there only until it is checked.
DIGITS = {"images": 3, "incoming": 1}
EARLIER_DIGITS = 2


class Layout:
    """The paths of objects: `images/abc/{image_id}.{name}`, so that no image needs a folder.

    Earlier versions wrote `images/ab/{image_id}/{name}`. Such files stay where they are.
    """

    def __init__(self, folder):
        self.folder = folder

    def path_of(self, object_key):
        """Return the path at which an object is written."""
        kind, image_id, name = object_key.split("/")
        return self.folder / kind / image_id[: DIGITS[kind]] / f"{image_id}.{name}"

    def earlier_path_of(self, object_key):
        """Return the path at which earlier versions wrote an object."""
        kind, image_id, name = object_key.split("/")
        return self.earlier_folder(kind, image_id) / name

    def earlier_folder(self, kind, image_id):
        """Return the folder in which earlier versions kept an image's objects."""
        return self.folder / kind / image_id[:EARLIER_DIGITS] / image_id

    def paths_of(self, object_key):
        """Yield the paths at which an object may be; what is at the first one counts."""
        yield self.path_of(object_key)
        yield self.earlier_path_of(object_key)

    def keys(self, kind, image_id=None):
        """Yield the keys of all objects of a kind, or of one image's; an image's together."""
        starts = [image_id[: DIGITS[kind]], image_id[:EARLIER_DIGITS]] if image_id else None
        for start in starts or names_in(self.folder / kind):
            find = self.earlier_keys if len(start) == EARLIER_DIGITS else self.keys_below
            yield from find(kind, start, image_id)

    def keys_below(self, kind, start, image_id):
        """Yield the keys of the objects in one folder, or of one image's in it."""
        wanted = f"{image_id}." if image_id else start
        for entry in sorted(names_in(self.folder / kind / start)):
            one, dot, name = entry.partition(".")
            if dot and entry.startswith(wanted):
                yield f"{kind}/{one}/{name}"

    def earlier_keys(self, kind, start, image_id):
        """Yield the keys of the objects that earlier versions wrote."""
        for one in [image_id] if image_id else names_in(self.folder / kind / start):
            for name in names_in(self.folder / kind / start / one):
                yield f"{kind}/{one}/{name}"

    def remove(self, object_key):
        """Delete an object if it is there, and the folder that an earlier version gave it."""
        self.path_of(object_key).unlink(missing_ok=True)
        earlier = self.earlier_path_of(object_key)
        # Without its parents there is nothing to delete either.
        with contextlib.suppress(*ABSENT):
            earlier.unlink()
        with contextlib.suppress(OSError):
            earlier.parent.rmdir()

    def flush_deletes(self, image_id):
        """Flush what was deleted of an image's objects, by whomever, to disk."""
        for kind, digits in DIGITS.items():
            flush_if_there(self.folder / kind / image_id[:digits])
            earlier = self.earlier_folder(kind, image_id)
            # The folder of its own goes with the last file.
            flush_if_there(earlier) or flush_if_there(earlier.parent)


def flush_if_there(folder):
    """Flush a folder's entries to disk; tell whether it is there."""
    try:
        flush_folder(folder)
    except FileNotFoundError:
        return False
    return True
