"""The fields of what the image routes accept: each refuses with what to send instead."""

import re
import unicodedata

from marshmallow import ValidationError, fields, validate

from service.models import fields as table

USER_ID = r"[A-Za-z0-9._@:|+-]{1,128}"
TAG_CHARACTERS = 50
MOST_DIGITS = 10
# Entries of a list as it is sent: a tag may stand there more than once.
MOST_ENTRIES = 100
# How much longer than allowed a text may come: its normal form may be shorter. What is longer still
# is refused unread, because the time of a normal form grows with the square of the length.
RAW_GROWTH = 4
# Of accents and signs that join the letter before them: no word has 30 (Unicode Annex 15).
MOST_MARKS = 100
NOT_TEXT = {"invalid": "Send text, in quotes.", "null": "Send text, not null."}
# A list as JSON or Python writes it, in the middle of text.
WRITTEN_LIST = re.compile(r"""\s*\[\s*["'].*["']\s*\]\s*""", re.DOTALL)


class Text(fields.String):
    """Text in NFC without control characters, but those allowed; least and most: characters."""

    def __init__(self, *, least=0, most, allowed="", **options):
        wanted = f"{least} to {most}" if least else f"at most {most}"
        rule = validate.Length(least or None, most, error=f"Send {wanted} characters.")
        messages = NOT_TEXT | {"long": rule.error}
        super().__init__(validate=rule, error_messages=messages, **options)
        self.most = most
        self.allowed = allowed

    def _deserialize(self, value, attr, data, **kwargs):
        text = super()._deserialize(value, attr, data, **kwargs)
        if len(text) > RAW_GROWTH * self.most:
            raise self.make_error("long")
        return clean_text(text, self.allowed)


class Filename(Text):
    """A file's name: whatever stands behind the last slash or backslash."""

    default_error_messages = {"required": "Send the file's name, such as photo.jpg."}

    def _deserialize(self, value, attr, data, **kwargs):
        name = super()._deserialize(value, attr, data, **kwargs)
        return re.split(r"[/\\]", name)[-1]


class Tags(fields.Field):
    """Tags: comma-separated text or a list of texts; trimmed, lower case, sorted, no repeats."""

    def __init__(self, *, most, **options):
        super().__init__(**options)
        self.most = most

    def _deserialize(self, value, attr, data, **kwargs):
        if isinstance(value, str):
            value = self.split(value)
        if not isinstance(value, list):
            raise ValidationError("Send comma-separated text or a list of texts.")
        if len(value) > MOST_ENTRIES:
            raise self.too_many()
        if not all(isinstance(tag, str) for tag in value):
            raise ValidationError("Send comma-separated text or a list of texts.")
        tags = sorted({clean_tag(tag) for tag in value})
        if len(tags) > self.most:
            raise self.too_many()
        return tags

    def split(self, text):
        """Return the entries of comma-separated text."""
        if len(text) > RAW_GROWTH * self.most * (TAG_CHARACTERS + 1):
            raise self.too_many()
        if WRITTEN_LIST.fullmatch(text):
            raise ValidationError("Send text, the tags apart by commas: tags=beach,summer")
        return text.split(",") if text.strip() else []

    def too_many(self):
        """Return the error for more tags than are taken."""
        return ValidationError(
            f"Send at most {self.most} tags, each of 1 to {TAG_CHARACTERS} characters."
        )


class Ignored(fields.Raw):
    """What clients may send and the service measures itself."""

    def _deserialize(self, value, attr, data, **kwargs):
        if isinstance(value, str) and len(value) > RAW_GROWTH * MOST_DIGITS:
            raise ValidationError("Leave it out: the service measures it.")
        return value


class WholeNumber(fields.Field):
    """A whole number in a range, in plain digits; the hint is for those who send another."""

    def __init__(self, *, least, most, hint, **options):
        super().__init__(**options)
        self.least = least
        self.most = most
        self.hint = hint

    def _deserialize(self, value, attr, data, **kwargs):
        digits = re.fullmatch(rf"[0-9]{{1,{MOST_DIGITS}}}", value)
        if not digits or not self.least <= int(value) <= self.most:
            raise ValidationError(
                f"Send a whole number from {self.least} to {self.most}{self.hint}."
            )
        return int(value)


class Flag(fields.Field):
    """`true` or `false`; also `1` or `0`."""

    def _deserialize(self, value, attr, data, **kwargs):
        words = {"true": True, "1": True, "false": False, "0": False}
        if value.lower() not in words:
            raise ValidationError("Send true or false.")
        return words[value.lower()]


class UserId(fields.String):
    """Whose image it is."""

    def __init__(self, **options):
        allowed = "Send 1 to 128 of A-Z a-z 0-9 . _ @ : | + - (a + in a URL is %2B)."
        rule = validate.Regexp(USER_ID + r"\Z", error=allowed)
        messages = NOT_TEXT | {"required": "Say whose image it is: -F user_id=ana"}
        super().__init__(validate=rule, error_messages=messages, **options)


class ByteCount(fields.Field):
    """How many bytes: a JSON integer."""

    def _deserialize(self, value, attr, data, **kwargs):
        # True is an int to Python; 8.0 is a whole number to JSON Schema.
        whole = type(value) is int or (type(value) is float and value.is_integer())
        if not whole or value < 1:
            raise ValidationError("Send a whole number of bytes, at least 1.")
        return int(value)


# By the kind of a field that users send: its class, from its row of the table.
KINDS = {
    table.USER_ID: lambda row, options: UserId(**options),
    table.FILENAME: lambda row, options: Filename(least=row.least, most=row.most, **options),
    table.TAGS: lambda row, options: Tags(most=row.most, **options),
    table.TEXT: lambda row, options: Text(least=row.least or 0, most=row.most, **options),
    table.LINES: lambda row, options: Text(
        least=row.least or 0, most=row.most, allowed="\n\t", **options
    ),
}


def sent_field(row):
    """Return the field of what users send, from its row of the table."""
    options = {"metadata": {"description": row.meaning}}
    if row.sent == table.REQUIRED:
        options["required"] = True
    else:
        options["allow_none"] = True
        options["load_default"] = list if row.kind == table.TAGS else None
    return KINDS[row.kind](row, options)


def clean_text(text, allowed=""):
    """Return text in NFC, its length bounded before.

    Raises ValidationError for what UTF-8 or a terminal chokes on.
    """
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category.startswith("M") else 0
        if marks > MOST_MARKS:
            raise ValidationError(f"Send at most {MOST_MARKS} accents on one letter.")
        if category == "Cs":
            raise ValidationError("Send valid Unicode: there is half a surrogate pair in it.")
        if category == "Cc" and character not in allowed:
            raise ValidationError("Send text without control characters.")
    return unicodedata.normalize("NFC", text)


def clean_tag(tag):
    """Return a tag as it is stored and compared."""
    if len(tag) <= RAW_GROWTH * TAG_CHARACTERS:
        tag = clean_text(tag.strip())
        tag = unicodedata.normalize("NFC", tag.lower()).strip()
    if not 1 <= len(tag) <= TAG_CHARACTERS or "," in tag:
        raise ValidationError(f"Send tags of 1 to {TAG_CHARACTERS} characters, without a comma.")
    return tag
