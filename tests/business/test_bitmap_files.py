"""BMPs: palettes, the padding of the last row, run lengths."""

import io
import struct
from random import Random

import pytest

from service.business.inspection.image_inspector import ImageInspector
from service.common.errors import UnreadableImage
from tests.support import pictures

PALETTE = b"".join(bytes([number, number, number, 0]) for number in range(256))
ROW = b"\x40\x07\0\0"
RUNS = ROW * 48 + b"\0\1"


def inspect(data):
    return ImageInspector(100_000_000).inspect(io.BytesIO(data))[0]


def bitmap(pixels, bits=8, compression=0, palette=PALETTE, *, stored=0, colours=0):
    """Return a bitmap of 64 x 48 pixels."""
    start = 54 + len(palette)
    head = b"BM" + struct.pack("<LLL", start + len(pixels), 0, start)
    fields = (40, 64, 48, 1, bits, compression, stored, 0, 0, colours, 0)
    return head + struct.pack("<LllHHLLllLL", *fields) + palette + pixels


@pytest.mark.parametrize("width", [61, 62, 63])
@pytest.mark.parametrize("mode", ["RGB", "P", "1"])
def test_the_padding_of_the_last_row_may_be_missing(width, mode):
    data = pictures.bmp(width, 48, mode=mode)
    row = (width * {"RGB": 24, "P": 8, "1": 1}[mode] + 7) // 8
    padding = -row % 4
    whole = data[: len(data) - padding]

    assert inspect(whole)["width"] == width
    with pytest.raises(UnreadableImage):
        inspect(whole[:-1])


@pytest.mark.parametrize("stored", ["nothing", "right", "too large"])
@pytest.mark.parametrize("runs", [
    RUNS,
    RUNS[:-2],
    ROW * 47 + b"\x40\x07\0\1",
    b"\x20\x07\0\0" * 48 + b"\0\1",
    b"\x44\x07\0\0" * 48 + b"\0\1",
    (b"\0\x40" + bytes(64) + b"\0\0") * 48 + b"\0\1",
    (b"\0\x07" + bytes(8) + b"\x39\x07\0\0") * 48,
    b"\0\2\x05\x2f" + b"\x3b\x07\0\1",
    ROW * 24 + b"\0\1",
])  # fmt: skip
def test_run_lengths_that_fill_the_rows_are_accepted(runs, stored):
    sizes = {"nothing": 0, "right": len(runs), "too large": 99_999}
    data = bitmap(runs, 8, 1, stored=sizes[stored])

    assert inspect(data)["width"] == 64


@pytest.mark.parametrize("runs", [
    ROW * 24,
    ROW * 47 + b"\x20\x07",
    Random(1).randbytes(3_000),
    Random(2).randbytes(100_000),
    b"\x45\x07\x40\x07\0\0" * 48 + b"\0\1",
    b"",
], ids=["half", "last row", "noise", "more noise", "behind the row", "nothing"])  # fmt: skip
@pytest.mark.parametrize("stored", [0, 1])
def test_other_run_lengths_are_refused(runs, stored):
    with pytest.raises(UnreadableImage):
        inspect(bitmap(runs, 8, 1, stored=stored * len(runs)))


@pytest.mark.parametrize(("bits", "compression", "palette"), [(4, 2, 64), (4, 1, 64), (8, 2, 1024)])
def test_run_lengths_must_fit_the_bits(bits, compression, palette):
    data = bitmap(RUNS, bits, compression, PALETTE[:palette])

    if (bits, compression) == (4, 2):
        assert inspect(data)["width"] == 64
    else:
        with pytest.raises(UnreadableImage):
            inspect(data)


@pytest.mark.parametrize("bits", [1, 4, 8])
def test_a_palette_is_needed(bits):
    rows = bytes(64 * bits // 8 * 48)

    assert inspect(bitmap(rows, bits, palette=PALETTE[: 4 << bits]))["width"] == 64
    assert inspect(bitmap(rows, bits, palette=PALETTE[:8], colours=2))["width"] == 64
    for faulty in (bitmap(rows, bits, palette=b""), bitmap(rows, bits, colours=5_000)):
        with pytest.raises(UnreadableImage):
            inspect(faulty)


@pytest.mark.parametrize("bits", [16, 24, 32])
def test_true_colours_need_no_palette(bits):
    assert inspect(bitmap(bytes(64 * bits // 8 * 48), bits, palette=b""))["width"] == 64


@pytest.mark.parametrize("bits", [1, 8, 24, 32])
@pytest.mark.parametrize("start", [0, 14, 53])
def test_rows_inside_the_header_are_refused(bits, start):
    data = bitmap(bytes(64 * bits // 8 * 48), bits)

    assert inspect(data)["width"] == 64
    with pytest.raises(UnreadableImage):
        inspect(data[:10] + struct.pack("<L", start) + data[14:])
