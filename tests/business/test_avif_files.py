"""AVIF: which size is shown, and sequences without a still picture."""

import io
import struct

import pytest

from service.business.inspection.image_inspector import ImageInspector
from service.common.errors import UnreadableImage
from tests.support import pictures
from tests.support.pictures import box

APERTURE = struct.pack(">8l", 20, 1, 10, 1, 0, 1, 0, 1)
CLAP, TURN, HALF_TURN = (b"clap", APERTURE), (b"irot", b"\1"), (b"irot", b"\2")
MIRROR = (b"imir", b"\0")


def inspect(data):
    return ImageInspector(100_000_000).inspect(io.BytesIO(data))[0]


def shown(data):
    facts = inspect(data)
    return facts["width"], facts["height"]


def still(*properties, size=(40, 24), owned=None):
    """Return an AVIF whose only item has that stored size and those properties in that order.

    owned: the numbers of the properties that belong to it; by default of all of them.
    """
    listed = [(b"ispe", bytes(4) + struct.pack(">LL", *size)), *properties]
    container = box(b"ipco", b"".join(box(*entry) for entry in listed))
    owned = owned or bytes(range(1, len(listed) + 1))
    owners = bytes(4) + struct.pack(">LHB", 1, 1, len(owned)) + owned
    place = bytes(4) + struct.pack(">HHHHHLL", 0x4400, 1, 1, 0, 1, 0, 8)
    meta = box(b"pitm", bytes(4) + b"\0\1") + box(b"iloc", place)
    meta += box(b"iprp", container + box(b"ipma", owners))
    return box(b"ftyp", b"avif\0\0\0\0avifmif1") + box(b"meta", bytes(4) + meta)


@pytest.mark.parametrize(("properties", "size"), [
    ((), (40, 24)),
    ((CLAP,), (20, 10)),
    ((TURN,), (24, 40)),
    ((CLAP, TURN), (10, 20)),
    ((CLAP, TURN, MIRROR), (10, 20)),
    ((CLAP, HALF_TURN), (20, 10)),
    ((TURN, CLAP), (20, 10)),
    ((MIRROR, CLAP), (20, 10)),
    (((b"clap", struct.pack(">8l", 41, 2, 21, 2, 0, 1, 0, 1)),), (20, 10)),
    # An aperture that does not fit is none.
    (((b"clap", struct.pack(">8l", 41, 1, 10, 1, 0, 1, 0, 1)),), (40, 24)),
    (((b"clap", struct.pack(">8l", 20, 0, 10, 1, 0, 1, 0, 1)),), (40, 24)),
    (((b"clap", struct.pack(">8l", -20, 1, 10, 1, 0, 1, 0, 1)),), (40, 24)),
])  # fmt: skip
def test_the_size_follows_aperture_and_turns(properties, size):
    assert shown(still(*properties)) == size


def test_property_0_is_none():
    assert shown(still(TURN, owned=bytes([1, 0]))) == (40, 24)
    assert shown(still(TURN, owned=bytes([1, 2]))) == (24, 40)


def sequence(**options):
    """Return an AVIF sequence whose box of the still picture is empty space."""
    data = pictures.avif(**{"frames": 3} | options)
    start = struct.unpack_from(">L", data)[0]
    assert data[start + 4 : start + 8] == b"meta"
    return data[: start + 4] + b"free" + data[start + 8 :]


def test_a_sequence_without_a_still_picture_is_accepted():
    assert shown(sequence()) == (64, 48)


def test_a_turned_sequence_is_turned():
    data = sequence()
    matrix = struct.pack(">9l", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    turned = struct.pack(">9l", 0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)
    at = data.index(matrix, data.index(b"tkhd"))

    assert shown(data[:at] + turned + data[at + len(matrix) :]) == (48, 64)


@pytest.mark.parametrize("missing", [1, 20, 150])
def test_a_sequence_cut_short_is_refused(missing):
    data = sequence()
    # The last box may reach to the end of the file, whose pictures must be there all the same.
    start = data.rindex(b"mdat") - 4
    data = data[:start] + bytes(4) + data[start + 4 :]
    assert shown(data) == (64, 48)

    with pytest.raises(UnreadableImage):
        inspect(data[:-missing])


@pytest.mark.parametrize("table", [b"stsd", b"stsz", b"stsc", b"stco", b"tkhd"])
def test_a_sequence_without_its_tables_is_refused(table):
    with pytest.raises(UnreadableImage):
        inspect(sequence().replace(table, b"free", 1))


@pytest.mark.parametrize("table", [b"stsz", b"stsc", b"stco"])
def test_endless_tables_are_refused(table):
    data = sequence()
    at = data.index(table) + (12 if table == b"stsz" else 8)

    with pytest.raises(UnreadableImage):
        inspect(data[:at] + b"\xff" * 4 + data[at + 4 :])
