"""Hostile metadata: circles, bombs, thousands of blocks, damage. Examining tells what it found."""

import io
import struct
import zlib
from random import Random

import pytest

from service.business.inspection.image_inspector import ImageInspector
from service.business.metadata.examination import examine
from service.business.metadata.findings import KINDS, MOST_BLOCKS, MOST_BYTES, MOST_DIRECTORIES
from service.business.metadata.stripping import stripped
from service.common.errors import ServiceError, StripImpossible
from tests.support import pictures
from tests.support import private_pictures as private
from tests.support.pictures import chunk, packed_zeros, raw_png, raw_tiff, strip_tags
from tests.support.private_pictures import (
    BERLIN,
    MORE_XMP,
    PHONE,
    XMP,
    XMP_START,
    exif,
    record,
    resource,
    text,
)

ALL = exif(PHONE, private.MOMENT, BERLIN, {513: 8, 514: 8})
# A directory whose inner directories and next directory are the same one.
CIRCLE = (
    b"MM\0*\0\0\0\x08\0\2\x87\x69\0\4\0\0\0\1\0\0\0\x08\x88\x25\0\4\0\0\0\1\0\0\0\x08\0\0\0\x08"
)
# A second beginning for each byte, for patterns that look for names.
PACKETS = [
    b"<" * 64,
    b" a:b ",
    b" a:b" + b" " * 60,
    b"<a:b></a:b >",
    b" xmlns:a='b'",
    b"<a:latitud",
]
MEGABYTES = 7_000_000


def found(content):
    """Return (taken_at, kinds) of a file that the inspection walks through."""
    taken_at, privacy = examine(*private.opened(content))
    return taken_at, {kind for kind in KINDS if privacy[kind]}


def in_parts(packet):
    """Return a JPEG with an XMP packet in several segments."""
    starts = range(0, len(packet), 65_000)
    return private.jpeg(*[
        (0xE1, MORE_XMP + b"A" * 32 + struct.pack(">LL", len(packet), start)
         + packet[start : start + 65_000])
        for start in starts
    ])  # fmt: skip


def test_a_circle_of_directories_ends():
    content = private.jpeg(*[(0xE1, b"Exif\0\0" + CIRCLE)] * 300, (0xFE, b"(c) Ana"))

    assert found(content) == (None, set())
    assert found(private.jpeg((0xE1, b"Exif\0\0" + CIRCLE), (0xFE, b"(c) Ana")))[1] == {"author"}


def test_a_circle_of_pages_ends():
    content = raw_tiff(strip_tags(8, 8, 64, t271=(2, 4, 0x41636D65)), bytes(64), after=72)

    assert found(content)[1] == {"camera"}


def test_more_directories_than_are_looked_at():
    frames = pictures.tiff(frames=MOST_DIRECTORIES * 2)

    assert found(frames)[1] == set()


@pytest.mark.parametrize("unit", PACKETS)
def test_megabytes_of_xmp_are_looked_at_in_part(unit):
    assert found(in_parts(unit * (MEGABYTES // len(unit))))[1] == set()


def test_the_names_before_megabytes_of_xmp_are_found():
    assert found(in_parts(XMP + b" " * MEGABYTES))[1] == {"location", "author"}


@pytest.mark.parametrize("keyword", [b"XML:com.adobe.xmp", b"Raw profile type exif", b"Author"])
def test_a_text_bomb_is_looked_at_in_part(keyword):
    bomb = chunk(b"zTXt", keyword + b"\0\0" + packed_zeros(200 * 1024 * 1024))

    assert found(raw_png(extra=bomb * 40))[1] == set()


def test_many_chunks_are_looked_at_in_part():
    content = raw_png(extra=text(b"Comment", b"x") * 49_000 + chunk(b"eXIf", ALL))

    assert found(content)[1] == set()


def test_a_few_chunks_are_looked_at_all():
    content = raw_png(extra=text(b"Comment", b"x") * (MOST_BLOCKS - 1) + chunk(b"eXIf", ALL))

    assert "location" in found(content)[1]


def test_metadata_behind_much_other_metadata_is_not_looked_at():
    much = text(b"Comment", b"x" * MOST_BYTES)

    assert found(raw_png(extra=much + chunk(b"eXIf", ALL)))[1] == set()
    assert "location" in found(raw_png(extra=chunk(b"eXIf", ALL) + much))[1]


def test_many_records_are_looked_at_in_part():
    block = resource(0x0404, record(5, b"") * 12_000)
    content = private.jpeg(*[(0xED, b"Photoshop 3.0\0" + block)] * 100)

    assert found(content)[1] == set()


@pytest.mark.parametrize(
    "block", [b"", b"I", b"II*\0", b"II*\0\xff\xff\xff\xff", b"XX*\0" * 9, ALL[:9]]
)
def test_blocks_cut_short_tell_nothing(block):
    assert found(private.jpeg((0xE1, b"Exif\0\0" + block)))[1] == set()
    assert found(private.png(chunk(b"eXIf", block)))[1] == set()
    assert found(private.webp((b"EXIF", block)))[1] == set()


def test_a_block_cut_short_tells_what_is_before_the_cut():
    cut = ALL[: len(ALL) - 24]

    assert found(private.png(chunk(b"eXIf", cut)))[1] >= {"camera", "author", "taken_at"}


@pytest.mark.parametrize("contents", [
    b"", b"XML:com.adobe.xmp", b"Raw profile type exif\0", b"Raw profile type exif\0\nexif\n9\nxyz",
    b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n 1\n" + b"4" * 999), b"Author\0\1",
])  # fmt: skip
@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"iTXt"])
def test_texts_cut_short_hide_no_others(kind, contents):
    content = private.png(chunk(kind, contents), text(b"Copyright", b"Ana"))

    assert "author" in found(content)[1]


def damaged(content, random):
    """Return a file with a few bytes changed, left out or put in."""
    content = bytearray(content)
    for _ in range(random.randint(1, 3)):
        place = random.randrange(len(content))
        content[place : place + random.randint(0, 2)] = random.randbytes(random.randint(0, 3))
    return bytes(content)


@pytest.mark.parametrize("sample", [
    private.jpeg((0xE1, b"Exif\0\0" + ALL), (0xE1, XMP_START + XMP), progressive=True) + b"film",
    pictures.jpeg()[:-2] + b"\0\0film",
    private.png(chunk(b"eXIf", ALL), text(b"XML:com.adobe.xmp", XMP, b"iTXt")),
    private.webp((b"EXIF", ALL), (b"XMP ", XMP), marks=12, frames=3),
    private.tiff({271: "Acme", 700: XMP}),
    private.gif(0xFE, b"\7(c) Ana"),
    private.phone_avif(),
    pictures.bmp() + b"film",
], ids=["jpeg", "jpeg without end", "png", "webp", "tiff", "gif", "avif", "bmp"])  # fmt: skip
def test_damage_does_no_harm(sample):
    random, inspector = Random(7), ImageInspector(1_000_000)
    for _ in range(150):
        content = damaged(sample, random)
        try:
            before, _thumb = inspector.inspect(io.BytesIO(content))
        except ServiceError:
            continue
        file = private.opened(content)
        assert list(examine(*file)[1]) == list(KINDS)
        try:
            pieces = stripped(*file)
        except StripImpossible:
            assert before["content_type"] not in ("image/jpeg", "image/png", "image/webp")
            continue
        copy = content if pieces is None else b"".join(pieces)
        after, _thumb = inspector.inspect(io.BytesIO(copy))
        assert [before[name] for name in ("width", "height")] == [after["width"], after["height"]]
        assert stripped(*private.opened(copy)) is None
