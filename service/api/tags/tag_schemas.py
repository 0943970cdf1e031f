"""What the route of tags accepts."""

import unicodedata

from marshmallow import ValidationError, fields

from service.api.images.image_schemas import ClosedSchema
from service.api.schema_fields import RAW_GROWTH, TAG_CHARACTERS, UserId, WholeNumber, clean_text


class TagPrefix(fields.String):
    """The beginning of tags, in the form in which they are stored; it may end with a space."""

    def _deserialize(self, value, attr, data, **kwargs):
        prefix = super()._deserialize(value, attr, data, **kwargs)
        if len(prefix) <= RAW_GROWTH * TAG_CHARACTERS:
            prefix = clean_text(prefix.lstrip())
            prefix = unicodedata.normalize("NFC", prefix.lower()).lstrip()
        if len(prefix) > TAG_CHARACTERS or "," in prefix:
            raise ValidationError(
                f"Send how the tags begin, in at most {TAG_CHARACTERS} characters, without a comma."
            )
        return prefix


class TagsQuerySchema(ClosedSchema):
    """Which tags to list, and which page of them."""

    user_id = UserId(
        load_default=None, metadata={"description": "Whose images count; left out: everyone's."}
    )
    prefix = TagPrefix(
        load_default="",
        metadata={"description": "How the tags begin; case does not matter, a last space does."},
    )
    limit = WholeNumber(
        least=1,
        most=100,
        hint="; use next_cursor for more",
        load_default=50,
        metadata={"description": "The most tags on a page."},
    )
    cursor = fields.String(load_default=None)
