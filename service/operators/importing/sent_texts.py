"""File names and tags as the service accepts them."""

import os
import re
import unicodedata

from marshmallow import ValidationError

from service.api.schema_fields import TAG_CHARACTERS, clean_tag
from service.models.fields import FIELDS

MOST = {field.name: field.most for field in FIELDS}
MOST_TAGS = MOST["tags"]
# Enough for every script; names of folders that only annoy have more.
MOST_MARKS = 20
# An ending that is kept when a name is shortened.
MOST_ENDING = 20


def filename(name):
    """Return a file's name as the service accepts it."""
    text = plain(name).replace("\\", "_").replace("/", "_")
    most = MOST["filename"]
    if len(text) > most:
        stem, ending = os.path.splitext(text)
        ending = ending if len(ending) <= MOST_ENDING else ""
        text = stem[: most - len(ending)] + ending
    return text or "image"


def folder_tags(folders):
    """Return the tags that the names of folders make."""
    return [tag for tag in map(folder_tag, folders) if tag]


def folder_tag(name):
    """Return the tag that a folder's name makes, shortened if need be; None if it makes none."""
    text = " ".join(plain(name).replace(",", " ").lower().split())
    try:
        return clean_tag(text[:TAG_CHARACTERS].strip())
    except ValidationError:
        return None


def plain(name):
    """Return a name of the file system as text in NFC, without what the service refuses."""
    try:
        text = os.fsencode(name).decode()
    except UnicodeDecodeError:
        # Older systems wrote names in one byte a letter, most of them in this encoding.
        text = os.fsencode(name).decode("latin-1")
    text = re.sub(r"[\x00-\x1f\x7f-\x9f\ufffd]", "_", text)
    marks, letters = 0, []
    for letter in text:
        marks = marks + 1 if unicodedata.category(letter).startswith("M") else 0
        if marks <= MOST_MARKS:
            letters.append(letter)
    return unicodedata.normalize("NFC", "".join(letters))
