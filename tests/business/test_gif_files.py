"""GIFs without a trailer, or with something else in its place."""

import io

import pytest

from service.business.inspection.image_inspector import ImageInspector
from service.common.errors import UnreadableImage
from tests.support import pictures

KINDS = {"one frame": pictures.gif(), "frames": pictures.gif(frames=3)}


def inspect(data):
    return ImageInspector(100_000_000).inspect(io.BytesIO(data))[0]


@pytest.mark.parametrize("end", [b"", b"\0", bytes(500), b"\0;", b"\x99junk;", b"\xff" * 9])
@pytest.mark.parametrize("kind", KINDS)
def test_whole_frames_count(kind, end):
    assert inspect(KINDS[kind][:-1] + end)["width"] == 64


@pytest.mark.parametrize("end", [b"", b";", b"\0;", b"junk;"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_frame_cut_short_is_refused(kind, end):
    start = KINDS[kind].rindex(b",\0\0\0\0") + 12

    with pytest.raises(UnreadableImage):
        inspect(KINDS[kind][:start] + end)


def test_junk_before_the_first_frame_is_refused():
    data = pictures.gif()
    start = data.index(b",\0\0\0\0")

    with pytest.raises(UnreadableImage):
        inspect(data[:start] + b"\x99" + data[start:])


@pytest.mark.parametrize("extension", [
    b"!\xf9\0",
    b"!\xf9\1\1\0",
    b"!\xf9\3\1\0\0\0",
    b"!\xff\x0bNETSCAPE2.0\1\1\0",
    b"!\xfe\0",
    b"!\x99\1x\0",
], ids=["nothing", "one byte", "no colour", "no loop", "comment", "unknown"])  # fmt: skip
def test_an_extension_cut_short_does_not_matter(extension):
    data = pictures.gif()
    start = data.index(b",\0\0\0\0")

    assert inspect(data[:start] + extension + data[start:])["width"] == 64
