"""What the inspector answers to valid images."""

import hashlib
import io
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from service.business.inspection.image_inspector import ImageInspector
from service.common.errors import EmptyImage, UnreadableImage, UnsupportedImage
from tests.support import pictures
from tests.support.hostile_pictures import FOREIGN

ROOT = Path(__file__).parents[2]


def inspect(data, **options):
    return ImageInspector(**{"max_pixels": 100_000_000} | options).inspect(io.BytesIO(data))[0]


def shown(data):
    facts = inspect(data)
    return facts["width"], facts["height"]


@pytest.mark.parametrize("name", pictures.SAMPLES)
def test_it_works(name):
    data = pictures.sample(name)

    facts = inspect(data)

    told = {"color", "thumbhash", "taken_at", "privacy"}
    assert {name: facts[name] for name in facts if name not in told} == {
        "content_type": pictures.content_type(name),
        "size": len(data),
        "width": 1 if "narrow" in name else 64,
        "height": 300 if "narrow" in name else 48,
        "sha256": hashlib.sha256(data).hexdigest(),
    }


@pytest.mark.parametrize("make", [pictures.jpeg, pictures.avif, pictures.webp, pictures.tiff])
def test_files_of_every_kind_are_rewound(tmp_path, make):
    path = tmp_path / "image"
    path.write_bytes(make())

    with path.open("rb") as real, tempfile.SpooledTemporaryFile(max_size=100) as spooled:
        spooled.write(make())
        facts = [ImageInspector(10_000).inspect(file)[0] for file in (real, spooled)]

        assert [file.read() for file in (real, spooled)] == [make(), make()]
    assert facts[0] == facts[1] == inspect(make())


def test_a_large_file_is_read_in_place():
    data = pictures.raw_png(extra=pictures.chunk(b"teSt", bytes(2_000_000)))

    with tempfile.SpooledTemporaryFile(max_size=100) as spooled:
        spooled.write(data)
        facts, _thumb = ImageInspector(10_000).inspect(spooled)

    assert facts == inspect(data)


def test_a_large_refused_file_can_be_closed():
    with pytest.raises(UnreadableImage), io.BytesIO(pictures.png()[:-5] + bytes(2**21)) as file:
        ImageInspector(10_000).inspect(file)

    assert file.closed


@pytest.mark.parametrize(
    "make", [pictures.jpeg, pictures.png, pictures.webp, pictures.tiff, pictures.avif]
)
@pytest.mark.parametrize(("orientation", "size"), [(1, (64, 48)), (3, (64, 48)), (6, (48, 64)),
                                                   (8, (48, 64))])  # fmt: skip
def test_sizes_are_those_shown(make, orientation, size):
    assert shown(make(orientation=orientation)) == size


def exif(version=42, count=1, orientation=6):
    entry = struct.pack("<HHLL", 274, 3, 1, orientation)
    return b"II" + struct.pack("<HLH", version, 8, count) + entry + bytes(4)


@pytest.mark.parametrize(("changed", "size"), [
    ({}, (48, 64)),
    ({"version": 41}, (64, 48)),
    ({"version": 0x552A}, (64, 48)),
    ({"count": 5_000}, (48, 64)),
    ({"count": 0xFFFF}, (48, 64)),
])  # fmt: skip
def test_exif_is_read_as_viewers_read_it(changed, size):
    block = exif(**changed)
    jpeg = pictures.jpeg()

    assert shown(jpeg[:2] + pictures.segment(0xE1, b"Exif\0\0" + block) + jpeg[2:]) == size
    assert shown(pictures.raw_png(extra=pictures.chunk(b"eXIf", block))) == size


def test_a_webp_is_turned_only_if_its_header_says_so():
    turned = pictures.webp(orientation=6)
    marks = turned.index(b"VP8X") + 8

    assert shown(turned) == (48, 64)
    assert shown(turned[:marks] + b"\0" + turned[marks + 1 :]) == (64, 48)


def test_a_turned_compressed_tiff_is_turned_once():
    assert shown(pictures.tiff(orientation=6, compression="tiff_lzw")) == (48, 64)


def test_big_endian_tiff_is_accepted():
    tags = pictures.strip_tags(8, 8, 64)
    tags |= {tag: (3, 1, value << 16) for tag, (kind, _, value) in tags.items() if kind == 3}

    assert shown(pictures.raw_tiff(tags, bytes(64), order=">")) == (8, 8)


@pytest.mark.parametrize("name", pictures.SAMPLES)
@pytest.mark.parametrize("tail", [b"SEFT\0\0 made by a phone", bytes(100)])
def test_bytes_behind_the_end_are_accepted(name, tail):
    assert inspect(pictures.sample(name) + tail)["content_type"] == pictures.content_type(name)


def test_a_damaged_optional_chunk_is_accepted():
    assert shown(pictures.raw_png(extra=pictures.chunk(b"teXt", b"k", checksum=0))) == (64, 48)


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("interlaced", [0, 1])
def test_pngs_of_every_depth_are_accepted(depth, interlaced):
    rows = bytes(4000) if interlaced else None

    assert shown(pictures.raw_png(9, 5, depth, 0, interlaced=interlaced, rows=rows)) == (9, 5)


def test_a_bitmap_stored_top_down_is_accepted():
    data = pictures.bmp()

    assert shown(data[:22] + (-48).to_bytes(4, "little", signed=True) + data[26:]) == (64, 48)


def test_an_empty_file_is_refused():
    with pytest.raises(EmptyImage):
        inspect(b"")


@pytest.mark.parametrize("name", FOREIGN)
def test_other_files_are_refused(name):
    with pytest.raises(UnsupportedImage) as refusal:
        inspect(FOREIGN[name])

    assert "JPEG, PNG, GIF, WebP, AVIF, TIFF or BMP" in refusal.value.detail


def test_pillow_is_imported_when_first_needed():
    code = "import sys, service.business.inspection.image_inspector; sys.exit('PIL' in sys.modules)"

    finished = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)

    assert finished.returncode == 0
