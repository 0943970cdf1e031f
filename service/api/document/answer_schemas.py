"""What the routes return, for the API document alone: plain functions write the answers."""

from marshmallow import EXCLUDE, Schema, fields, validate

from service.models.image import PENDING, READY, REFUSED

# Null until a direct upload's bytes were judged.
UNTIL_READY = {"required": True, "allow_none": True}
TIME = validate.Regexp(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")


class AnswerSchema(Schema):
    """The base of answers: they may grow, so a client skips what it does not know."""

    class Meta:
        """Skip unknown fields."""

        unknown = EXCLUDE


class ImageSchema(AnswerSchema):
    """An image, as every route returns it."""

    image_id = fields.String(required=True)
    user_id = fields.String(required=True)
    filename = fields.String(required=True)
    description = fields.String(required=True, allow_none=True)
    tags = fields.List(fields.String(), required=True)
    content_type = fields.String(required=True)
    size = fields.Integer(required=True, strict=True, validate=validate.Range(1))
    width = fields.Integer(**UNTIL_READY, strict=True, validate=validate.Range(1))
    height = fields.Integer(**UNTIL_READY, strict=True, validate=validate.Range(1))
    sha256 = fields.String(**UNTIL_READY, validate=validate.Regexp(r"[0-9a-f]{64}\Z"))
    created_at = fields.String(required=True, validate=TIME)
    status = fields.String(
        required=True,
        validate=validate.OneOf([PENDING, READY, REFUSED]),
        metadata={"description": "`ready`, but for direct uploads; lists show ready ones only."},
    )
    url = fields.String(**UNTIL_READY)
    url_expires_at = fields.String(**UNTIL_READY, validate=TIME)


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
