"""Schemas of the answers, only for the API document: plain functions write the answers."""

from marshmallow import EXCLUDE, Schema, fields, validate

from service.models import fields as table
from service.models.image import PENDING, READY, REFUSED

TIME = validate.Regexp(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")
DIGEST = validate.Regexp(r"[0-9a-f]{64}\Z")
STATES = validate.OneOf([PENDING, READY, REFUSED])
# By the kind of an image's field: a function that makes it from its row of models/fields.py. A kind
# that is not here is text.
KINDS = {
    table.TAGS: lambda row, options: fields.List(fields.String(), **options),
    table.NUMBER: lambda row, options: fields.Integer(
        strict=True, validate=validate.Range(row.least, row.most), **options
    ),
    table.DIGEST: lambda row, options: fields.String(validate=DIGEST, **options),
    table.TIME: lambda row, options: fields.String(validate=TIME, **options),
    table.STATE: lambda row, options: fields.String(validate=STATES, **options),
}


def shown_field(row):
    """Return the field for a row of models/fields.py that answers show."""
    may_lack = row.sent == table.OPTIONAL and row.kind != table.TAGS
    options = {
        "required": True,
        "allow_none": row.late or may_lack,
        "metadata": {"description": row.meaning},
    }
    make = KINDS.get(row.kind, lambda row, options: fields.String(**options))
    return make(row, options)


class AnswerSchema(Schema):
    """The base of all answers. New versions may add fields, so a client must skip unknown ones."""

    class Meta:
        """Skips unknown fields."""

        unknown = EXCLUDE


class ImageSchema(AnswerSchema.from_dict({row.name: shown_field(row) for row in table.SHOWN})):
    """An image, as every route returns it."""


class InstructionsSchema(AnswerSchema):
    """How to send the bytes of a direct upload."""

    method = fields.String(required=True, validate=validate.OneOf(["PUT", "POST"]))
    url = fields.String(required=True, metadata={"description": "The URL to send the bytes to."})
    headers = fields.Dict(keys=fields.String(), values=fields.String())
    fields_ = fields.Dict(keys=fields.String(), values=fields.String(), data_key="fields")
    expires_at = fields.String(required=True, validate=TIME)
    curl = fields.String(required=True)


class PendingImageSchema(ImageSchema):
    """The image of a direct upload that waits for its bytes."""

    upload = fields.Nested(InstructionsSchema, required=True)


class ViewedImageSchema(ImageSchema):
    """An image in any state; if its bytes were refused, with the problem."""

    problem = fields.Dict(keys=fields.String())


class ImagePageSchema(AnswerSchema):
    """A page of the list."""

    images = fields.List(fields.Nested(ImageSchema), required=True)
    count = fields.Integer(required=True, strict=True)
    next_cursor = fields.String(required=True, allow_none=True)


class StateSchema(AnswerSchema):
    """The state of the service."""

    status = fields.String(required=True)


class HealthSchema(StateSchema):
    """The state and the version of the service."""

    version = fields.String(required=True)


class FaultSchema(AnswerSchema):
    """An invalid field or parameter."""

    field = fields.String(required=True)
    message = fields.String(required=True)


class ProblemSchema(AnswerSchema):
    """An error in the form of RFC 9457."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True, strict=True, metadata={"description": "HTTP status."})
    detail = fields.String(required=True)
    instance = fields.String()
    request_id = fields.String(required=True)
    errors = fields.List(fields.Nested(FaultSchema))
    direct_upload = fields.Dict(keys=fields.String())
