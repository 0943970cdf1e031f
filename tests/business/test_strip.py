"""Stripped copies: the same pixels, colours and turn, and nothing else."""

import io
import struct

import pytest
from PIL import Image, ImageCms, ImageSequence

from service.business.inspection.image_inspector import ImageInspector
from service.business.metadata.examination import examine
from service.business.metadata.stripping import stripped
from service.common.errors import StripImpossible
from tests.support import pictures
from tests.support import private_pictures as private
from tests.support.pictures import ORIENTATION, chunk, segment
from tests.support.private_pictures import BERLIN, PHONE, XMP, XMP_START, exif, resource, text

SECRET = b"Ana was here"
ALL = exif(PHONE | {270: SECRET + b"\0"}, private.MOMENT, BERLIN, {513: 8, 514: 8})
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
TRAILER = SECRET * 9
STRIPPABLE = sorted(
    name for name in pictures.SAMPLES if name.startswith(("jpeg", "png", "webp", "mpo"))
)
# Segments of all sorts, each with the secret.
SEGMENTS = [
    (0xE0, b"JFXX\0\x10" + SECRET),
    (0xE1, b"Exif\0\0" + ALL),
    (0xE1, XMP_START + XMP + SECRET),
    (0xE1, b"http://ns.adobe.com/xmp/extension/\0" + bytes(40) + SECRET),
    (0xE2, b"FPXR\0" + SECRET),
    (0xE3, b"Meta\0" + SECRET),
    (0xEB, b"JP" + SECRET),
    (0xED, b"Photoshop 3.0\0" + resource(0x0404, private.record(80, SECRET))),
    (0xEE, b"Other" + SECRET),
    (0xFE, SECRET),
]
CHUNKS = [
    text(b"Comment", SECRET), text(b"Author", SECRET, b"zTXt"), text(b"Title", SECRET, b"iTXt"),
    chunk(b"eXIf", ALL), chunk(b"tIME", b"\7\xea\2\x0d\x09\x1e\0"), chunk(b"prVt", SECRET),
    private.profile(b"exif", b"Exif\0\0" + ALL),
]  # fmt: skip
WEBP_CHUNKS = [(b"EXIF", ALL), (b"XMP ", XMP + SECRET), (b"NOTE", SECRET)]


def cut(content):
    """Return the stripped copy of a file, or the same bytes."""
    pieces = stripped(*private.opened(content))
    if pieces is None:
        return content
    copy = b"".join(pieces)
    assert len(copy) == len(pieces)
    return copy


def look(content):
    """Return what a viewer shows: pixels and times of all frames, profile, turn."""
    with Image.open(io.BytesIO(content)) as image:
        frames = [
            (frame.mode, frame.size, frame.tobytes(), frame.info.get("duration"))
            for frame in ImageSequence.Iterator(image)
        ]
        frames = frames[:1] if image.format == "MPO" else frames
        shown = {
            name: image.info.get(name)
            for name in ("icc_profile", "loop", "gamma", "transparency", "background", "adobe")
        }
        return frames, shown, image.getexif().get(ORIENTATION, 1)


def displayed(content):
    """Return the size that inspection measures."""
    fields, _thumb = ImageInspector(100_000_000).inspect(io.BytesIO(content))
    return fields["width"], fields["height"]


def assert_stripped(content):
    """Check that the copy looks the same, tells nothing, and has nothing to strip again."""
    copy = cut(content)
    assert look(copy) == look(content)
    assert displayed(copy) == displayed(content)
    assert not any(examine(*private.opened(copy))[1].values())
    assert stripped(*private.opened(copy)) is None
    assert SECRET not in copy
    return copy


@pytest.mark.parametrize("name", [name for name in STRIPPABLE if name != "mpo"])
def test_nothing_to_cut_is_told(name):
    assert stripped(*private.opened(pictures.sample(name))) is None


@pytest.mark.parametrize("name", STRIPPABLE)
def test_bytes_behind_the_picture_go(name):
    plain = pictures.sample(name)

    assert assert_stripped(plain + TRAILER) == cut(plain)


@pytest.mark.parametrize("name", [name for name in STRIPPABLE if name.startswith("jpeg")])
def test_everything_goes_from_a_jpeg(name):
    plain = pictures.sample(name)
    start = 20 if plain[3] == 0xE0 else 2
    added = b"".join(segment(*found) for found in SEGMENTS)

    assert assert_stripped(plain[:start] + added + plain[start:]) == plain


@pytest.mark.parametrize("name", [name for name in STRIPPABLE if name.startswith("png")])
def test_everything_goes_from_a_png(name):
    plain = pictures.sample(name)

    content = plain[:33] + b"".join(CHUNKS) + plain[33:-12] + CHUNKS[0] + plain[-12:]

    assert assert_stripped(content) == plain


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"mode": "RGBA"}, {"frames": 3}])
def test_everything_goes_from_a_webp(options):
    copy = assert_stripped(private.webp(*WEBP_CHUNKS, marks=12, **options))

    assert copy == private.webp(**options)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "mpo"])
def test_the_turn_stays(name, orientation):
    plain = pictures.SAMPLES[name](orientation=orientation, icc_profile=PROFILE)

    assert_stripped(plain + TRAILER)


@pytest.mark.parametrize("name", ["jpeg", "jpeg progressive", "png", "webp", "webp animated"])
def test_the_colour_profile_stays(name):
    plain = pictures.SAMPLES[name](icc_profile=PROFILE)

    assert look(assert_stripped(plain + TRAILER))[1]["icc_profile"] == PROFILE


def test_a_long_colour_profile_stays():
    profile = PROFILE + bytes(100_000)

    assert_stripped(pictures.jpeg(icc_profile=profile) + TRAILER)


@pytest.mark.parametrize("kind", [
    "tRNS", "gAMA", "cHRM", "sRGB", "sBIT", "bKGD", "pHYs", "cICP", "mDCV", "cLLI"
])  # fmt: skip
def test_what_decides_about_colours_stays_in_a_png(kind):
    plain = private.png(chunk(kind.encode(), b"\0\1\0\1\0\1"))

    assert cut(plain + TRAILER) == plain


def test_the_thumbnail_of_jfif_goes_and_the_density_stays():
    plain = pictures.jpeg(dpi=(72, 72))
    thumbnail = b"\4\1" + SECRET
    content = plain[:2] + segment(0xE0, plain[6:18] + thumbnail) + plain[20:]

    assert assert_stripped(content) == plain


def test_bytes_behind_what_adobe_writes_go():
    plain = pictures.jpeg(mode="CMYK")
    start = plain.index(b"\xff\xee\0\x0eAdobe")
    long = segment(0xEE, plain[start + 4 : start + 16] + SECRET)

    assert assert_stripped(plain[:start] + long + plain[start + 16 :]) == plain


def test_junk_between_segments_goes():
    plain = pictures.jpeg()

    assert assert_stripped(plain[:20] + SECRET + b"\xff\xff" + plain[20:]) == plain


def test_metadata_between_scans_goes():
    plain = pictures.jpeg(progressive=True)
    start = plain.rindex(b"\xff\xda")
    added = segment(0xFE, SECRET) + segment(0xE1, b"Exif\0\0" + ALL)

    assert assert_stripped(plain[:start] + added + plain[start:]) == plain


@pytest.mark.parametrize("marker", [0xFE, 0xE1])
def test_segments_behind_the_last_scan_go(marker):
    plain = pictures.jpeg(progressive=True)

    assert assert_stripped(plain[:-2] + segment(marker, SECRET) + plain[-2:]) == plain


@pytest.mark.parametrize("marker", [0xC4, 0xDB])
def test_tables_behind_the_last_scan_go(marker):
    plain = pictures.jpeg()

    assert cut(plain[:-2] + segment(marker, SECRET) + plain[-2:]) == plain


def test_damage_inside_a_scan_looks_the_same():
    plain = pictures.jpeg(640, 480, quality=98)
    start = plain.rindex(b"\xff\xda") + 400
    content = plain[:start] + segment(0xE5, SECRET) + plain[start:]

    copy = cut(content)

    assert look(copy) == look(content)
    assert SECRET not in copy


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_without_an_end_gets_one_in_place_of_a_trailer(progressive):
    plain = pictures.jpeg(progressive=progressive)

    copy = cut(plain[:-2] + b"\xff\xe9" + TRAILER)

    assert copy == plain


def test_a_trailer_right_behind_the_scan_goes():
    plain = pictures.jpeg()

    copy = cut(plain[:-2] + b"\0\0" + TRAILER)

    assert examine(*private.opened(plain[:-2] + b"\0\0" + TRAILER))[1]["trailing_bytes"]
    assert look(copy)[0] == look(plain)[0]
    assert SECRET not in copy
    assert len(copy) <= len(plain) + 8


def test_a_jpeg_without_an_end_and_metadata_is_left_alone():
    assert stripped(*private.opened(pictures.jpeg()[:-2])) is None


def test_the_second_picture_of_a_phone_goes_with_its_list():
    copy = assert_stripped(pictures.mpo())

    assert b"MPF\0" not in copy
    assert copy.count(b"\xff\xd8\xff") == 1


def test_the_frames_of_an_animated_png_stay():
    plain = pictures.png(frames=3)

    assert assert_stripped(plain[:33] + b"".join(CHUNKS) + plain[33:]) == plain


def test_bytes_in_the_last_chunk_go():
    plain = pictures.png()

    assert assert_stripped(plain[:-12] + chunk(b"IEND", SECRET)) == plain


def test_unknown_chunks_inside_a_frame_go():
    plain = pictures.webp(frames=3)
    start = plain.index(b"ANMF")
    (size,) = struct.unpack_from("<L", plain, start + 4)
    added = private.webp_chunk(b"NOTE", SECRET)
    frame = plain[start + 8 : start + 8 + size] + added
    content = plain[:start] + private.webp_chunk(b"ANMF", frame) + plain[start + 8 + size :]
    content = b"RIFF" + struct.pack("<L", len(content) - 8) + content[8:]

    assert assert_stripped(content) == plain


def test_a_mark_without_a_profile_goes():
    copy = assert_stripped(private.webp(marks=32))

    assert copy == private.webp()


def test_a_simple_webp_keeps_its_picture_only():
    plain = pictures.webp()
    content = plain + private.webp_chunk(b"EXIF", ALL)
    content = b"RIFF" + struct.pack("<L", len(content) - 8) + content[8:]

    assert assert_stripped(content) == plain


@pytest.mark.parametrize("name", ["gif", "avif", "tiff", "bmp"])
def test_other_formats_are_refused(name):
    with pytest.raises(StripImpossible) as raised:
        stripped(*private.opened(pictures.sample(name)))

    assert raised.value.detail == "Send a JPEG, PNG or WebP, or upload without strip."
