"""Thumbs are as good as those of a picture that was decoded at its full size."""

import io
from random import Random

import pytest
from PIL import Image

from service.business.inspection.image_inspector import ImageInspector

# As in the paper on SSIM, for samples up to 255.
LIGHT, CONTRAST = (0.01 * 255) ** 2, (0.03 * 255) ** 2
WINDOW, STEP = 8, 4


def layer(size, width, height, seed):
    """Return noise of width x height spots, stretched to a size."""
    noise = Image.frombytes("L", (width, height), Random(seed).randbytes(width * height))
    return noise.resize(size, Image.Resampling.BICUBIC)


def photo(size=(2400, 1800)):
    """Return a picture with large and small shapes and the noise of a sensor."""
    bands = []
    for band in range(3):
        shapes = Image.blend(layer(size, 12, 9, band), layer(size, 90, 70, band + 3), 0.35)
        details = Image.blend(shapes, layer(size, 800, 600, band + 6), 0.15)
        bands.append(Image.blend(details, layer(size, *size, band + 9), 0.1))
    return Image.merge("RGB", bands)


def windows(picture):
    """Yield the samples of each window of a picture in gray."""
    width, height, samples = *picture.size, picture.convert("L").tobytes()
    for top in range(0, height - WINDOW + 1, STEP):
        for left in range(0, width - WINDOW + 1, STEP):
            starts = range(top * width + left, (top + WINDOW) * width + left, width)
            yield [sample for start in starts for sample in samples[start : start + WINDOW]]


def similarity(left, right):
    """Return how alike two pictures are to the eye: the mean SSIM of their windows, at most 1."""
    found, count = [], WINDOW * WINDOW
    for a, b in zip(windows(left), windows(right), strict=True):
        mean_a, mean_b = sum(a) / count, sum(b) / count
        squares = (
            sum(x * x for x in a) / count - mean_a**2,
            sum(x * x for x in b) / count - mean_b**2,
        )
        both = sum(x * y for x, y in zip(a, b, strict=True)) / count - mean_a * mean_b
        part = (2 * mean_a * mean_b + LIGHT) * (2 * both + CONTRAST)
        found.append(part / ((mean_a**2 + mean_b**2 + LIGHT) * (sum(squares) + CONTRAST)))
    return sum(found) / len(found)


def saved(picture, format_name, **options):
    file = io.BytesIO()
    picture.save(file, format_name, **options)
    return file.getvalue()


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
def test_a_jpeg_decoded_smaller_makes_as_good_a_thumb(options):
    data = saved(photo(), "JPEG", quality=90, **options)
    best = Image.open(io.BytesIO(data)).resize((320, 240), Image.Resampling.LANCZOS)
    full = Image.open(io.BytesIO(saved(best, "WEBP", quality=80, method=4)))

    _fields, rendition = ImageInspector(100_000_000).inspect(io.BytesIO(data))

    thumb = Image.open(io.BytesIO(rendition.content))
    assert similarity(thumb, best) >= 0.998 * similarity(full, best)


def test_a_png_shrunk_in_bands_makes_as_good_a_thumb():
    picture = photo((2399, 1801))
    best = picture.resize((320, 240), Image.Resampling.LANCZOS)
    full = Image.open(io.BytesIO(saved(best, "WEBP", quality=80, method=4)))

    _fields, rendition = ImageInspector(100_000_000).inspect(io.BytesIO(saved(picture, "PNG")))

    thumb = Image.open(io.BytesIO(rendition.content))
    assert similarity(thumb, best) >= 0.998 * similarity(full, best)
