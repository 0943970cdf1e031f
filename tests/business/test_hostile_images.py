"""What the inspector says about images made to hurt."""

import io
import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from service.business.image_files import ImageInspector
from service.common.errors import ServiceError, TooManyPixels, UnreadableImage
from tests import hostile_pictures as hostile
from tests import pictures

ROOT = Path(__file__).parents[2]


def inspect(data, max_pixels=50_000_000):
    return ImageInspector(max_pixels).inspect(io.BytesIO(data))


def verdict(data):
    """Return the content type, or the name of the refusal."""
    try:
        return inspect(data)["content_type"]
    except ServiceError as refusal:
        return type(refusal).__name__


# Of several pictures in a row, only the first must be whole.
@pytest.mark.parametrize("name", sorted(set(pictures.SAMPLES) - {"mpo", "tiff pages"}))
def test_an_image_cut_anywhere_is_refused(name):
    data = pictures.sample(name)
    cuts = [*range(64, len(data), len(data) // 40), *range(len(data) - 12, len(data))]

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
    }

    known = {"UnreadableImage", "UnsupportedImage", "TooManyPixels", pictures.content_type(name)}
    assert verdicts <= known


ABSURD = {
    "png": pictures.raw_png(2**31 - 1, 2**31 - 1, rows=b""),
    "gif": hostile.gif_screen(65535, 65535),
    "gif frame": hostile.gif_screen(10, 10, frame=(65535, 65535)),
    "webp": hostile.webp_screen(16384, 16384),
    "avif": hostile.avif_declaring(2**31, 2**31),
    "bmp": hostile.bmp_declaring(2**31 - 1, 1),
    "tiff": pictures.raw_tiff(pictures.strip_tags(2**31, 2**31, 64, compression=8), bytes(64)),
}


@pytest.mark.parametrize("name", sorted(set(ABSURD) - {"bmp"}))
def test_absurd_sizes_are_refused_by_their_pixels(name):
    with pytest.raises(TooManyPixels) as refusal:
        inspect(ABSURD[name])

    assert "at most 50000000 pixels" in refusal.value.detail


def test_a_bitmap_without_its_rows_is_refused():
    with pytest.raises(UnreadableImage):
        inspect(ABSURD["bmp"])


@pytest.mark.parametrize("name", ["jpeg", "png", "gif", "webp", "avif", "tiff", "bmp"])
def test_the_pixel_limit_is_exact(name):
    data = pictures.sample(name)

    assert inspect(data, max_pixels=64 * 48)["width"] == 64
    with pytest.raises(TooManyPixels):
        inspect(data, max_pixels=64 * 48 - 1)


@pytest.mark.parametrize("name", hostile.polyglots())
def test_polyglots_are_what_they_start_as(name):
    assert verdict(hostile.polyglots()[name]).startswith("image/")


HARMLESS = {
    "text bomb": hostile.png_text_bomb(size=2_000_000),
    "international text bomb": hostile.png_text_bomb(b"iTXt", size=2_000_000),
    "profile bomb": hostile.png_profile_bomb(size=2_000_000),
    "more picture than declared": hostile.png_surplus_bomb(size=2_000_000),
    "tiff loop": hostile.tiff_loop(),
    "frames": hostile.gif_frames(10_000),
    "exif of zeros": hostile.with_segments(hostile.exif_segment(bytes(100))),
    "exif far away": hostile.with_segments(hostile.exif_segment(b"II*\0\xff\xff\xff\xff")),
    "bad panorama": hostile.with_segments(pictures.segment(0xE2, b"MPF\0" + bytes(60))),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_never_unfolded_does_no_harm(name):
    assert verdict(HARMLESS[name]).startswith("image/")


def many_tags():
    entries = b"".join(struct.pack("<HHLL", tag, 4, 1, 0) for tag in range(5_000))
    return b"II*\0" + struct.pack("<LH", 8, 5_000) + entries + bytes(4)


ENDLESS = {
    "scans": hostile.scan_bomb(1_000),
    "markers": hostile.with_segments(pictures.segment(0xFE) * 50_000),
    "fill bytes": hostile.with_segments(b"\xff" * 200_000),
    "fill bytes to the end": pictures.jpeg()[:-2] + b"\xff" * 200_000,
    "metadata": hostile.with_segments(pictures.segment(0xE1, bytes(65_000)) * 200),
    "second frame": pictures.jpeg()[:-2] + pictures.jpeg()[pictures.jpeg().index(b"\xff\xc0") :],
    "chunks": pictures.raw_png(extra=pictures.chunk(b"teXt") * 250_000),
    "blocks": pictures.gif()[:-1] + b"!\xfe" + b"\1x" * 600_000 + b"\0;",
    "webp chunks": hostile.webp_chunks(150_000),
    "boxes": hostile.avif_boxes(20_000),
    "tags": many_tags(),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_endless_structure_is_refused(name):
    with pytest.raises(UnreadableImage):
        inspect(ENDLESS[name])


@pytest.mark.parametrize(
    "data",
    [
        pictures.raw_png(rows=bytes(48 * (1 + 64 * 3) - 1)),
        pictures.raw_png(rows=b""),
        pictures.raw_png(extra=pictures.chunk(b"PLTE", b"abc", checksum=0)),
        pictures.raw_png(0, 48, rows=b""),
        pictures.raw_png(colour_type=3),
        pictures.raw_tiff(pictures.strip_tags(8, 8, 63), bytes(64)),
        pictures.raw_tiff(pictures.strip_tags(8, 8, 64, compression=8), bytes(64)),
    ],
    ids=["row short", "no rows", "checksum", "no width", "no palette", "strip short", "no zlib"],
)
def test_incomplete_pictures_are_refused(data):
    with pytest.raises(UnreadableImage) as refusal:
        inspect(data)

    assert refusal.value.status == 422


LARGE = (
    lambda: pictures.raw_png(8000, 6250, colour_type=6),
    lambda: pictures.jpeg(7000, 7000),
    lambda: pictures.jpeg(5000, 5000, progressive=True),
    lambda: pictures.webp(3200, 3200, method=0),
    lambda: hostile.gif_bomb(7000, 7000),
    lambda: hostile.tiff_bomb(5000, 5000),
    lambda: hostile.tiff_tile_bomb(),
    lambda: hostile.scan_bomb(80, width=3000, height=3000),
)
MEASURE = """
import json, pathlib, re, sys, time
from service.business.image_files import ImageInspector, decoder

def peak():
    status = pathlib.Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\\s*(\\d+)", status)[1]) // 1024

decoder("image/gif")
measured = [peak()]
for path in sys.argv[1:]:
    started = time.process_time()
    with open(path, "rb") as file:
        ImageInspector(50_000_000).inspect(file)
    measured.append(time.process_time() - started)
print(json.dumps([peak() - measured[0], max(measured[1:])]))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_no_image_costs_much_memory_or_time(tmp_path):
    for number, make in enumerate(LARGE):
        (tmp_path / str(number)).write_bytes(make())

    output = subprocess.check_output(
        [sys.executable, "-c", MEASURE, *sorted(map(str, tmp_path.iterdir()))], cwd=ROOT
    )

    mebibytes, cpu_seconds = json.loads(output)
    assert mebibytes < 200
    assert cpu_seconds < 4  # Twice the promise: test machines are slow.
