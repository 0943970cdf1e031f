"""Which page of a TIFF counts, and which TIFFs are camera raw."""

import io

import pytest

from service.business.inspection.image_inspector import ImageInspector
from service.common.errors import UnreadableImage, UnsupportedImage
from tests.support.pictures import raw_tiff, strip_tags


def inspect(data):
    return ImageInspector(100_000_000).inspect(io.BytesIO(data))[0]


def shown(data):
    facts = inspect(data)
    return facts["width"], facts["height"]


def pages(first, second, inner=True):
    """Return a TIFF of two gray pages {tag: entry}; the second is in the first, or behind it."""
    second_start = 8 + 64 * 64 + 2 + 12 * (len(first) + inner) + 4
    if inner:
        first = first | {330: (4, 1, second_start)}
    data = raw_tiff(first, bytes(64 * 64), after=0 if inner else second_start)
    return data + raw_tiff(second)[8:]


def page(width, height, **more):
    return strip_tags(width, height, width * height, **more)


REDUCED = {254: (4, 1, 1)}


@pytest.mark.parametrize("inner", [True, False])
@pytest.mark.parametrize("mark", [REDUCED, {254: (4, 1, 5)}, {255: (3, 1, 2)}])
def test_a_reduced_copy_does_not_decide_the_size(mark, inner):
    assert shown(pages(page(16, 12) | mark, page(64, 48), inner)) == (64, 48)


@pytest.mark.parametrize("inner", [True, False])
def test_a_reduced_copy_behind_the_page_does_not_matter(inner):
    assert shown(pages(page(64, 48), page(16, 12) | REDUCED, inner)) == (64, 48)


def test_a_page_inside_the_first_one_is_turned_like_it():
    turned = page(16, 12) | REDUCED | {274: (3, 1, 6)}

    assert shown(pages(turned, page(64, 48))) == (48, 64)
    assert shown(pages(turned, page(64, 48), inner=False)) == (64, 48)


def test_the_pixels_of_the_full_size_must_be_there():
    with pytest.raises(UnreadableImage):
        inspect(pages(page(16, 12) | REDUCED, page(640, 480)))


def test_a_reduced_copy_of_nothing_counts_itself():
    assert shown(raw_tiff(page(16, 12) | REDUCED, bytes(192))) == (16, 12)


@pytest.mark.parametrize("data", [
    pages(page(16, 12) | REDUCED, page(64, 48) | {262: (3, 1, 32803)}),
    pages(page(16, 12), page(64, 48) | {262: (3, 1, 34892)}),
    raw_tiff(page(16, 12) | {262: (3, 1, 32803)}, bytes(192)),
    raw_tiff(page(16, 12) | {50706: (1, 4, 1025)}, bytes(192)),
    b"II*\0\x10\0\0\0CR\2\0" + bytes(4) + raw_tiff(page(16, 12))[8:],
    b"IIRO\x08\0\0\0" + bytes(60),
    b"IIU\0\x08\0\0\0" + bytes(60),
    b"FUJIFILMCCD-RAW 0201" + bytes(60),
    b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + bytes(60),
], ids=["nef", "linear", "pef", "dng", "cr2", "orf", "rw2", "raf", "cr3"])  # fmt: skip
def test_camera_raw_is_told(data):
    with pytest.raises(UnsupportedImage) as refusal:
        inspect(data)

    assert "camera raw" in refusal.value.detail
    assert "Export it as a JPEG or TIFF" in refusal.value.detail
