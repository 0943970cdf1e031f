"""Pillow, which is imported when the first image is decoded, and what it reads from."""

import bisect
import functools
import itertools
import logging
import warnings

# A copy with twice as many pixels on a side as wanted is enough to make a good small picture.
DETAIL = 2
# What JPEG's decoder can divide both sides by.
SCALES = (8, 4, 2, 1)
# Profiles of printing presses have up to 3 MB.
MOST_PROFILE = 4 * 1024 * 1024
PROFILE = "icc_profile"
# In a picture's info: it is turned already.
TURNED = "turned"


class Pieces:
    """A file to read that consists of pieces of others, which are not copied."""

    def __init__(self, pieces):
        self.pieces = pieces
        *self.starts, self.size = itertools.accumulate(map(len, pieces), initial=0)
        self.position = 0

    def seek(self, position, whence=0):
        """Move as files do; return the new position."""
        self.position = (0, self.position, self.size)[whence] + position
        return self.position

    def tell(self):
        """Return the position."""
        return self.position

    def read(self, size=-1):
        """Return the next bytes: `size` of them, or all up to the end."""
        end = self.size if size is None or size < 0 else min(self.position + size, self.size)
        found = []
        while self.position < end:
            index = bisect.bisect_right(self.starts, self.position) - 1
            start = self.position - self.starts[index]
            part = self.pieces[index][start : start + end - self.position]
            found.append(part)
            self.position += len(part)
        return bytes(found[0]) if len(found) == 1 else b"".join(found)


def opened(content_type, file):
    """Return Pillow's image of a file, whose pixels are not decoded yet."""
    file.seek(0)
    warnings.filterwarnings("ignore", module=r"PIL\.")
    # Not Image.open, which warns of large images and tries other formats too.
    return classes()[content_type](file)


def started(image):
    """Return the decoder of an image's pixels, ready for its first bytes."""
    from PIL import Image

    image.load_prepare()
    name, extents, _offset, options = image.tile[0]
    decoder = Image._getdecoder(image.mode, name, options, image.decoderconfig)
    decoder.setimage(image.im, extents)
    return decoder


def heic(file):
    """Return the picture of a HEIC file, turned as it is shown. Raises ImportError without decoder.

    The decoder is pillow-heif, which operators may install.
    """
    import pillow_heif

    pillow_heif.options.DECODE_THREADS = 1
    picture = pillow_heif.read_heif(file).to_pillow()
    picture.info[TURNED] = True
    return picture


def finished(image, profile=b""):
    """Return the picture of an image whose pixels a decoder has written, with a colour profile."""
    picture = image._new(image.im)
    picture.load()
    return with_profile(picture, profile)


def with_profile(picture, profile):
    """Return a picture after noting its colour profile, if there is one of a sane size."""
    if 0 < len(profile) <= MOST_PROFILE:
        picture.info[PROFILE] = bytes(profile)
    return picture


def scale_for(longest, wanted):
    """Return what both sides may be divided by while the longest keeps the wanted pixels."""
    return next(scale for scale in SCALES if scale == 1 or longest // scale >= wanted)


@functools.cache
def classes():
    """Return Pillow's class for each format. Imports Pillow, and turns off its log lines."""
    from PIL import (
        AvifImagePlugin,
        BmpImagePlugin,
        GifImagePlugin,
        JpegImagePlugin,
        PngImagePlugin,
        TiffImagePlugin,
        WebPImagePlugin,
    )

    # Runs once (functools.cache): setLevel clears the cached level of every logger.
    logging.getLogger("PIL").setLevel(logging.CRITICAL)
    # Each thread would need memory of its own.
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    return {
        "image/avif": AvifImagePlugin.AvifImageFile,
        "image/bmp": BmpImagePlugin.BmpImageFile,
        "image/gif": GifImagePlugin.GifImageFile,
        "image/jpeg": JpegImagePlugin.JpegImageFile,
        "image/png": PngImagePlugin.PngImageFile,
        "image/tiff": TiffImagePlugin.TiffImageFile,
        "image/webp": WebPImagePlugin.WebPImageFile,
    }
