"""What the routes return, for the API document alone: plain functions write the answers."""

from marshmallow import EXCLUDE, Schema, fields, validate

from service.models import fields as table
from service.models.image import PENDING, READY, REFUSED

TIME = validate.Regexp(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")
DIGEST = validate.Regexp(r"[0-9a-f]{64}\Z")
STATES = validate.OneOf([PENDING, READY, REFUSED])
# By the kind of an image's field, from its row of the table; all others are text.
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
    """Return the field of what answers show, from its row of the table."""
    may_lack = row.sent == table.OPTIONAL and row.kind != table.TAGS
    options = {
        "required": True,
        "allow_none": row.late or may_lack,
        "metadata": {"description": row.meaning},
    }
    make = KINDS.get(row.kind, lambda row, options: fields.String(**options))
    return make(row, options)


class AnswerSchema(Schema):
    """The base of answers: they may grow, so a client skips what it does not know."""

    class Meta:
        """Skip unknown fields."""

        unknown = EXCLUDE


class ImageSchema(AnswerSchema.from_dict({row.name: shown_field(row) for row in table.SHOWN})):
    """An image, as every route returns it."""


class PlaceSchema(AnswerSchema):
    """Where a direct upload's bytes go."""

    method = fields.String(required=True, validate=validate.OneOf(["PUT", "POST"]))
    url = fields.String(required=True, metadata={"description": "Where to send the bytes."})
    headers = fields.Dict(keys=fields.String(), values=fields.String())
    fields_ = fields.Dict(keys=fields.String(), values=fields.String(), data_key="fields")
    expires_at = fields.String(required=True, validate=TIME)
    curl = fields.String(required=True)


class PendingImageSchema(ImageSchema):
    """The image of a direct upload that waits for its bytes."""

    upload = fields.Nested(PlaceSchema, required=True)


class ViewedImageSchema(ImageSchema):
    """An image, or why its bytes were refused."""

    problem = fields.Dict(keys=fields.String())


class ImagePageSchema(AnswerSchema):
    """A page of the list."""

    images = fields.List(fields.Nested(ImageSchema), required=True)
    count = fields.Integer(required=True, strict=True)
    next_cursor = fields.String(required=True, allow_none=True)


class StateSchema(AnswerSchema):
    """How the service is."""

    status = fields.String(required=True)


class HealthSchema(StateSchema):
    """That the service is up."""

    version = fields.String(required=True)


class FaultSchema(AnswerSchema):
    """A field or parameter at fault."""

    field = fields.String(required=True)
    message = fields.String(required=True)


class ProblemSchema(AnswerSchema):
    """An error, as RFC 9457 tells it."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True, strict=True, metadata={"description": "HTTP's status."})
    detail = fields.String(required=True)
    instance = fields.String()
    request_id = fields.String(required=True)
    errors = fields.List(fields.Nested(FaultSchema))
    direct_upload = fields.Dict(keys=fields.String())
