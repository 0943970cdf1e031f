"""Renditions: smaller copies of an image for screens. Each has a name and fits into a square."""

import re
from collections import namedtuple

ORIGINAL = "original"
THUMB = "thumb"
LARGE = "large"
# Pixels of the longest side.
SIZES = {THUMB: 320, LARGE: 1600}
CONTENT_TYPE = "image/webp"
SUFFIX = ".webp"
# The end of a file name that names a format: not that of "Dr. Smith" or ".hidden".
EXTENSION = re.compile(r"(?<=[^.])\.[A-Za-z0-9]{1,5}\Z")
MOST_NAME = 255

# content: the bytes of a WebP; width and height in pixels.
Rendition = namedtuple("Rendition", "content width height")


def rendition_key(object_key, name):
    """Return the object key of an image's rendition, beside the original's."""
    return f"{object_key}.{name}{SUFFIX}"


def own_keys(object_key):
    """Return every object key that an image may have: the original's and its renditions'."""
    return [object_key, *(rendition_key(object_key, name) for name in SIZES)]


def served(image, rendition):
    """Return (object key, content type) of a rendition; None: of the original."""
    if rendition is None:
        return image.object_key, image.content_type
    return rendition_key(image.object_key, rendition), CONTENT_TYPE


def download_name(image, rendition):
    """Return the file name under which a rendition is saved; None: the original."""
    return image.filename if rendition is None else rendition_filename(image.filename)


def rendition_filename(filename):
    """Return the name under which a rendition is saved: photo.webp for photo.jpg."""
    return EXTENSION.sub("", filename)[: MOST_NAME - len(SUFFIX)] + SUFFIX


def fitted(width, height, size):
    """Return (width, height) in a square of `size` pixels: never larger, no side below 1 pixel."""
    longest = max(width, height)
    if longest <= size:
        return width, height
    return tuple(max(1, (2 * side * size + longest) // (2 * longest)) for side in (width, height))
