"""Which JPEGs are whole: with and without an end marker, and of every kind that exists."""

import base64
import io
import struct
from random import Random

import pytest

from service.business.inspection.image_inspector import ImageInspector
from service.common.errors import ServiceError, UnreadableImage, UnsupportedImage
from tests.support import pictures
from tests.support.pictures import box, jpeg, segment

KINDS = {
    "baseline": jpeg(),
    "gray": jpeg(mode="L"),
    "cmyk": jpeg(mode="CMYK"),
    "progressive": jpeg(progressive=True),
    "progressive, restarts": jpeg(progressive=True, restart_marker_blocks=2),
    "restarts": jpeg(restart_marker_blocks=1),
    "large": jpeg(1200, 900),
}
# A row of 64 x 8 pixels of noise in arithmetic coding, and 16 x 12 pixels without loss.
ARITHMETIC_ROW = base64.b85decode(
    "|JeWF01!$>Nk#wx0RR9200961|JwjV02B@n5)Ta&5)cv>6%-gAG9exu93DL^E+jHZKuk+VKt@GST61DhRc%&9Mr4R("
    "ZFhTtf`Lw8jhBplmUDiAeE-P+3kU!R06+l&5di<p00saM5C#9;00aOC|Jncu0RaF2KLEfD1uzEZd@BBwP?)n7P8*EpR"
    "r+&5Q3&Tw%xC4yZ*A^%h7JpSi^~51U7U{9xuIvw^`H6pD$4V7*RLc(5NQnT$(;u{3|IkM=&&-3pLO{&p};WH7y)#uG~c"
    "{6<frAtr@NoDC89{eENPjFKp#VtvT~_Z+X<x%e`DG^40@<(jHpwG4lf~kjt(~skEtr!xZsZA!BJrBDdMHpvGR)UqBa^^"
    "xgr(@6%R^)9S{0p=MGR+OKkI<Fi-=H#_Hgxx27{~h(~vT|Je"
)
LOSSLESS = base64.b85decode(
    "|JeWF01!$>Nk#wx0RR9200961|HA+a2mlNK5CH)Z0RO}Q761VO0RR910000000000000952>;pu2mt{A0RRBc>Z+=$s"
    ";a81YO1QLs;a81YO1QLs;a81YO1QLs;a81YO1QLs;a81YO1QLs;a81YO1QLs;a81YO1QLs;a81YO1QLs;a81YO1QLs;"
    "a81YO1QLs;a81YO1QLs;a81|Je"
)
END = b"\xff\xd9"
TRAILERS = {
    "none": b"",
    "text": b"SEFT\0\0 made by a phone",
    "zeros": bytes(5_000),
    "video": box(b"ftyp", b"mp42isom") + box(b"mdat", Random(7).randbytes(300_000)),
    "another picture": pictures.png(),
    "markers": b"\0\xff\xc4\xff\xff\xff\xda\0\4\xff\xe1\0",
}


def inspect(data):
    return ImageInspector(100_000_000).inspect(io.BytesIO(data))[0]


def shown(data):
    facts = inspect(data)
    return facts["width"], facts["height"]


def unended(data):
    """Return a JPEG without its end marker."""
    assert data.endswith(END)
    return data[:-2]


def arithmetic(rows):
    """Return an arithmetic-coded JPEG of 64 x 8 * rows pixels: a row again and again."""
    data = unended(ARITHMETIC_ROW)
    scan = data.index(b"\xff\xda") + 10
    size = data.index(b"\xff\xc9") + 5
    head = data[:size] + struct.pack(">H", 8 * rows) + data[size + 2 : scan]
    restarts = (b"\xff" + bytes([0xD0 + number % 8]) for number in range(rows - 1))
    return head + data[scan:] + b"".join(mark + data[scan:] for mark in restarts) + END


@pytest.mark.parametrize("trailer", TRAILERS)
@pytest.mark.parametrize("kind", KINDS)
def test_whole_scans_without_an_end_marker_are_accepted(kind, trailer):
    data = unended(KINDS[kind]) + TRAILERS[trailer]

    assert shown(data) == shown(KINDS[kind])


@pytest.mark.parametrize("cut", [0.25, 0.5, 0.75, 0.95])
@pytest.mark.parametrize("kind", KINDS)
def test_scans_cut_short_are_refused(kind, cut):
    start = KINDS[kind].index(b"\xff\xda")
    data = KINDS[kind][: start + int((len(KINDS[kind]) - start) * cut)]

    with pytest.raises(UnreadableImage):
        inspect(data)


@pytest.mark.parametrize("kind", ["baseline", "restarts", "progressive", "progressive, restarts"])
def test_a_trailer_does_not_replace_the_end_of_a_scan(kind):
    with pytest.raises(UnreadableImage):
        inspect(KINDS[kind][: -len(KINDS[kind]) // 10] + TRAILERS["text"])


def test_a_progressive_image_that_lost_whole_scans_is_refused():
    data = KINDS["progressive"]
    last_scan = data.rindex(b"\xff\xda")

    with pytest.raises(UnreadableImage):
        inspect(data[: data.rindex(b"\xff\xc4", 0, last_scan)])


@pytest.mark.parametrize("rows", [1, 400])
@pytest.mark.parametrize("end", [b"", END])
def test_arithmetic_coding_is_accepted_at_every_size(rows, end):
    assert shown(unended(arithmetic(rows)) + end) == (64, 8 * rows)


@pytest.mark.parametrize("rows", [1, 400])
def test_arithmetic_coding_cut_short_is_refused(rows):
    with pytest.raises(UnreadableImage):
        inspect(arithmetic(rows)[:-120])


@pytest.mark.parametrize("data", [LOSSLESS, unended(LOSSLESS)])
def test_lossless_images_are_accepted(data):
    assert shown(data) == (16, 12)


def test_a_lossless_image_cut_short_is_refused():
    with pytest.raises(UnreadableImage):
        inspect(LOSSLESS[:-20])


@pytest.mark.parametrize(("old", "new", "reason"), [
    (b"\xff\xc0\0\x11\x08", b"\xff\xc0\0\x11\x0c", "12 bits in a sample"),
    (b"\xff\xc0", b"\xff\xc5", "hierarchical"),
    (b"\xff\xc0", b"\xff\xcb", "lossless with arithmetic coding"),
])  # fmt: skip
def test_kinds_that_no_decoder_knows_are_told(old, new, reason):
    with pytest.raises(UnsupportedImage) as refusal:
        inspect(jpeg().replace(old, new, 1))

    assert reason in refusal.value.detail
    assert "Save it as an ordinary JPEG" in refusal.value.detail


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_exif_cut_behind_the_orientation_still_turns(orientation):
    entry = struct.pack("<HHLL", 274, 3, 1, orientation)
    block = b"II*\0\x08\0\0\0" + struct.pack("<H", 9) + entry
    exif = segment(0xE1, b"Exif\0\0" + block)
    files = [
        jpeg()[:2] + exif + jpeg()[2:],
        pictures.raw_png(extra=pictures.chunk(b"eXIf", block)),
    ]

    size = (48, 64) if orientation == 6 else (64, 48)
    assert [shown(data) for data in files] == [size, size]


@pytest.mark.parametrize("count", [20, 60_000])
def test_some_fill_bytes_in_a_scan_are_accepted(count):
    data = jpeg(restart_marker_blocks=1)
    first_restart = data.index(b"\xff\xd0")

    assert shown(data[:first_restart] + b"\xff" * count + data[first_restart:]) == (64, 48)


def test_very_many_fill_bytes_are_refused():
    with pytest.raises(ServiceError):
        inspect(unended(jpeg()) + b"\xff" * 100_000 + END[1:])


@pytest.mark.parametrize("metadata", [
    segment(0xE0, b"JFIF\0"),
    segment(0xE2, b"ICC_PROFILE\0"),
    segment(0xE2, b"ICC_PROFILE\0\1"),
    segment(0xED, b"Photoshop 3.0\0008BIM\4\4"),
    segment(0xEE, b"Adobe"),
    b"\xff\xfe\0\0",
    b"\xff\1",
], ids=["jfif", "profile", "part", "photoshop", "adobe", "no length", "empty"])  # fmt: skip
@pytest.mark.parametrize("end", [b"", END])
def test_metadata_cut_short_does_not_matter(metadata, end):
    data = unended(jpeg()) + end

    assert shown(data[:2] + metadata + data[2:]) == (64, 48)
