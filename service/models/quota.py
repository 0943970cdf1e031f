"""How much a user may keep (Quota) and does keep (Usage)."""

from collections import namedtuple

# images, bytes: sums over a user's ready images. changes: how often the sums have changed; if two
# reads return the same number, there was no change between them.
Usage = namedtuple("Usage", "images bytes changes", defaults=(0, 0, 0))


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

    def most_beside(self, image):
        """Return {unit: the most that the user may keep before this image is added}."""
        most = {"images": self.images - 1, "bytes": self.bytes - image.size}
        return {unit: most[unit] for unit in most if getattr(self, unit)}

    def has_room(self, usage, image):
        """Tell whether a user with this usage may add this image."""
        most = self.most_beside(image)
        return all(getattr(usage, unit) <= most[unit] for unit in most)


NO_QUOTA = Quota()
