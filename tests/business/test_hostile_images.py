"""What the inspector answers to hostile images."""

import io

import pytest

from service.business.inspection.image_inspector import ImageInspector
from service.common.errors import ServiceError, TooManyPixels
from tests.support import pictures
from tests.support.hostile_classes import CLASSES


def inspect(data, max_pixels=100_000_000):
    return ImageInspector(max_pixels).inspect(io.BytesIO(data))[0]


def verdict(data):
    """Return the content type, or the name of the refusal."""
    try:
        return inspect(data)["content_type"]
    except ServiceError as refusal:
        return type(refusal).__name__


# How many bytes viewers do not need: end markers, the address of the next directory. And JPEG's
# decoder does not notice when the last bits of the last block are missing.
SPARE = {"jpeg": 4, "gif": 1, "tiff fax": 4}


# Of a file with several pictures, only the first must be complete.
@pytest.mark.parametrize("name", sorted(set(pictures.SAMPLES) - {"mpo", "tiff pages"}))
def test_an_image_cut_anywhere_is_refused(name):
    data = pictures.sample(name)
    needed = len(data) - sum(SPARE[start] for start in SPARE if name.startswith(start))
    cuts = [*range(64, needed, len(data) // 40), *range(len(data) - 12, needed)]

    verdicts = {verdict(data[:cut]) for cut in cuts}

    assert verdicts == {"UnreadableImage"}


@pytest.mark.parametrize("name", ["jpeg", "gif", "webp lossless", "tiff lzw", "tiff deflate"])
def test_scrambled_pixels_do_not_break_the_service(name):
    data = pictures.sample(name)
    third = len(data) // 3

    answer = verdict(data[:third] + b"\x5a" * third + data[2 * third :])

    assert answer in {"UnreadableImage", pictures.content_type(name)}


@pytest.mark.parametrize("name", pictures.SAMPLES)
def test_every_damaged_byte_is_survived(name):
    data = pictures.sample(name)

    verdicts = {
        verdict(data[:at] + byte + data[at + 1 :])
        for at in range(8, min(len(data), 200))
        for byte in (b"\0", b"\xff")
        if data[at : at + 1] != byte
    }

    known = {"UnreadableImage", "UnsupportedImage", "TooManyPixels", pictures.content_type(name)}
    assert verdicts <= known


# The slow ones are tested through the whole service only: tests/test_hostile_uploads.py.
SLOW = {"bombs", "extreme aspect"}
CASES = [
    (expected, make)
    for kind, (expected, members) in CLASSES.items()
    for make in members.values()
    if kind not in SLOW
]
NAMES = [f"{kind}: {name}" for kind in CLASSES if kind not in SLOW for name in CLASSES[kind][1]]


@pytest.mark.parametrize(("expected", "make"), CASES, ids=NAMES)
def test_hostile_pictures_get_the_right_answer(expected, make):
    data = make()

    if expected == "201":
        assert verdict(data).startswith("image/")
    else:
        with pytest.raises(ServiceError) as refusal:
            inspect(data)
        assert f"{refusal.value.status} {refusal.value.code}" == expected


def test_absurd_sizes_are_explained():
    with pytest.raises(TooManyPixels) as refusal:
        inspect(pictures.raw_png(2**31 - 1, 2**31 - 1, rows=b""))

    assert "at most 100000000 pixels" in refusal.value.detail


@pytest.mark.parametrize("name", ["jpeg", "png", "gif", "webp", "avif", "tiff", "bmp"])
def test_the_pixel_limit_is_exact(name):
    data = pictures.sample(name)

    assert inspect(data, max_pixels=64 * 48)["width"] == 64
    with pytest.raises(TooManyPixels):
        inspect(data, max_pixels=64 * 48 - 1)
