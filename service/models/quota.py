"""How much one user may keep, and how much is kept."""

from collections import namedtuple

# What a user's ready images amount to, and how often that has changed: whoever looks twice and
# finds the same number knows that nothing happened in between.
Usage = namedtuple("Usage", "images bytes changes", defaults=(0, 0, 0))


class Quota:
    """What one user may keep: so many images, so many bytes in all; 0 is no limit."""

    def __init__(self, images=0, bytes=0):
        self.images = images
        self.bytes = bytes

    def __bool__(self):
        """Tell whether there is any limit."""
        return bool(self.images or self.bytes)

    def __str__(self):
        """Name the limits: 100 images and 5000000 bytes in all."""
        units = {"images": self.images, "bytes in all": self.bytes}
        return " and ".join(f"{most} {unit}" for unit, most in units.items() if most)

    def most_beside(self, image):
        """Return how many images, and how many bytes, may be kept for one more to find room."""
        most = {"images": self.images - 1, "bytes": self.bytes - image.size}
        return {unit: most[unit] for unit in most if getattr(self, unit)}

    def has_room(self, usage, image):
        """Tell whether one more image finds room beside what is kept."""
        most = self.most_beside(image)
        return all(getattr(usage, unit) <= most[unit] for unit in most)


NO_QUOTA = Quota()
