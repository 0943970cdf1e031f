"""How much is stored, of all users together."""

from collections import namedtuple

# images, bytes: ready images and the bytes of their originals. trashed_images, trashed_bytes: those
# in the trash. users: those who have an image, ready or in the trash.
Totals = namedtuple("Totals", "images bytes trashed_images trashed_bytes users")
