"""Renditions: smaller copies of an image for screens. Each has a name and fits into a square."""

from collections import namedtuple

ORIGINAL = "original"
THUMB = "thumb"
LARGE = "large"
# Pixels of the longest side.
SIZES = {THUMB: 320, LARGE: 1600}
CONTENT_TYPE = "image/webp"
SUFFIX = ".webp"

# content: the bytes of a WebP; width and height in pixels.
Rendition = namedtuple("Rendition", "content width height")


def rendition_key(object_key, name):
    """Return the object key of an image's rendition, beside the original's."""
    return f"{object_key}.{name}{SUFFIX}"


def own_keys(object_key):
    """Return every object key that an image may have: the original's and its renditions'."""
    return [object_key, *(rendition_key(object_key, name) for name in SIZES)]


def fitted(width, height, size):
    """Return (width, height) in a square of `size` pixels: never larger, no side below 1 pixel."""
    longest = max(width, height)
    if longest <= size:
        return width, height
    return tuple(max(1, (2 * side * size + longest) // (2 * longest)) for side in (width, height))
