"""Which thumbs uploads get: turned, in the right colours, without metadata, of every format."""

import io
import json

import pytest
from PIL import Image, ImageCms

from service.business.inspection.image_inspector import ImageInspector
from service.common import logs
from tests.support import pictures
from tests.support.thumbs import inspect, near, saved, thumb

# Of these the check decodes no picture.
LATE = {"avif", "avif alpha", "avif animated", "tiff fax", "tiff zstd"}
RED = (200, 60, 60)


@pytest.mark.parametrize("name", sorted(pictures.SAMPLES.keys() - LATE))
def test_it_works(name):
    fields, rendition = inspect(pictures.sample(name))

    assert (rendition.width, rendition.height) == (fields["width"], fields["height"])
    assert rendition.content[8:12] == b"WEBP"
    assert fields["color"].startswith("#")
    assert fields["thumbhash"]


@pytest.mark.parametrize("name", sorted(LATE))
def test_what_the_check_does_not_decode_has_no_thumb(name):
    fields, rendition = inspect(pictures.sample(name))

    assert (rendition, fields["color"], fields["thumbhash"]) == (None, None, None)


@pytest.mark.parametrize(("size", "expected"), [
    ((20_000, 2), (320, 1)),
    ((2, 20_000), (1, 320)),
    ((640, 480), (320, 240)),
    ((1000, 333), (320, 107)),
    ((321, 321), (320, 320)),
    ((320, 200), (320, 200)),
    ((3, 2), (3, 2)),
])  # fmt: skip
@pytest.mark.parametrize("make", [pictures.jpeg, pictures.png])
def test_thumbs_fit_and_are_never_larger(make, size, expected):
    assert thumb(make(*size)).size == expected


def four_corners(orientation):
    """Return a picture whose upper left corner is red once it is turned; the others are not."""
    picture = Image.new("RGB", (80, 60), "blue")
    picture.paste("red", (0, 0, 40, 30))
    picture.paste("lime", (40, 0, 80, 30))
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    return picture.transpose(back[orientation]) if orientation > 1 else picture


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_thumbs_are_turned_as_shown(format_name, orientation):
    exif = Image.Exif()
    exif[pictures.ORIENTATION] = orientation

    small = thumb(saved(four_corners(orientation), format_name, exif=exif))

    assert small.size == (80, 60)
    assert near(small.getpixel((10, 10)), (254, 0, 0), 25)
    assert near(small.getpixel((70, 10)), (0, 255, 1), 25)
    assert near(small.getpixel((10, 50)), (0, 0, 254), 25)


def display_p3():
    """Return a profile with the colours of Display P3 and the curve of sRGB.

    Pillow makes only sRGB: its three columns are replaced by those of Display P3.
    """
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    columns = {
        b"rXYZ": (0.51512, 0.24120, -0.00105),
        b"gXYZ": (0.29198, 0.69225, 0.04189),
        b"bXYZ": (0.15710, 0.06657, 0.78407),
    }
    for name, values in columns.items():
        entry = profile.index(name)
        place = int.from_bytes(profile[entry + 4 : entry + 8], "big") + 8
        numbers = [round(value * 65536) & 0xFFFFFFFF for value in values]
        profile[place : place + 12] = b"".join(number.to_bytes(4, "big") for number in numbers)
    return bytes(profile)


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_wide_colours_become_srgb(format_name, mode):
    if (format_name, mode) == ("JPEG", "RGBA"):
        mode = "RGB"
    picture = Image.new(mode, (64, 48), RED if mode == "RGB" else (*RED, 200))

    small = thumb(saved(picture, format_name, icc_profile=display_p3()))

    assert near(small.getpixel((30, 20))[:3], (217, 42, 52))
    assert small.mode == mode


@pytest.mark.parametrize("profile", [b"no profile", display_p3()[:300], bytes(200)])
@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_broken_profile_is_ignored(format_name, profile):
    data = saved(Image.new("RGB", (64, 48), RED), format_name, icc_profile=profile)

    assert near(thumb(data).getpixel((30, 20)), RED)


def test_a_profile_with_any_number_of_steps_is_ignored():
    profile = display_p3().replace(b"XYZ ", b"mpet")
    data = saved(Image.new("RGB", (64, 48), RED), "PNG", icc_profile=profile)

    assert near(thumb(data).getpixel((30, 20)), RED)


def test_a_profile_for_other_colours_is_ignored():
    data = saved(Image.new("L", (64, 48), 130), "JPEG", icc_profile=display_p3())

    assert near(thumb(data).getpixel((30, 20)), (130, 130, 130))


def test_inks_are_shown_as_light():
    """Pillow writes CMYK as Adobe does, inverted."""
    inks = Image.new("CMYK", (64, 48), (0, 180, 180, 40))
    expected = inks.convert("RGB").getpixel((0, 0))

    for data in (saved(inks, "JPEG"), saved(inks, "TIFF"), saved(inks, "TIFF", compression="jpeg")):
        assert near(thumb(data).getpixel((30, 20)), expected)


def test_inks_as_brightness_and_colours_are_shown_as_light():
    """The same samples, of which Adobe's mark says that they are YCCK."""
    inks = Image.new("CMYK", (64, 48), (50, 50, 50, 100))
    data = saved(inks, "JPEG")
    mark = data.index(b"Adobe") + 11

    changed = thumb(data[:mark] + b"\2" + data[mark + 1 :]).getpixel((30, 20))

    # The decoder takes 255 - 50 for brightness, and the same for both differences of colour.
    assert near(thumb(data).getpixel((30, 20)), (125, 125, 125))
    assert near(changed, (0, 80, 0))


def test_red_green_blue_jpegs_keep_their_colours():
    data = saved(Image.new("RGB", (64, 48), RED), "JPEG", keep_rgb=True)

    assert near(thumb(data).getpixel((30, 20)), RED)


@pytest.mark.parametrize("format_name", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled(format_name):
    deep = Image.new("I;16", (700, 500), 40_000)

    assert near(thumb(saved(deep, format_name)).getpixel((30, 20)), (156, 156, 156), 2)


@pytest.mark.parametrize(("value", "mode", "gray"), [
    (0.5, "F", 128),
    (200.0, "F", 200),
    (40_000, "I", 156),
])  # fmt: skip
def test_numbers_are_scaled(value, mode, gray):
    data = saved(Image.new(mode, (64, 48), value), "TIFF")

    assert near(thumb(data).getpixel((30, 20)), (gray, gray, gray), 2)


def test_black_and_white_becomes_gray_when_it_is_shrunk():
    stripes = Image.new("L", (700, 500))
    stripes.putdata([255 * (at % 2) for at in range(700 * 500)])
    data = saved(stripes.convert("1", dither=Image.Dither.NONE), "PNG")

    assert near(thumb(data).getpixel((100, 100)), (128, 128, 128), 20)


@pytest.mark.parametrize("format_name", ["GIF", "WEBP", "PNG", "TIFF"])
def test_the_first_frame_is_shown(format_name):
    first, later = Image.new("RGB", (64, 48), RED), Image.new("RGB", (64, 48), "blue")

    data = saved(first, format_name, save_all=True, append_images=[later, later])

    assert near(thumb(data).getpixel((30, 20)), RED, 8)


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_no_metadata_is_in_a_thumb(format_name):
    exif = Image.Exif()
    exif[271] = "SECRET"
    options = {"exif": exif, "icc_profile": display_p3(), "xmp": b"<x>SECRET</x>"}
    data = saved(Image.new("RGB", (64, 48), RED), format_name, comment=b"SECRET", **options)

    _fields, rendition = inspect(data)

    shown = Image.open(io.BytesIO(rendition.content))
    assert b"SECRET" in data
    assert b"SECRET" not in rendition.content
    assert not dict(shown.getexif())
    assert not {"exif", "xmp", "icc_profile", "comment"} & shown.info.keys()


def test_an_unended_progressive_jpeg_has_a_thumb():
    data = pictures.jpeg(640, 480, progressive=True)[:-2]

    assert near(thumb(data).getpixel((300, 200)), (0, 128, 128))


def test_a_damaged_jpeg_has_a_thumb_or_none():
    data = pictures.jpeg(640, 480)
    middle = len(data) // 2

    fields, _rendition = inspect(data[:middle] + bytes(40) + data[middle + 40 :])

    assert fields["width"] == 640


class Broken:
    """A renderer that fails."""

    def render(self, _picture, _header, _name):
        raise MemoryError


def test_a_renderer_that_fails_refuses_no_upload(capsys):
    logs.setup("WARNING")
    inspector = ImageInspector(100_000_000, Broken())

    fields, rendition = inspector.inspect(io.BytesIO(pictures.jpeg()))

    assert (fields["width"], rendition, fields["color"]) == (64, None, None)
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["event"] == "thumb not made"
    assert json.loads(line)["reason"] == "MemoryError"
