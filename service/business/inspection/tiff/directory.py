"""TIFF directories: of a TIFF file's pages, and of an EXIF block."""

import struct

from service.business.inspection.header import require

ORIENTATION = 274
CLASSIC, BIG = 42, 43
LETTERS = {
    1: "B", 3: "H", 4: "L", 6: "b", 8: "h", 9: "l", 13: "L", 16: "Q", 17: "q", 18: "Q"
}  # fmt: skip
MOST_TAGS = 4_096
MOST_NUMBERS = 1_000_000


class Directory:
    """One directory of a TIFF file or EXIF block: either byte order, classic or BigTIFF.

    start: where it begins; None: it is the first one. whole: whether all its tags were read.
    following: where the next directory begins, 0 for the last one.
    """

    def __init__(self, data, start=None):
        self.data = data
        self.order = {b"II": "<", b"MM": ">"}[bytes(data[:2])]
        (version,) = self.unpack("H", 2)
        require(version in (CLASSIC, BIG), "no directory")
        big = version == BIG
        if start is None:
            (start,) = self.unpack("Q", 8) if big else self.unpack("L", 4)
        self.start = start
        (count,) = self.unpack("Q" if big else "H", start)
        self.inline, self.address = (8, "Q") if big else (4, "L")
        self.tags = {}
        position = start + (8 if big else 2)
        step = 4 + 2 * self.inline
        last = min(count, MOST_TAGS, max(len(data) - position, 0) // step)
        for _ in range(last):
            tag, kind, length = self.unpack("HH" + self.address, position)
            self.tags.setdefault(tag, (kind, length, position + 4 + self.inline))
            position += step
        self.whole = last == count
        # Some writers leave out the address behind the last tag.
        room = self.whole and position + self.inline <= len(data)
        self.following = self.unpack(self.address, position)[0] if room else 0

    def unpack(self, letters, position):
        """Return the numbers at a position."""
        return struct.unpack_from(self.order + letters, self.data, position)

    def numbers(self, tag, default=None):
        """Return a tag's whole numbers. If it is absent: the default, or KeyError without one."""
        if tag not in self.tags and default is not None:
            return default
        letter, count, position = self.place(tag)
        return self.unpack(f"{count}{letter}", position)

    def place(self, tag):
        """Return (letter of the numbers' type, count, position) of a tag."""
        kind, count, position = self.tags[tag]
        require(1 <= count <= MOST_NUMBERS, "no numbers, or too many")
        letter = LETTERS[kind]
        if struct.calcsize(f"={count}{letter}") > self.inline:
            (position,) = self.unpack(self.address, position)
        return letter, count, position

    def number(self, tag, default=None):
        """Return a tag's first whole number; the default when it is absent."""
        if tag not in self.tags and default is not None:
            return default
        letter, _count, position = self.place(tag)
        return self.unpack(letter, position)[0]

    def block(self, tag):
        """Return the bytes of a tag that holds bytes; none when it is absent."""
        if tag not in self.tags:
            return b""
        _kind, count, position = self.tags[tag]
        if count > self.inline:
            (position,) = self.unpack(self.address, position)
        require(position + count <= len(self.data), "a tag points beyond the end")
        return bytes(self.data[position : position + count])

    def orientation(self, default=1):
        """Return the orientation (1 to 8); the default when it is absent or cannot be read."""
        try:
            orientation = self.number(ORIENTATION, default)
        except Exception:
            # Viewers show an image with broken metadata without turning it.
            return default
        return orientation if orientation in range(1, 9) else default


def readable(data, start=None):
    """Return the directory that begins there, or None when not all of its tags can be read."""
    try:
        directory = Directory(data, start)
    except Exception:
        return None
    return directory if directory.whole else None


def orientation_of(exif):
    """Return the orientation (1 to 8) that an EXIF block declares; 1 when it cannot be read.

    The block may be cut short behind that tag, or declare any number of tags.
    """
    try:
        return Directory(exif).orientation()
    except Exception:
        return 1
