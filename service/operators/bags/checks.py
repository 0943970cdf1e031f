"""What a record in a bag must be: nothing that the service itself would not have written.

A bag may have been edited, and what it brings back is shown and searched without another look.
"""

import re
from datetime import datetime

from marshmallow import ValidationError

from service.api.access.tokens import is_user_id
from service.api.schema_fields import TAG_CHARACTERS, clean_tag, clean_text
from service.business.inspection.image_inspector import FORMATS
from service.models import fields as table
from service.models.image import TRASHED
from service.models.renditions import SIZES
from service.operators.bags.layout import UnreadableLine

# The largest number that every reader of JSON knows exactly.
MOST_NUMBER = 2**53
MOST_TEXT = 1000
DIGEST = re.compile(r"[0-9a-f]{64}")
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
CAMERA_TIME = re.compile(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}([+-][0-9]{2}:[0-9]{2})?")
COLOR = re.compile(r"#[0-9a-f]{6}")
BASE64 = re.compile(r"[A-Za-z0-9+/]{1,100}={0,2}")
CONTENT_TYPES = {content_type for _start, content_type, _walker in FORMATS}
# The other fields are always there.
NULLABLE = {
    "description", "updated_at", "taken_at", "color", "thumbhash", "renditions", "privacy",
    "strip", "trashed_at", "purged_at",
}  # fmt: skip


def require_record(image):
    """Raise UnreadableLine for an Image of a bag that the service would not have written."""
    for row in table.FIELDS:
        value = getattr(image, row.name, None)
        if not row.kept or row.name == "object_key" or value is None and row.name in NULLABLE:
            continue
        if not is_fit(row, value):
            raise UnreadableLine(f"{row.name} is not what a record has")
    in_trash = image.state == TRASHED
    if (image.trashed_at is not None, image.purged_at is not None) != (in_trash, in_trash):
        raise UnreadableLine("trashed_at and purged_at do not belong to its state")
    if type(image.keyed) is not bool:
        raise UnreadableLine("keyed is neither true nor false")
    if image.request_digest is not None and not matches(DIGEST, image.request_digest):
        raise UnreadableLine("request_digest is not what a record has")


def is_fit(row, value):
    """Tell whether a value may be that of a field, by its row in models/fields.py."""
    if row.name == "content_type":
        return isinstance(value, str) and value in CONTENT_TYPES
    return KINDS[row.kind](row, value)


def matches(pattern, value):
    """Tell whether a value is text of a form."""
    return isinstance(value, str) and bool(pattern.fullmatch(value))


def is_text(row, value):
    """Tell whether a value is text as a user may send it."""
    if not isinstance(value, str) or not (row.least or 0) <= len(value) <= row.most:
        return False
    return is_clean(clean_text, value, "\n\t" if row.kind == table.LINES else "")


def is_clean(clean, *arguments):
    """Tell whether cleaning a text leaves it as it is."""
    try:
        return clean(*arguments) == arguments[0]
    except ValidationError:
        return False


def is_filename(row, value):
    """Tell whether a value is the name of a file, without a path."""
    return is_text(row, value) and not {"/", "\\"} & set(value)


def are_tags(row, value):
    """Tell whether a value is a list of tags, in their order."""
    if value == ():
        # Nothing was written.
        return True
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        return False
    if len(value) > row.most or value != sorted(set(value)):
        return False
    return all(len(tag) <= TAG_CHARACTERS and is_clean(clean_tag, tag) for tag in value)


def is_number(row, value):
    """Tell whether a value is a whole number in its range."""
    return type(value) is int and row.least <= value <= MOST_NUMBER


def is_time(_row, value):
    """Tell whether a value is a time that there is, as records have it."""
    return matches(TIME, value) and is_moment(value)


def is_camera_time(_row, value):
    """Tell whether a value is a time that there is, as a camera writes it."""
    return matches(CAMERA_TIME, value) and is_moment(value)


def is_moment(text):
    """Tell whether there is such a time."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def are_renditions(_row, value):
    """Tell whether a value names renditions, each with its sizes or with its fault."""
    return (
        isinstance(value, dict)
        and value.keys() <= SIZES.keys()
        and all(isinstance(one, dict) and is_described(one) for one in value.values())
    )


def is_described(rendition):
    """Tell whether this is what a record says of a rendition."""
    if rendition.keys() == {"fault"}:
        return isinstance(rendition["fault"], str) and len(rendition["fault"]) <= MOST_TEXT
    sizes = [rendition.get(name) for name in ("width", "height", "size")]
    return len(rendition) == 3 and all(type(size) is int and size > 0 for size in sizes)


def are_kinds_found(_row, value):
    """Tell whether a value lists kinds of private metadata."""
    return isinstance(value, list) and all(
        isinstance(kind, str) and kind in table.PRIVATE for kind in value
    )


KINDS = {
    table.TEXT: is_text,
    table.LINES: is_text,
    table.FILENAME: is_filename,
    table.USER_ID: lambda _row, value: isinstance(value, str) and is_user_id(value),
    table.TAGS: are_tags,
    table.NUMBER: is_number,
    table.DIGEST: lambda _row, value: matches(DIGEST, value),
    table.TIME: is_time,
    table.COLOR: lambda _row, value: matches(COLOR, value),
    table.CAMERA_TIME: is_camera_time,
    table.BASE64: lambda _row, value: matches(BASE64, value),
    table.FLAG: lambda _row, value: value is True,
    table.RENDITIONS: are_renditions,
    table.KINDS_FOUND: are_kinds_found,
}
