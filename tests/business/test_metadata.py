"""What a file tells about people, places and cameras: the kinds, never the values."""

import struct

import pytest

from service.business.metadata.examination import examine
from service.business.metadata.findings import KINDS
from tests.support import pictures
from tests.support import private_pictures as private
from tests.support.pictures import chunk
from tests.support.private_pictures import (
    BERLIN,
    DATE_TIME,
    DIGITISED,
    MAKE,
    MORE_XMP,
    OFFSET_DIGITISED,
    ORIGINAL,
    PHONE,
    XMP,
    XMP_START,
    exif,
    record,
    resource,
    text,
)

ALL = exif(PHONE, private.MOMENT, BERLIN, {513: 8, 514: 8})
WRITTEN = {"location", "camera", "taken_at", "author", "embedded_thumbnail"}
IPTC = resource(0x0404, record(80, b"Ana") + record(90, b"Berlin") + record(55, b"20260213"))


def kinds(content):
    """Return the kinds that a file has."""
    _taken_at, privacy = examine(*private.opened(content))
    assert list(privacy) == list(KINDS)
    return {kind for kind, found in privacy.items() if found}


def taken(inner, first=None):
    """Return the time that a JPEG with these tags was taken."""
    return examine(*private.opened(private.jpeg((0xE1, b"Exif\0\0" + exif(first, inner)))))[0]


def exif_kinds(*tags):
    """Return the kinds that a JPEG with the tags of these directories has."""
    return kinds(private.jpeg((0xE1, b"Exif\0\0" + exif(*tags))))


@pytest.mark.parametrize("name", sorted(set(pictures.SAMPLES) - {"mpo"}))
def test_a_plain_picture_tells_nothing(name):
    taken_at, privacy = examine(*private.opened(pictures.sample(name)))

    assert taken_at is None
    assert privacy == dict.fromkeys(KINDS, False)


def test_another_format_is_not_examined():
    assert examine("image/x", memoryview(b"x"), None) == (None, None)


@pytest.mark.parametrize("content", [
    private.jpeg((0xE1, b"Exif\0\0" + ALL)),
    private.png(chunk(b"eXIf", ALL)),
    private.png(private.profile(b"exif", b"Exif\0\0" + ALL)),
    private.png(private.profile(b"APP1", b"Exif\0\0" + ALL)),
    private.webp((b"EXIF", ALL), marks=8),
    private.webp((b"EXIF", b"Exif\0\0" + ALL)),
], ids=["jpeg", "png", "png profile", "png application", "webp", "webp without mark"])  # fmt: skip
def test_exif_tells_in_every_format(content):
    taken_at, _privacy = examine(*private.opened(content))

    assert kinds(content) == WRITTEN
    assert taken_at == "2026-02-13T09:30:00+02:00"


@pytest.mark.parametrize("content", [
    private.jpeg((0xE1, XMP_START + XMP)),
    private.jpeg((0xE1, MORE_XMP + b"A" * 40 + XMP[:99]), (0xE1, MORE_XMP + b"A" * 40 + XMP[99:])),
    private.jpeg((0xED, b"Photoshop 3.0\0" + resource(0x0424, XMP))),
    private.png(text(b"XML:com.adobe.xmp", XMP)),
    private.png(text(b"XML:com.adobe.xmp", XMP, b"zTXt")),
    private.png(text(b"XML:com.adobe.xmp", XMP, b"iTXt")),
    private.png(private.profile(b"xmp", XMP)),
    private.webp((b"XMP ", XMP), marks=4),
    private.gif(0xFF, b"\x0bXMP DataXMP" + XMP + b"\1" + bytes(range(255, -1, -1))),
    private.tiff({700: XMP}),
], ids=["jpeg", "jpeg in parts", "photoshop", "png", "png packed", "png international",
        "png profile", "webp", "gif", "tiff"])  # fmt: skip
def test_xmp_tells_in_every_format(content):
    assert kinds(content) == {"location", "author"}


def test_an_avif_tells_what_its_exif_and_xmp_do():
    content = private.phone_avif()

    assert kinds(content) == {"location", "camera", "taken_at", "author"}
    assert examine(*private.opened(content))[0] == "2026-02-13T09:30:00+02:00"


@pytest.mark.parametrize("content", [
    private.jpeg((0xED, b"Photoshop 3.0\0" + IPTC)),
    private.jpeg((0xED, b"Photoshop 3.0\0" + IPTC[:20]), (0xED, b"Photoshop 3.0\0" + IPTC[20:])),
    private.png(private.profile(b"iptc", IPTC)),
    private.tiff({33723: IPTC[12:]}),
    private.tiff({34377: IPTC}),
], ids=["jpeg", "jpeg in parts", "png", "tiff", "tiff of photoshop"])  # fmt: skip
def test_iptc_tells_in_every_format(content):
    assert kinds(content) == {"location", "author", "taken_at"}


@pytest.mark.parametrize(("tags", "kind"), [
    (({MAKE: b"Acme\0"},), "camera"),
    (({}, {37500: b"Acme\0\1\2"}), "camera"),
    (({}, {42033: b"0815\0"}), "camera"),
    (({}, {42036: b"50 mm\0"}), "camera"),
    (({33432: b"Ana\0"},), "author"),
    (({40093: "Ana".encode("utf-16-le")},), "author"),
    (({}, {42032: b"Ana\0"}), "author"),
    (({DATE_TIME: b"2026:02:13 09:30:00\0"},), "taken_at"),
    (({}, None, {29: b"2026:02:13\0"}), "taken_at"),
    (({}, None, BERLIN), "location"),
    (({}, None, {28: b"ASCII\0\0\0Berlin"}), "location"),
    (({}, None, None, {513: 8, 514: 100}), "embedded_thumbnail"),
])  # fmt: skip
def test_each_tag_tells_its_kind(tags, kind):
    assert exif_kinds(*tags) == {kind}


@pytest.mark.parametrize("tags", [
    ({MAKE: b"   \0"},),
    ({33432: b"\0\0\0\0\0"},),
    ({DATE_TIME: b"0000:00:00 00:00:00\0"},),
    ({DATE_TIME: b"    :  :     :  :  \0"},),
    ({}, None, {0: 3, 1: b"N\0"}),
    ({}, None, {29: b"\0" * 11}),
    ({}, None, None, {513: 8, 514: 0}),
    ({270: b"A cat\0", 305: b"Acme Paint 3\0"},),
])  # fmt: skip
def test_blank_tags_tell_nothing(tags):
    assert exif_kinds(*tags) == set()


def test_a_position_without_a_fix_is_no_location():
    block = exif({}, None, BERLIN)
    blank = block.replace(struct.pack(">LLLLLL", 52, 1, 30, 1, 36, 1), bytes(24))
    blank = blank.replace(struct.pack(">LLLLLL", 13, 1, 22, 1, 12, 1), bytes(24))

    assert kinds(private.png(chunk(b"eXIf", blank))) == set()


@pytest.mark.parametrize(("inner", "moment"), [
    ({ORIGINAL: b"2026:02:13 09:30:00\0"}, "2026-02-13T09:30:00"),
    (private.MOMENT, "2026-02-13T09:30:00+02:00"),
    ({DIGITISED: b"2019:12:31 23:59:59\0", OFFSET_DIGITISED: b"-08:00\0"},
     "2019-12-31T23:59:59-08:00"),
    (private.MOMENT | {DIGITISED: b"2019:12:31 23:59:59\0"}, "2026-02-13T09:30:00+02:00"),
    ({ORIGINAL: b"0000:00:00 00:00:00\0", DIGITISED: b"2019:12:31 23:59:59\0"},
     "2019-12-31T23:59:59"),
    (private.MOMENT | {36881: b"summer\0"}, "2026-02-13T09:30:00"),
    (private.MOMENT | {36881: b"+99:00\0"}, "2026-02-13T09:30:00"),
    ({ORIGINAL: b"2026:13:01 09:30:00\0"}, None),
    ({ORIGINAL: b"2026:02:30 09:30:00\0"}, None),
    ({ORIGINAL: b"2026:02:13 24:00:00\0"}, None),
    ({ORIGINAL: b"0000:00:00 00:00:00\0"}, None),
    ({ORIGINAL: b"    :  :     :  :  \0"}, None),
    ({ORIGINAL: b"yesterday\0"}, None),
    ({}, None),
])  # fmt: skip
def test_the_time_of_taking_is_as_the_camera_wrote_it(inner, moment):
    assert taken(inner) == moment


def test_the_time_of_the_last_change_is_no_time_of_taking():
    assert taken({}, {DATE_TIME: b"2026:02:13 09:30:00\0"}) is None


@pytest.mark.parametrize(("content", "kind"), [
    (private.png(text(b"Author", b"Ana")), "author"),
    (private.png(text(b"Copyright", b"Ana", b"zTXt")), "author"),
    (private.png(text(b"exif:Artist", b"Ana", b"iTXt")), "author"),
    (private.png(text(b"Creation Time", b"13 Feb 2026")), "taken_at"),
    (private.png(text(b"date:create", b"2026-02-13")), "taken_at"),
    (private.png(chunk(b"tIME", b"\7\xea\2\x0d\x09\x1e\0")), "taken_at"),
    (private.png(text(b"exif:Make", b"Acme")), "camera"),
    (private.png(text(b"Source", b"Acme 9")), "camera"),
    (private.png(text(b"exif:GPSLatitude", b"52/1")), "location"),
    (private.png(text(b"Location", b"Berlin")), "location"),
    (private.png(text(b"Comment", b"Photo by Ana")), "author"),
    (private.jpeg((0xFE, b"(c) Ana")), "author"),
    (private.jpeg((0xFE, b"GPS 52.5, 13.4")), "location"),
    (private.jpeg((0xFE, b'taken at 52\xb0 30\' 36" N, 13\xb0 22\' 12" E')), "location"),
    (private.gif(0xFE, b"\7\xa9 Ana B"), "author"),
])  # fmt: skip
def test_texts_and_comments_tell(content, kind):
    assert kinds(content) == {kind}


@pytest.mark.parametrize("content", [
    private.jpeg((0xFE, b"CREATOR: gd-jpeg v1.0 (using IJG JPEG v62), quality = 90")),
    private.jpeg((0xFE, b"JPEG Encoder Copyright 1998, James R. Weeks and BioElectroMech.")),
    private.jpeg((0xFE, b"AppleMark\n")),
    private.jpeg((0xE2, b"ICC_PROFILE\0\1\1by Ana")),
    private.png(text(b"Software", b"Acme Paint")),
    private.png(text(b"Author", b" ")),
    private.png(text(b"exif:GPSVersionID", b"2.3.0.0")),
    private.png(text(b"Thumb::Image::Width", b"64")),
    private.gif(0xFE, b"\x11Created with GIMP"),
    private.gif(0xFF, b"\x0bNETSCAPE2.0\3\1\0\0"),
])  # fmt: skip
def test_signatures_of_programs_tell_nothing(content):
    assert kinds(content) == set()


@pytest.mark.parametrize(("packet", "kind"), [
    (b"<dc:creator>Ana</dc:creator>", "author"),
    (b"<a xmlns:x='http://purl.org/dc/elements/1.1/'><x:rights>Ana</x:rights></a>", "author"),
    (b"<a pdf:Author = \"Ana\"/>", "author"),
    (b"<a exif:GPSLatitude='52,30.6N'/>", "location"),
    (b"<a drone-dji:GpsLongitude='13.37'/>", "location"),
    (b"<Iptc4xmpExt:LocationShown><rdf:Bag><rdf:li>Berlin</rdf:li></rdf:Bag></a>", "location"),
    (b"<a aux:SerialNumber='0815'/>", "camera"),
    (b"<a tiff:Make='Acme'/>", "camera"),
    (b"<exif:DateTimeOriginal>2026-02-13</exif:DateTimeOriginal>", "taken_at"),
    (b"<a xmpGImg:image='abc'/>", "embedded_thumbnail"),
    ("<a tiff:Make='Acme'/>".encode("utf-16"), "camera"),
])  # fmt: skip
def test_each_property_tells_its_kind(packet, kind):
    assert kinds(private.jpeg((0xE1, XMP_START + packet))) == {kind}


@pytest.mark.parametrize("packet", [
    b"<dc:creator/>",
    b"<dc:creator><rdf:Seq>\n <rdf:li xml:lang='x-default'></rdf:li>\n</rdf:Seq></dc:creator>",
    b"<a tiff:Make=''/>",
    b"<a xmlns:dc='http://purl.org/dc/elements/1.1/' dc:title='A cat'/>",
    b"<xmp:CreatorTool>Acme Paint</xmp:CreatorTool>",
    b"<a exif:GPSVersionID='2.3.0.0'/>",
])  # fmt: skip
def test_blank_and_other_properties_tell_nothing(packet):
    assert kinds(private.jpeg((0xE1, XMP_START + packet))) == set()


@pytest.mark.parametrize("content", [
    private.jpeg((0xE0, b"JFXX\0\x10" + pictures.jpeg(8, 8))),
    private.jpeg((0xE0, b"JFIF\0\1\1\0\0\1\0\1\1\1abc")),
    private.jpeg((0xED, b"Photoshop 3.0\0" + resource(0x040C, bytes(28) + pictures.jpeg(8, 8)))),
    private.jpeg((0xE1, XMP_START + b"<a:b xmpGImg:image='abc'/>")),
    private.tiff({254: 1}),
], ids=["jfxx", "jfif", "photoshop", "xmp", "tiff"])  # fmt: skip
def test_thumbnails_are_found(content):
    assert kinds(content) == {"embedded_thumbnail"}


@pytest.mark.parametrize("name", ["jpeg", "png", "gif", "webp", "webp lossless", "avif", "bmp"])
def test_bytes_behind_the_picture_are_found(name):
    assert kinds(pictures.sample(name) + b"a film of the same moment") == {"trailing_bytes"}


def test_the_second_picture_of_a_phone_is_found():
    assert kinds(pictures.mpo()) == {"trailing_bytes"}


def test_a_preview_behind_the_picture_is_found():
    # The kind of the second picture, in the list of them.
    kind = struct.pack("<L", 0x030000)
    content = pictures.mpo()
    place = content.rindex(kind, 0, 200)
    preview = content[:place] + struct.pack("<L", 0x010001) + content[place + 4 :]

    assert kinds(preview) == {"trailing_bytes", "embedded_thumbnail"}


def test_a_film_in_a_box_of_its_own_is_found():
    assert kinds(pictures.avif() + private.film()) == {"trailing_bytes"}
