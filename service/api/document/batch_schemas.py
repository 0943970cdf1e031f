"""Schemas of the answer to a batch, only for the API document."""

from marshmallow import fields

from service.api.document.answer_schemas import AnswerSchema, ProblemSchema


class ResultSchema(AnswerSchema):
    """What became of one image of a batch."""

    image_id = fields.String(required=True, metadata={"description": "As the request sent it."})
    status = fields.Integer(
        required=True,
        strict=True,
        metadata={"description": "The status that the single request would be answered with."},
    )
    problem = fields.Nested(ProblemSchema)


class BatchResultsSchema(AnswerSchema):
    """What became of each image of a batch."""

    results = fields.List(fields.Nested(ResultSchema), required=True)
