"""EXIF: the directories of an EXIF block, which are those of a TIFF file."""

from service.business.inspection.tiff.directory import Directory
from service.business.metadata.moments import moment, told

# Tags, from the EXIF 3.0 specification.
EXIF_POINTER, GPS_POINTER = 0x8769, 0x8825
DATE_TIME, ORIGINAL, DIGITISED, OFFSET_ORIGINAL, OFFSET_DIGITISED = 306, 36867, 36868, 36881, 36882
THUMBNAIL, THUMBNAIL_SIZE, STRIPS = 513, 514, 273
# Make, model, computer; unique model, serial number; maker note; serial number, lens, firmware.
CAMERA = {271, 272, 316, 50708, 50735, 37500, 42033, 42034, 42035, 42036, 42037, 42041}
# Artist, copyright, Windows' author; owner; photographer, editor.
AUTHOR = {315, 33432, 40093, 42032, 42039, 42040}
TEXT_KINDS = dict.fromkeys(CAMERA, "camera") | dict.fromkeys(AUTHOR, "author")
TIMES = {DATE_TIME, ORIGINAL, DIGITISED}
# In the GPS directory: latitudes and longitudes, the name of an area; time and date.
POSITIONS, AREA, GPS_TIMES = {2, 4, 20, 22}, 28, {7, 29}
# How many bytes a number of each type has.
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}
SIZES |= {17: 8, 18: 8, 129: 1}
# Blank values tell nothing. What a text has before it in a user's comment is no blank.
BLANK = b" \0\t\r\n"
MOST_TEXT = 1024


def look(findings, block):
    """Find what an EXIF block tells; it may begin with its own name."""
    if block[:6] == b"Exif\0\0":
        block = block[6:]
    first = opened(findings, block)
    look_at_tags(findings, first)
    if first.following:
        findings.look(look_for_thumbnail, (block, first.following))


def opened(findings, block, start=None):
    """Return the directory that begins there, the first one without a start. Raises on nonsense."""
    findings.count_directory()
    return Directory(block, start)


def look_at_tags(findings, directory):
    """Find what a directory and the EXIF and GPS directories that it names tell."""
    look_at_texts(findings, directory)
    for pointer, reader in ((EXIF_POINTER, look_at_inner), (GPS_POINTER, look_at_position)):
        if pointer in directory.tags:
            findings.look(reader, (directory.data, directory.number(pointer)))


def look_at_inner(findings, place):
    """Find what the EXIF directory at a place (block, start) tells."""
    look_at_texts(findings, opened(findings, *place))


def look_at_texts(findings, directory):
    """Find the author, the camera and the moment in a directory."""
    for tag in directory.tags:
        if tag in TEXT_KINDS and content(directory, tag).strip(BLANK):
            findings.add(TEXT_KINDS[tag])
        elif tag in TIMES and told(content(directory, tag)):
            findings.add("taken_at")
    for tag, offset in ((ORIGINAL, OFFSET_ORIGINAL), (DIGITISED, OFFSET_DIGITISED)):
        if not findings.taken_at and tag in directory.tags:
            findings.taken_at = moment(content(directory, tag), content(directory, offset))


def look_at_position(findings, place):
    """Find a position and a moment in a GPS directory; one without a fix has only zeros."""
    directory = opened(findings, *place)
    for tag in directory.tags:
        if tag in POSITIONS:
            # Pairs of numbers, of which the second must not be 0.
            numbers = content(directory, tag)
            halves = [numbers[start : start + 4].strip(b"\0") for start in range(4, 24, 8)]
            findings.add("location" if any(halves) else None)
        elif tag == AREA and content(directory, tag)[8:].strip(BLANK):
            findings.add("location")
        elif tag in GPS_TIMES and content(directory, tag).strip(BLANK + b":0"):
            findings.add("taken_at")


def look_for_thumbnail(findings, place):
    """Find a thumbnail in the directory that begins at a place: (block, start)."""
    directory = opened(findings, *place)
    whole = THUMBNAIL in directory.tags and directory.number(THUMBNAIL_SIZE, 1)
    if whole or STRIPS in directory.tags:
        findings.add("embedded_thumbnail")


def content(directory, tag, most=MOST_TEXT):
    """Return the bytes of a tag, as they are in the file; none if they cannot be read.

    most: how many of them at most, 1024 by default.
    """
    kind, count, position = directory.tags.get(tag, (0, 0, 0))
    size = SIZES.get(kind, 0) * count
    if size > directory.inline:
        try:
            (position,) = directory.unpack(directory.address, position)
        except Exception:
            return b""
    return bytes(directory.data[position : position + min(size, most)])
