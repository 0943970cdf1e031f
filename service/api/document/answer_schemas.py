"""Schemas of the answers, only for the API document: plain functions write the answers."""

from marshmallow import EXCLUDE, Schema, fields, validate

from service.api.schema_fields import TAG_CHARACTERS
from service.models import fields as table
from service.models.image import PENDING, REFUSED, STORED
from service.models.renditions import SIZES

TIME = validate.Regexp(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")
DIGEST = validate.Regexp(r"[0-9a-f]{64}\Z")
CAMERA_TIME = validate.Regexp(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:\d\d|Z)?\Z")
COLOR = validate.Regexp(r"#[0-9a-f]{6}\Z")
TAG = validate.Length(1, TAG_CHARACTERS)
# By the kind of an image's field: a function that makes it from its row of models/fields.py. A kind
# that is not here is text.
KINDS = {
    table.LINES: lambda row, options: fields.String(
        validate=validate.Length(0, row.most), **options
    ),
    table.TAGS: lambda row, options: fields.List(fields.String(validate=TAG), **options),
    table.NUMBER: lambda row, options: fields.Integer(
        strict=True, validate=validate.Range(row.least, row.most), **options
    ),
    table.DIGEST: lambda row, options: fields.String(validate=DIGEST, **options),
    table.TIME: lambda row, options: fields.String(validate=TIME, **options),
    table.CAMERA_TIME: lambda row, options: fields.String(validate=CAMERA_TIME, **options),
    table.COLOR: lambda row, options: fields.String(validate=COLOR, **options),
    table.RENDITIONS: lambda row, options: fields.Nested(RenditionsSchema, **options),
    table.KINDS_FOUND: lambda row, options: fields.Nested(PrivacySchema, **options),
}
# By the kind of a field: how JSON Schema names the form of its text.
FORMATS = {table.TIME: "date-time", table.URL: "uri"}


class DirectUploadBody(fields.Field):
    """The body that begins a direct upload; the API document describes it on its own."""


def text(least=1, most=None, **metadata):
    """Return a required field of text. least and most: characters; metadata: of its schema."""
    return fields.String(required=True, validate=validate.Length(least, most), metadata=metadata)


def time():
    """Return a required field of a time."""
    return fields.String(required=True, validate=TIME, metadata={"format": "date-time"})


def image_fields(*states):
    """Return the fields of an image in some states by name, from the rows of the table."""
    return {row.name: shown_field(row, states) for row in table.SHOWN}


def shown_field(row, states):
    """Return the field of what answers show of an image in some states, from its row."""
    left_out = row.sent == table.OPTIONAL and row.kind != table.TAGS
    missing = row.late and states != STORED
    metadata = {"description": row.meaning}
    nullable = left_out or missing or row.lacking
    options = {"required": True, "allow_none": nullable, "metadata": metadata}
    if row.kind in FORMATS:
        metadata["format"] = FORMATS[row.kind]
    if row.kind == table.STATE:
        return fields.String(validate=validate.OneOf(states), **options)
    if row.kind in KINDS:
        return KINDS[row.kind](row, options)
    return fields.String(validate=validate.Length(1, row.most), **options)


class AnswerSchema(Schema):
    """The base of all answers. New versions may add fields, so a client must skip unknown ones."""

    class Meta:
        """Skips unknown fields."""

        unknown = EXCLUDE


class RenditionSchema(AnswerSchema):
    """A smaller copy of the image, turned as displayed, in sRGB and without metadata."""

    url = text(format="uri", description="A presigned URL that ends when `url` does.")
    width = fields.Integer(required=True, strict=True, validate=validate.Range(1))
    height = fields.Integer(required=True, strict=True, validate=validate.Range(1))
    content_type = text()
    size = fields.Integer(required=True, strict=True, validate=validate.Range(1))


RenditionsSchema = AnswerSchema.from_dict(
    {name: fields.Nested(RenditionSchema) for name in SIZES}, name="RenditionsSchema"
)
PrivacySchema = AnswerSchema.from_dict(
    {
        kind: fields.Boolean(required=True, metadata={"description": meaning})
        for kind, meaning in table.PRIVATE.items()
    },
    name="PrivacySchema",
)


class ImageSchema(AnswerSchema.from_dict(image_fields(*STORED))):
    """An image, ready or in the trash: its bytes are there and were checked."""


class PendingImageSchema(AnswerSchema.from_dict(image_fields(PENDING))):
    """The image of a direct upload that waits for its bytes."""


class InstructionsSchema(AnswerSchema):
    """How to send the bytes of a direct upload."""

    method = fields.String(required=True, validate=validate.OneOf(["PUT", "POST"]))
    url = text(format="uri", description="The URL to send the bytes to.")
    headers = fields.Dict(keys=fields.String(), values=fields.String())
    fields_ = fields.Dict(keys=fields.String(), values=fields.String(), data_key="fields")
    expires_at = time()
    curl = text()


class PendingUploadSchema(PendingImageSchema):
    """The image of a direct upload, and where to send its bytes."""

    upload = fields.Nested(InstructionsSchema, required=True)


class RefusalSchema(AnswerSchema):
    """What is wrong, and what to do next."""

    type = text(format="uri-reference")
    title = text()
    status = fields.Integer(required=True, strict=True, metadata={"description": "HTTP's status."})
    detail = text()


class RefusedImageSchema(AnswerSchema.from_dict(image_fields(REFUSED))):
    """The image of a direct upload whose bytes were refused, and why."""

    problem = fields.Nested(RefusalSchema, required=True)


class ImagePageSchema(AnswerSchema):
    """A page of the list."""

    images = fields.List(fields.Nested(ImageSchema), required=True)
    count = fields.Integer(required=True, strict=True, validate=validate.Range(0))
    next_cursor = fields.String(required=True, allow_none=True, validate=validate.Length(1))


class TagSchema(AnswerSchema):
    """A tag and how many ready images have it."""

    tag = fields.String(required=True, validate=TAG, metadata={"description": "The tag."})
    count = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(1),
        metadata={"description": "The number of ready images that have it."},
    )


class TagPageSchema(AnswerSchema):
    """A page of tags."""

    tags = fields.List(
        fields.Nested(TagSchema), required=True, metadata={"description": "The tags on this page."}
    )
    next_cursor = fields.String(required=True, allow_none=True, validate=validate.Length(1))


class StateSchema(AnswerSchema):
    """The state of the service."""

    status = text()


class HealthSchema(StateSchema):
    """The state and the version of the service."""

    version = text()


class FaultSchema(AnswerSchema):
    """An invalid field or parameter."""

    field = fields.String(required=True)
    message = text()


class ProblemSchema(RefusalSchema):
    """An error in the form of RFC 9457."""

    instance = fields.String()
    request_id = text()
    errors = fields.List(fields.Nested(FaultSchema))
    direct_upload = DirectUploadBody()
    image_id = fields.String(
        metadata={"description": "If the Idempotency-Key was used before: the image made under it."}
    )
