"""What the image routes accept and return."""

import functools

from marshmallow import Schema, fields, post_load, validate

from service.api.schema_fields import (
    NOT_TEXT,
    ByteCount,
    Flag,
    Ignored,
    WholeNumber,
    sent_field,
)
from service.business.inspection import image_inspector
from service.models.content_types import registered
from service.models.fields import FIELDS, FLAG, IGNORED, SENT, TAGS, names
from service.models.renditions import ORIGINAL, SIZES

LISTS = names(row for row in SENT if row.kind == TAGS)
FLAGS = names(row for row in SENT if row.kind == FLAG)
MEASURED = names(row for row in FIELDS if row.sent == IGNORED)
# The fields that every upload has.
COMMON = {row.name: sent_field(row) for row in SENT}
COMMON |= {name: Ignored(allow_none=True) for name in MEASURED}


class ClosedSchema(Schema):
    """Refuses unknown names, and lists the known ones."""

    # By name: what to say of a parameter that is empty. Other empty ones count as left out.
    never_empty = {}

    def __init__(self, **options):
        super().__init__(**options)
        known = ", ".join(self.fields)
        unknown = f"Unknown name. The known names are: {known}." if known else self.nothing_known
        self.error_messages["unknown"] = unknown

    @functools.cached_property
    def of_nothing(self):
        """What loading no values at all returns. To be copied; nobody changes its lists."""
        return self.load({})

    def handle_error(self, error, data, **_kwargs):
        """Name the faults in the order of the fields, then of the names sent: Marshmallow does not.

        Its order of unknown names depends on the seed of Python's hashes.
        """
        order = dict.fromkeys([*self.fields, *data, *error.messages])
        error.messages = {name: error.messages[name] for name in order if name in error.messages}


class DescriptionSchema(ClosedSchema.from_dict(COMMON)):
    """What every upload says about its image. The service itself measures width and height."""

    @post_load
    def clean(self, values, **_kwargs):
        """Treat null tags as no tags, false as left out; leave out what the service measures."""
        values |= {name: values[name] or [] for name in LISTS}
        values |= {name: values[name] or None for name in FLAGS}
        return {name: value for name, value in values.items() if name not in MEASURED}


class UploadSchema(DescriptionSchema):
    """The fields of an upload that brings its bytes."""

    image_data = fields.Raw(
        required=True,
        error_messages={"required": "Send the file: -F image_data=@photo.jpg, or base64 in JSON."},
    )


class ContentType(fields.String):
    """The content type of an accepted image, under its registered name or another one."""

    def __init__(self, **options):
        wanted = f"Send one of: {', '.join(image_inspector.accepted_types())}."
        rule = validate.OneOf(image_inspector.accepted_types(), error=wanted)
        messages = NOT_TEXT | {"required": wanted}
        super().__init__(validate=rule, error_messages=messages, **options)

    def _deserialize(self, value, attr, data, **kwargs):
        return registered(super()._deserialize(value, attr, data, **kwargs))


class DirectUploadSchema(DescriptionSchema):
    """The fields of a direct upload: what the bytes will be, and how they will be sent."""

    size = ByteCount(
        required=True,
        error_messages={"required": "Send the number of bytes, or the bytes as image_data."},
    )
    content_type = ContentType(
        required=True,
        metadata={"description": "The type of the bytes; bytes of another type are refused."},
    )
    method = fields.String(
        load_default="PUT", validate=validate.OneOf(["PUT", "POST"], error="Send PUT or POST.")
    )
    sha256 = fields.String(
        load_default=None,
        validate=validate.Regexp(r"[0-9A-Fa-f]{64}\Z", error="Send 64 hex digits."),
        error_messages=NOT_TEXT,
    )

    @post_load
    def lower_digest(self, values, **_kwargs):
        """Write the digest in lower case, as the service does."""
        return values | {"sha256": values["sha256"] and values["sha256"].lower()}


class RenditionName(fields.String):
    """The name of a rendition; None for the original."""

    def __init__(self, **options):
        rule = validate.OneOf(
            [ORIGINAL, *SIZES], error=f"Send one of: {', '.join([ORIGINAL, *SIZES])}."
        )
        super().__init__(validate=rule, **options)

    def deserialize(self, value, attr=None, data=None, **kwargs):
        """Return the name, after it was checked."""
        name = super().deserialize(value, attr, data, **kwargs)
        return None if name == ORIGINAL else name


class ViewQuerySchema(ClosedSchema):
    """What the presigned URL of a viewed image does."""

    download = Flag(load_default=False)
    expires_in = WholeNumber(
        least=1, most=604800, hint=" seconds; an hour has 3600, a day 86400", load_default=None
    )
    rendition = RenditionName(load_default=None, allow_none=False)


class DeleteQuerySchema(ClosedSchema):
    """Whether a deleted image goes to the trash."""

    # It must be clear whether the image is to be deleted for good.
    never_empty = {"trash": "Send true or false, or leave it out to delete for good."}

    trash = Flag(load_default=False)


class NoQuerySchema(ClosedSchema):
    """A route without parameters."""

    nothing_known = "Remove it from the URL. Fields belong in the body."
