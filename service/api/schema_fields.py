"""The kinds of fields that the image routes accept. Each error text says what to send instead."""

import re
import unicodedata

from marshmallow import ValidationError, fields, validate

from service.models import fields as table

USER_ID = r"[A-Za-z0-9._@:|+-]{1,128}"
TAG_CHARACTERS = 50
MOST_DIGITS = 10
# Most entries of a list before repeated tags are removed.
MOST_ENTRIES = 100
# A text may be this many times longer than its limit, because NFC may shorten it. A longer text is
# refused before that, because NFC takes quadratic time.
RAW_GROWTH = 4
# Most combining marks, such as accents, on one letter. No word has 30 (Unicode Annex 15).
MOST_MARKS = 100
NOT_TEXT = {"invalid": "Send text, in quotes.", "null": "Send text, not null."}
# Text that is a list in JSON or Python.
WRITTEN_LIST = re.compile(r"""\s*\[\s*["'].*["']\s*\]\s*""", re.DOTALL)


class Text(fields.String):
    """Text in NFC of least to most characters; no control characters but those in `allowed`."""

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
        if "\n" in self.allowed:
            # Browsers send CRLF for every line break of a form.
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        return clean_text(text, self.allowed)


class Filename(Text):
    """A file's name: the part after the last slash or backslash."""

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
            raise ValidationError("Send tags separated by commas: tags=beach,summer")
        return text.split(",") if text.strip() else []

    def too_many(self):
        """Return the error for more tags than allowed."""
        return ValidationError(
            f"Send at most {self.most} tags, each of 1 to {TAG_CHARACTERS} characters."
        )


class Ignored(fields.Raw):
    """A field that clients may send, but that the service ignores and measures itself."""

    def _deserialize(self, value, attr, data, **kwargs):
        if isinstance(value, str) and len(value) > RAW_GROWTH * MOST_DIGITS:
            raise ValidationError("Leave it out: the service measures it.")
        return value


class WholeNumber(fields.Field):
    """A whole number in a range, in decimal digits. hint: added to the error text."""

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
    """`true` or `false`, also `1` or `0`, and those of JSON; empty text is None."""

    def _deserialize(self, value, attr, data, **kwargs):
        words = {"true": True, "1": True, "false": False, "0": False, "": None}
        word = str(value).lower() if isinstance(value, str | bool) else None
        if word not in words:
            raise ValidationError("Send true or false.")
        return words[word]


class UserId(fields.String):
    """The user_id of an image's owner."""

    def __init__(self, **options):
        allowed = "Send 1 to 128 of A-Z a-z 0-9 . _ @ : | + - (a + in a URL is %2B)."
        rule = validate.Regexp(USER_ID + r"\Z", error=allowed)
        messages = NOT_TEXT | {"required": "Say whose image it is: -F user_id=ana"}
        super().__init__(validate=rule, error_messages=messages, **options)


class ByteCount(fields.Field):
    """A number of bytes, as a JSON integer."""

    def _deserialize(self, value, attr, data, **kwargs):
        # True is an int to Python; 8.0 is a whole number to JSON Schema.
        whole = type(value) is int or (type(value) is float and value.is_integer())
        if not whole or value < 1:
            raise ValidationError("Send a whole number of bytes, at least 1.")
        return int(value)


# By the kind of a field that users send: a function that makes it from its row of models/fields.py.
KINDS = {
    table.USER_ID: lambda row, options: UserId(**options),
    table.FILENAME: lambda row, options: Filename(least=row.least, most=row.most, **options),
    table.TAGS: lambda row, options: Tags(most=row.most, **options),
    table.TEXT: lambda row, options: Text(least=row.least or 0, most=row.most, **options),
    table.LINES: lambda row, options: Text(
        least=row.least or 0, most=row.most, allowed="\n\t", **options
    ),
    table.FLAG: lambda row, options: Flag(**options),
}


def sent_field(row):
    """Return the field for a row of models/fields.py that users send."""
    options = {"metadata": {"description": row.meaning}}
    if row.sent == table.REQUIRED:
        options["required"] = True
    else:
        options["allow_none"] = True
        options["load_default"] = list if row.kind == table.TAGS else None
    return KINDS[row.kind](row, options)


def clean_text(text, allowed=""):
    """Return text in NFC. Its length must have been checked before.

    Raises ValidationError for control characters, half surrogate pairs and too many accents.
    """
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category.startswith("M") else 0
        if marks > MOST_MARKS:
            raise ValidationError(f"Send at most {MOST_MARKS} accents on one letter.")
        if category == "Cs":
            raise ValidationError("Send valid Unicode: the text contains half a surrogate pair.")
        if category == "Cc" and character not in allowed:
            raise ValidationError("Send text without control characters.")
    return unicodedata.normalize("NFC", text)


def clean_tag(tag):
    """Return a tag in the form in which it is stored and compared."""
    if len(tag) <= RAW_GROWTH * TAG_CHARACTERS:
        tag = clean_text(tag.strip())
        tag = unicodedata.normalize("NFC", tag.lower()).strip()
    if not 1 <= len(tag) <= TAG_CHARACTERS or "," in tag:
        raise ValidationError(f"Send tags of 1 to {TAG_CHARACTERS} characters, without a comma.")
    return tag
