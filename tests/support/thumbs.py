"""Thumbs of uploads, decoded again."""

import io

from PIL import Image

from service.business.inspection.image_inspector import ImageInspector


def inspect(data):
    """Return (fields, rendition) of an upload."""
    return ImageInspector(100_000_000).inspect(io.BytesIO(data))


def thumb(data):
    """Return the thumb of an upload, decoded; its size must be as told."""
    _fields, rendition = inspect(data)
    picture = Image.open(io.BytesIO(rendition.content))
    assert (picture.format, picture.size) == ("WEBP", (rendition.width, rendition.height))
    picture.load()
    return picture


def saved(picture, format_name, **options):
    """Return the bytes of a picture in a format."""
    file = io.BytesIO()
    picture.save(file, format_name, **options)
    return file.getvalue()


def near(pixel, expected, distance=4):
    """Tell whether a pixel has about the expected colour."""
    return all(abs(a - b) <= distance for a, b in zip(pixel, expected, strict=True))
