"""A record in SQLite: its row, and the Image that it stands for."""

from service.models.image import RECORD_FIELDS, from_doc

NAMES = (*RECORD_FIELDS, "doc")
COLUMNS = ", ".join(NAMES)
SLOTS = ", ".join(f":{name}" for name in NAMES)


def row_of(image):
    """Return the column values of an Image."""
    return {name: getattr(image, name) for name in RECORD_FIELDS} | {"doc": image.doc()}


def image_of(row):
    """Return the Image of a row of COLUMNS."""
    # By place, because sqlite3 searches a row for a name.
    values = dict(zip(NAMES, row, strict=True))
    return from_doc(values.pop("doc"), **values)
