"""Which TIFFs are whole: every kind of pixels, sizes that can be repaired, tags without use."""

import io
import struct

import pytest
from PIL import Image

from service.business.inspection.image_inspector import ImageInspector
from service.common.errors import UnreadableImage
from tests.support.pictures import raw_tiff, strip_tags

LZW, DEFLATE, PACKBITS, OLD_DEFLATE = 5, 8, 32773, 32946
NAMES = {LZW: "tiff_lzw", DEFLATE: "tiff_adobe_deflate", PACKBITS: "packbits"}
WIDTH, HEIGHT = 24, 18
# bits, samples, photometric, format of the samples
LAYOUTS = {
    "gray 16": (16, 1, 1, 1),
    "gray 16 alpha": (16, 2, 1, 1),
    "half float": (16, 1, 1, 3),
    "double": (64, 1, 1, 3),
    "complex": (64, 1, 1, 6),
    "rgb 32": (32, 3, 2, 1),
    "rgb float": (32, 3, 2, 3),
    "signed": (16, 3, 2, 2),
    "cmyk alpha": (8, 5, 5, 1),
    "cmyk 16": (16, 4, 5, 1),
    "lab": (8, 3, 8, 1),
    "lab 16": (16, 3, 8, 1),
    "five bands": (8, 5, 1, 1),
    "twelve bits": (12, 1, 1, 1),
}


def inspect(data):
    return ImageInspector(100_000_000).inspect(io.BytesIO(data))[0]


def shown(data):
    facts = inspect(data)
    return facts["width"], facts["height"]


def packed(compression, columns, rows):
    """Return a strip of so many bytes in a row."""
    pixels = bytes(index * 7 % 251 for index in range(columns * rows))
    if compression not in NAMES:
        return pixels
    file = io.BytesIO()
    picture = Image.frombytes("L", (columns, rows), pixels)
    picture.save(file, "TIFF", compression=NAMES[compression], strip_size=2**20)
    with Image.open(file) as image:
        (start,), (size,) = image.tag_v2[273], image.tag_v2[279]
    return file.getvalue()[start : start + size]


def layout(name, compression, rows=HEIGHT, **more):
    """Return a TIFF of that kind of pixels, whose only strip has so many rows."""
    bits, samples, photometric, kind = LAYOUTS[name]
    strip = packed(compression, (WIDTH * bits * samples + 7) // 8, rows)
    tags = strip_tags(WIDTH, HEIGHT, len(strip), bits=bits, compression=compression, **more)
    tags |= {262: (3, 1, photometric), 277: (3, 1, samples), 339: (3, 1, kind)}
    return raw_tiff(tags, strip)


@pytest.mark.parametrize("compression", [1, *NAMES])
@pytest.mark.parametrize("name", LAYOUTS)
def test_every_kind_of_pixels_is_accepted(name, compression):
    assert shown(layout(name, compression)) == (WIDTH, HEIGHT)


@pytest.mark.parametrize("compression", [1, *NAMES])
@pytest.mark.parametrize("name", LAYOUTS)
def test_a_strip_of_too_few_rows_is_refused(name, compression):
    with pytest.raises(UnreadableImage):
        inspect(layout(name, compression, rows=HEIGHT - 1))


@pytest.mark.parametrize("predictor", [2, 3])
def test_predictors_do_not_matter(predictor):
    data = layout("rgb float", LZW, t317=(3, 1, predictor))

    assert shown(data) == (WIDTH, HEIGHT)


@pytest.mark.parametrize("planes", [1, 2])
@pytest.mark.parametrize("missing", [0, 1])
def test_planes_and_tiles_are_counted(planes, missing):
    tile = packed(DEFLATE, 16 * (3 if planes == 1 else 1), 16)
    count = 2 * 2 * (3 if planes == 2 else 1) - missing
    tags = strip_tags(WIDTH, HEIGHT, 0, compression=DEFLATE)
    for tag in (273, 278, 279):
        del tags[tag]
    places = len(tile)
    tags |= {262: (3, 1, 2), 277: (3, 1, 3), 284: (3, 1, planes), 322: (3, 1, 16),
             323: (3, 1, 16), 324: (4, count, 8 + places),
             325: (4, count, 8 + places + 4 * count)}  # fmt: skip
    lists = struct.pack(f"<{count}L", *[8] * count) + struct.pack(
        f"<{count}L", *[len(tile)] * count
    )
    data = raw_tiff(tags, tile + lists)

    if missing:
        with pytest.raises(UnreadableImage):
            inspect(data)
    else:
        assert shown(data) == (WIDTH, HEIGHT)


@pytest.mark.parametrize("size", [None, 0, WIDTH, 60_000])
@pytest.mark.parametrize("compression", [1, LZW, DEFLATE, PACKBITS])
def test_sizes_that_can_be_repaired_are_accepted(compression, size):
    strip = packed(compression, WIDTH, HEIGHT)
    tags = strip_tags(WIDTH, HEIGHT, size or 0, compression=compression)
    if size is None:
        del tags[279]

    if compression != 1 and size == WIDTH:
        # libtiff does not repair this one: it looks as if pixels were missing.
        with pytest.raises(UnreadableImage):
            inspect(raw_tiff(tags, strip))
    else:
        assert shown(raw_tiff(tags, strip)) == (WIDTH, HEIGHT)


@pytest.mark.parametrize("size", [None, 0, WIDTH, WIDTH * HEIGHT, 60_000])
def test_missing_pixels_are_refused_whatever_the_size_says(size):
    tags = strip_tags(WIDTH, HEIGHT, size or 0)
    if size is None:
        del tags[279]
    # The directory comes first, so that the file ends with its pixels.
    tags[273] = (4, 1, len(raw_tiff(tags)))
    head = raw_tiff(tags)
    assert shown(head + bytes(WIDTH * HEIGHT)) == (WIDTH, HEIGHT)

    with pytest.raises(UnreadableImage):
        inspect(head + bytes(WIDTH * HEIGHT - 1))


@pytest.mark.parametrize("tag", [
    {305: (2, 100, 99_999)}, {282: (5, 1, 99_999)}, {34675: (7, 2**31, 8)},
    {330: (4, 1, 99_999)}, {34665: (4, 1, 99_999)}, {274: (2, 2, 49)}, {60_000: (77, 5, 99_999)},
])  # fmt: skip
def test_tags_that_no_pixel_needs_do_not_matter(tag):
    assert shown(raw_tiff(strip_tags(8, 8, 64) | tag, bytes(64))) == (8, 8)


@pytest.mark.parametrize("missing", [1, 4])
def test_the_address_of_the_next_page_may_be_missing(missing):
    data = raw_tiff(strip_tags(8, 8, 64), bytes(64))

    assert shown(data[:-missing]) == (8, 8)


def test_a_directory_cut_short_is_refused():
    with pytest.raises(UnreadableImage):
        inspect(raw_tiff(strip_tags(8, 8, 64), bytes(64))[:-5])
