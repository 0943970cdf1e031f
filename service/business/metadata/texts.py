"""Texts with a keyword, as PNG has them, and comments without one."""

import re

# ImageMagick writes EXIF as texts with such a start.
START = re.compile(rb"^(?:exif|xmp|iptc|tiff|photoshop|dc):", re.I)
# In the order in which they are tried.
KEYWORDS = (
    (re.compile(rb"latitude|longitude|location|^gps(?!.*(?:version|time|date))|^city$|country"
                rb"|^place$", re.I), "location"),
    (re.compile(rb"author|artist|copyright|creator$|owner|photographer|by-?line|^rights$"
                rb"|^credit", re.I), "author"),
    (re.compile(rb"^make$|^model$|camera|^lens|serial.?number|maker.?note|^source$", re.I),
     "camera"),
    (re.compile(rb"^date|creat\w+.?(?:time|date)|date.?time|(?:date|time).?(?:original|taken|stamp)"
                rb"|^time$", re.I), "taken_at"),
    (re.compile(rb"^thumbnail(?:.?image|.?data)?$", re.I), "embedded_thumbnail"),
)  # fmt: skip
# What people write about themselves and places in free text.
PERSON = re.compile(
    rb"copyright|\(c\)|\xa9|\bauthor|\bartist\b|photograph(?:er|ed)|photo(?:graph)? by", re.I
)
PLACE = re.compile(
    rb"(?i:\bgps\b|latitude|longitude)|\d\W{0,3}[NS]\b.{1,20}\d\W{0,3}[EW]\b", re.DOTALL
)
# Programs sign the files that they write, some of them with a copyright.
ENCODER = re.compile(rb"\bgd-jpeg|encoder|compress|imagemagick|ffmpeg|\blavc|jpeg library", re.I)
BLANK = b" \0\t\r\n"
MOST_COMMENT = 4096


def look(findings, text):
    """Find what a text tells: (keyword, the first bytes of its value)."""
    keyword, value = text
    if not value.strip(BLANK):
        return
    keyword = START.sub(b"", keyword)
    for pattern, kind in KEYWORDS:
        if pattern.search(keyword):
            findings.add(kind)
            return
    look_at_comment(findings, value)


def look_at_comment(findings, comment):
    """Find a person or a place in free text."""
    comment = bytes(comment[:MOST_COMMENT])
    if PLACE.search(comment):
        findings.add("location")
    if PERSON.search(comment) and not ENCODER.search(comment):
        findings.add("author")
