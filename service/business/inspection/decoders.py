"""Pillow, which is imported when the first image is decoded."""

import functools
import logging
import warnings


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


@functools.cache
def classes():
    """Return Pillow's class for each format. Imports Pillow, and turns off its log lines."""
    from PIL import GifImagePlugin, JpegImagePlugin, TiffImagePlugin, WebPImagePlugin

    # Runs once (functools.cache): setLevel clears the cached level of every logger.
    logging.getLogger("PIL").setLevel(logging.CRITICAL)
    return {
        "image/gif": GifImagePlugin.GifImageFile,
        "image/jpeg": JpegImagePlugin.JpegImageFile,
        "image/tiff": TiffImagePlugin.TiffImageFile,
        "image/webp": WebPImagePlugin.WebPImageFile,
    }
