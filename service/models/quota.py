"""How much a user may keep (Quota) and does keep (Usage)."""

from collections import namedtuple

# images, bytes: sums over a user's images. changes: how often the sums have changed; if two reads
# return the same number, there was no change between them.
Usage = namedtuple("Usage", "images bytes changes", defaults=(0, 0, 0))
NOTHING = Usage()


class Quota:
    """The most images, and the most bytes in total, that one user may keep; 0 is no limit."""

    def __init__(self, images=0, bytes=0):
        self.images = images
        self.bytes = bytes

    def __bool__(self):
        """Tell whether there is any limit."""
        return bool(self.images or self.bytes)

    def __str__(self):
        """Return the limits as text, such as: 100 images and 5000000 bytes in all."""
        units = {"images": self.images, "bytes in all": self.bytes}
        return " and ".join(f"{most} {unit}" for unit, most in units.items() if most)

    def settings(self):
        """Return the names of the settings behind the limits."""
        names = {"MAX_IMAGES_PER_USER": self.images, "MAX_BYTES_PER_USER": self.bytes}
        return [name for name, most in names.items() if most]

    def most_beside(self, added):
        """Return {unit: most that the user may have before this Usage is added}.

        What adds nothing to a unit has always room there.
        """
        units = [unit for unit in ("images", "bytes") if getattr(self, unit)]
        return {
            unit: getattr(self, unit) - getattr(added, unit)
            for unit in units
            if getattr(added, unit) > 0
        }

    def has_room(self, usage, added):
        """Tell whether the quota has room for one more Usage beside a user's usage."""
        most = self.most_beside(added)
        return all(getattr(usage, unit) <= most[unit] for unit in most)


NO_QUOTA = Quota()


def counted(image):
    """Return what a record adds to its user's Usage: ready, in the trash, or charged for it."""
    if image.is_stored:
        return Usage(1, image.size)
    return Usage(1, image.charged) if image.charged else NOTHING


def difference(before, after):
    """Return what changes a user's images and bytes if a record counts `after`, not `before`."""
    return Usage(after.images - before.images, after.bytes - before.bytes)
