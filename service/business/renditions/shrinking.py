"""Shrinks pictures of any mode to an exact size, with little memory beside the picture's own."""

from service.business.inspection.decoders import DETAIL
from service.business.renditions.samples import Samples

# Pixels that are converted at a time.
BAND_PIXELS = 1024 * 1024
# What pixels with opacity become when they are no longer to be added up.
OPEN = {"La": "LA", "RGBa": "RGBA"}


def shrunk(picture, size):
    """Return a picture of that (width, height), in the mode L, LA, RGB, RGBA or CMYK.

    First blocks of pixels become one, down to twice the size; then Lanczos' filter. Raises
    ValueError for samples that cannot be converted.
    """
    from PIL import Image

    factors = [
        max(1, side // (DETAIL * wanted)) for side, wanted in zip(picture.size, size, strict=True)
    ]
    reduced = in_bands(picture, *factors)
    # The last block of a row or column may have had fewer pixels than the others.
    whole = picture.width / factors[0], picture.height / factors[1]
    small = reduced.resize(size, Image.Resampling.LANCZOS, box=(0, 0, *whole))
    return small.convert(OPEN[small.mode]) if small.mode in OPEN else small


def in_bands(picture, across, down):
    """Return a picture of which `across` by `down` pixels became one, made band after band."""
    from PIL import Image

    samples, width, height = Samples(picture), *picture.size
    if across == down == 1 and width * height <= BAND_PIXELS:
        return samples.converted(picture)
    rows = down * max(1, BAND_PIXELS // (width * down))
    canvas = None
    for top in range(0, height, rows):
        band = picture.crop((0, top, width, min(top + rows, height)))
        band = samples.converted(band).reduce((across, down))
        canvas = canvas or Image.new(band.mode, (-(-width // across), -(-height // down)))
        canvas.paste(band, (0, top // down))
    return canvas
