"""What the inspector reads of the prefix codes of lossless WebP."""

import io
import math
import random

import pytest
from PIL import Image

from service.business.inspection import webp
from service.business.inspection.image_inspector import ImageInspector
from service.business.inspection.webp import lossless
from service.business.inspection.webp.lossless import GROUP_BYTES
from service.common.errors import UnreadableImage
from tests.support import pictures, webp_streams
from tests.support.webp_streams import (
    EIGHT,
    EIGHT_OF_GREEN,
    NEXT,
    NO_CACHE,
    NO_TRANSFORMS,
    NONE,
    ONE_GROUP,
    bits,
    cache,
    code,
    entropy_image,
    extended,
    packed,
    riff,
)


def inspect(data):
    return ImageInspector(100_000_000).inspect(io.BytesIO(data))[0]


def memory(stream, width=8, height=8):
    """Return the memory that the codes of a stream take, as so many groups without a cache."""
    return lossless.code_memory(packed(stream), width, height) / (GROUP_BYTES + 4)


def decodable(data):
    return webp.read(memoryview(data)).decodable


PLAIN = NO_TRANSFORMS + NO_CACHE
# A palette of so many colours, all of the same one.
TWO, SIXTEEN, MANY = (
    "1" + bits(3, 2) + bits(count - 1, 8) + NO_CACHE + NONE * 5 for count in (2, 16, 17)
)
PREDICTOR, COLOUR, GREEN = ("1" + bits(kind, 2) for kind in range(3))
SMALL = bits(0, 3) + NO_CACHE + NONE * 5
# Blocks that are 5, then the same again: by a repetition of 3, by 3 places of a colour cache.
REPEATED = NO_CACHE + code({5: 1, 258: 1}, 280) + NONE * 3 + NEXT + "01"
CACHED = cache(1) + code({5: 1, 281: 1}, 282) + NONE * 4 + "0111"


@pytest.mark.parametrize(
    ("stream", "groups"),
    [
        (PLAIN + ONE_GROUP, 1),
        (PLAIN + entropy_image([0, 1, 2, 3]), 4),
        (PLAIN + entropy_image([0, 1, 0, 1]), 2),
        (PLAIN + entropy_image([0, 0, 0, 63]), 64),
        (PREDICTOR + SMALL + COLOUR + SMALL + GREEN + PLAIN + entropy_image([3, 2, 1, 0]), 4),
        (MANY + PLAIN + entropy_image([0, 1, 2, 3]), 4),
        (SIXTEEN + PLAIN + entropy_image([1, 2]), 3),
        (TWO + PLAIN + entropy_image([1, 3]), 4),
        (PLAIN + "1" + bits(0, 3) + REPEATED, 6),
        (PLAIN + "1" + bits(0, 3) + CACHED, 6),
        (PREDICTOR + bits(0, 3) + REPEATED + PLAIN + entropy_image([0, 1, 2, 3]), 4),
        (COLOUR + bits(0, 3) + CACHED + PLAIN + entropy_image([0, 1, 2, 3]), 4),
        (TWO + PREDICTOR + SMALL + PLAIN + entropy_image([1, 3]), 4),
    ],
)
def test_the_groups_of_codes_are_counted(stream, groups):
    assert memory(stream) == groups


@pytest.mark.parametrize("numbers", [[0, 0, 0, 64], [0, 9_999, 65_535, 9_999]])
def test_only_groups_in_use_count_among_very_many(numbers):
    assert memory(PLAIN + entropy_image(numbers)) == len(set(numbers))


def test_a_colour_cache_makes_groups_larger():
    stream = NO_TRANSFORMS + cache(11) + entropy_image([0, 1, 0, 1])

    assert lossless.code_memory(packed(stream), 8, 8) == 2 * (GROUP_BYTES + 4 * 2048)


@pytest.mark.parametrize(
    "stream",
    [
        GREEN + GREEN + PLAIN + ONE_GROUP,
        NO_TRANSFORMS + "1" + bits(12, 4),
        PREDICTOR + bits(0, 3) + NO_CACHE + "0" * 200,
        PREDICTOR + bits(0, 3) + NO_CACHE + EIGHT + EIGHT_OF_GREEN,
    ],
)
def test_an_invalid_stream_is_refused(stream):
    with pytest.raises(UnreadableImage):
        memory(stream)


def test_a_stream_without_its_small_images_is_refused():
    with pytest.raises(UnreadableImage):
        lossless.code_memory(packed(PLAIN + entropy_image([0] * 4))[:4], 8, 8)


def test_very_large_small_images_are_not_read():
    assert memory(PREDICTOR + SMALL, 1264, 1264) != math.inf
    assert memory(PREDICTOR + SMALL, 1268, 1268) == math.inf


@pytest.mark.parametrize("make", [
    webp_streams.codes,
    webp_streams.codes_in_a_frame,
    lambda: webp_streams.codes_in_a_frame(before=b"JUNK"),
    webp_streams.codes_of_transparency,
])  # fmt: skip
def test_very_many_codes_are_not_decoded(make):
    assert not decodable(make())


def test_as_many_codes_as_memory_allows_are_decoded():
    assert decodable(webp_streams.codes(11_500))
    assert not decodable(webp_streams.codes(13_500))


def test_transparency_that_viewers_ignore_is_not_read():
    lossy = (b"VP8 ", pictures.webp()[20:])
    alpha = (b"ALPH", b"\1 no stream")

    assert inspect(riff(extended(0, 64, 48), alpha, lossy))["width"] == 64
    with pytest.raises(UnreadableImage):
        inspect(riff(extended(16, 64, 48), alpha, lossy))


def picture(width, height, mode):
    """Return a picture with a smooth part, a noisy one, and one of few colours."""
    image = Image.merge("RGB", [Image.radial_gradient("L").resize((width, height))] * 3)
    noise = Image.effect_noise((width // 3, height), 40)
    image.paste(Image.merge("RGB", [noise, noise.rotate(90), noise]), (0, 0))
    image.paste(Image.effect_mandelbrot((width // 3, height), (-3, -2, 2, 2), 20), (width // 2, 0))
    if mode == "RGBA":
        image.putalpha(Image.linear_gradient("L").resize((width, height)))
    return image.convert(mode)


def saved(mode="RGB", size=(700, 500), **options):
    file = io.BytesIO()
    picture(*size, mode).save(file, "WEBP", **options)
    return file.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L"])
@pytest.mark.parametrize("method", [0, 3, 4, 6])
def test_honest_lossless_pictures_are_decoded(mode, method):
    data = saved(mode, lossless=True, method=method)

    assert decodable(data)
    assert inspect(data)["width"] == 700


def without_the_end(data, kind):
    """Return a WebP whose last chunk of a kind is empty in its second half, else all in order."""
    start = data.rindex(kind) + 8
    size = int.from_bytes(data[start - 4 : start], "little")
    half = start + size // 2
    chunks = data[12 : start - 4] + (half - start).to_bytes(4, "little") + data[start:half]
    chunks += bytes((half - start) % 2) + data[start + size + size % 2 :]
    return b"RIFF" + (len(chunks) + 4).to_bytes(4, "little") + b"WEBP" + chunks


@pytest.mark.parametrize(("kind", "options"), [
    (b"VP8L", {"lossless": True, "method": 4}),
    (b"VP8L", {"lossless": True, "mode": "P"}),
    (b"ALPH", {"mode": "RGBA", "exact": True}),
])  # fmt: skip
def test_missing_pixels_of_large_pictures_are_noticed(kind, options):
    with pytest.raises(UnreadableImage):
        inspect(without_the_end(saved(**options), kind))


def outcome(data):
    """Tell what Pillow makes of bytes."""
    try:
        Image.open(io.BytesIO(data), formats=["WEBP"]).load()
    except (OSError, ValueError):
        return "refused"
    return "decoded"


@pytest.mark.parametrize("options", [{"mode": "RGB"}, {"mode": "P"}, {"mode": "RGBA", "method": 0}])
def test_what_is_refused_the_decoder_refuses_too(options):
    data = saved(size=(150, 100), lossless=True, **options)
    start, noise = data.index(b"VP8L") + 13, random.Random(1)

    for _ in range(150):
        damaged = bytearray(data)
        damaged[start + noise.randrange(300)] ^= 1 << noise.randrange(8)
        try:
            webp.read(memoryview(damaged))
        except UnreadableImage:
            assert outcome(damaged) == "refused"
