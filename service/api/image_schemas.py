"""What the image routes accept and return."""

import re
import unicodedata

from marshmallow import Schema, ValidationError, fields, post_load, validate

USER_ID = r"[A-Za-z0-9._@:|+-]{1,128}"
MOST_TAGS = 20
MOST_QUERY_TAGS = 10
NOT_TEXT = {"invalid": "Send text, in quotes.", "null": "Send text, not null."}
# A list as JSON or Python writes it, in the middle of text.
WRITTEN_LIST = re.compile(r"""\s*\[\s*["'].*["']\s*\]\s*""", re.DOTALL)


class Text(fields.String):
    """Text in NFC without control characters, but those allowed."""

    def __init__(self, *, allowed="", **options):
        super().__init__(error_messages=NOT_TEXT, **options)
        self.allowed = allowed

    def _deserialize(self, value, attr, data, **kwargs):
        return clean_text(super()._deserialize(value, attr, data, **kwargs), self.allowed)


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
        if isinstance(value, str) and WRITTEN_LIST.fullmatch(value):
            raise ValidationError("Send text, the tags apart by commas: tags=beach,summer")
        if isinstance(value, str):
            value = value.split(",") if value.strip() else []
        if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
            raise ValidationError("Send comma-separated text or a list of texts.")
        tags = sorted({clean_tag(tag) for tag in value})
        if len(tags) > self.most:
            raise ValidationError(f"Send at most {self.most} tags.")
        return tags


class WholeNumber(fields.Field):
    """A whole number in a range, in plain digits; the hint is for those who send another."""

    def __init__(self, *, least, most, hint, **options):
        super().__init__(**options)
        self.least = least
        self.most = most
        self.hint = hint

    def _deserialize(self, value, attr, data, **kwargs):
        digits = re.fullmatch(r"[0-9]{1,10}", value)
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


class ClosedSchema(Schema):
    """Refuses what it does not name, and tells the names there are."""

    def __init__(self, **options):
        super().__init__(**options)
        known = ", ".join(self.fields)
        unknown = f"There is no such name here, but: {known}." if known else self.nothing_known
        self.error_messages["unknown"] = unknown


class UploadSchema(ClosedSchema):
    """An upload's fields; width and height may be sent, the service measures them itself."""

    image_data = fields.Raw(
        required=True,
        error_messages={"required": "Send the file: -F image_data=@photo.jpg, or base64 in JSON."},
    )
    user_id = UserId(required=True)
    filename = Filename(
        required=True,
        validate=validate.Length(1, 255, error="Send 1 to 255 characters."),
    )
    tags = Tags(most=MOST_TAGS, load_default=list, allow_none=True)
    description = Text(
        load_default=None,
        allow_none=True,
        allowed="\n\t",
        validate=validate.Length(max=1000, error="Send at most 1000 characters."),
    )
    width = fields.Raw(allow_none=True)
    height = fields.Raw(allow_none=True)

    @post_load
    def settle(self, values, **_kwargs):
        """Take null tags for none, and leave out what the service measures."""
        values["tags"] = values["tags"] or []
        return {name: value for name, value in values.items() if name not in ("width", "height")}


class ListQuerySchema(ClosedSchema):
    """Which images, and which page of them."""

    user_id = UserId(load_default=None)
    tags = Tags(most=MOST_QUERY_TAGS, load_default=list)
    match = fields.String(
        load_default="any", validate=validate.OneOf(["any", "all"], error="Send any or all.")
    )
    limit = WholeNumber(least=1, most=100, hint="; next_cursor leads to more", load_default=20)
    cursor = fields.String(load_default=None)


class ViewQuerySchema(ClosedSchema):
    """What the image's URL should do."""

    download = Flag(load_default=False)
    expires_in = WholeNumber(
        least=1, most=604800, hint=", in seconds: an hour is 3600, a day 86400", load_default=3600
    )


class NoQuerySchema(ClosedSchema):
    """A route without parameters."""

    nothing_known = "Leave it out of the URL; an upload's fields go into its body."


def clean_text(text, allowed=""):
    """Return text in NFC. Raises ValidationError for what UTF-8 or a terminal chokes on."""
    for character in text:
        category = unicodedata.category(character)
        if category == "Cs":
            raise ValidationError("Send valid Unicode: there is half a surrogate pair in it.")
        if category == "Cc" and character not in allowed:
            raise ValidationError("Send text without control characters.")
    return unicodedata.normalize("NFC", text)


def clean_tag(tag):
    """Return a tag as it is stored and compared."""
    tag = clean_text(tag.strip())
    tag = unicodedata.normalize("NFC", tag.lower()).strip()
    if not 1 <= len(tag) <= 50 or "," in tag:
        raise ValidationError("Send tags of 1 to 50 characters, without a comma.")
    return tag
