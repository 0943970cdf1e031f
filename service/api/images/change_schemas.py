"""What the routes that change, trash and restore images accept."""

import re

from marshmallow import ValidationError, fields, post_load, pre_load, validate, validates_schema

from service.api.images.image_schemas import ClosedSchema
from service.api.schema_fields import MOST_ENTRIES, NOT_TEXT, Tags, sent_field
from service.models.fields import SENT, TAGS, USER_ID

# Whose image it is, and how it was stored, does not change.
CHANGEABLE = [row for row in SENT if row.shown and row.kind != USER_ID]
MOST_TAGS = next(row.most for row in CHANGEABLE if row.name == "tags")
TAG_CHANGES = ("add_tags", "remove_tags")
# What a batch does with each image, and the status of an image with which it was done.
ACTIONS = {"delete": 204, "trash": 204, "restore": 200, "update": 200}
UPDATE = "update"
SURROGATES = re.compile("[\ud800-\udfff]")


class ChangeSchema(ClosedSchema.from_dict({row.name: sent_field(row) for row in CHANGEABLE})):
    """A change of an image: what is absent stays, null or empty text removes (RFC 7396)."""

    add_tags = Tags(most=MOST_TAGS, allow_none=True)
    remove_tags = Tags(most=MOST_TAGS, allow_none=True)

    @pre_load
    def leave_out(self, values, **_kwargs):
        """Leave out null and empty text for tags to add or remove: they remove nothing."""
        return {
            name: value
            for name, value in values.items()
            if name not in TAG_CHANGES or value not in (None, "")
        }

    @validates_schema
    def check_tags(self, values, **_kwargs):
        """Refuse changes of tags that contradict each other."""
        sent = [name for name in TAG_CHANGES if name in values]
        if sent and "tags" in values:
            raise ValidationError("Leave it out: `tags` already replaces all tags.", sent[0])
        both = sorted(set(values.get("add_tags", ())) & set(values.get("remove_tags", ())))
        if both:
            raise ValidationError(f"Either add a tag or remove it: {both[0]}", "remove_tags")

    @post_load
    def clean(self, values, **_kwargs):
        """Treat an empty text as none, and null tags as no tags."""
        kinds = {row.name: row.kind for row in CHANGEABLE}
        return {
            name: value or ([] if kinds.get(name, TAGS) == TAGS else None)
            for name, value in values.items()
        }


# Absent fields stay absent, without default values.
CHANGE = ChangeSchema(partial=True)


class Changes(fields.Field):
    """The changes of a batch, as for one image; the API document describes them on their own."""

    def _deserialize(self, value, attr, data, **kwargs):
        if not isinstance(value, dict):
            raise ValidationError("Send an object, such as the body of a PATCH.")
        return CHANGE.load(value)


class ImageIds(fields.Field):
    """Texts, each perhaps the id of an image; repeats included."""

    def _deserialize(self, value, attr, data, **kwargs):
        texts = isinstance(value, list) and all(isinstance(entry, str) for entry in value)
        if not texts or not 1 <= len(value) <= MOST_ENTRIES:
            raise self.make_error("required")
        if any(SURROGATES.search(text) for text in value):
            raise ValidationError("Send valid Unicode: a text contains half a surrogate pair.")
        return value


class BatchSchema(ClosedSchema):
    """What to do with which images."""

    image_ids = ImageIds(
        required=True,
        error_messages={"required": f"Send a list of 1 to {MOST_ENTRIES} image_ids, as texts."},
    )
    action = fields.String(
        required=True,
        validate=validate.OneOf(ACTIONS, error=f"Send one of: {', '.join(ACTIONS)}."),
        error_messages=NOT_TEXT | {"required": f"Send one of: {', '.join(ACTIONS)}."},
    )
    changes = Changes(load_default=None, allow_none=True)

    def handle_error(self, error, data, **kwargs):
        """Name the fields of the changes as `changes.filename`."""
        inner = error.messages.get("changes")
        if isinstance(inner, dict):
            del error.messages["changes"]
            error.messages |= {f"changes.{name}": messages for name, messages in inner.items()}
        super().handle_error(error, data, **kwargs)

    @validates_schema
    def check_changes(self, values, **_kwargs):
        """Refuse an update without changes, and changes of anything else."""
        is_update = values["action"] == UPDATE
        if is_update and values["changes"] is None:
            raise ValidationError("Say what to change, as in the body of a PATCH.", "changes")
        if not is_update and values["changes"] is not None:
            raise ValidationError(f"Leave it out: only {UPDATE} has changes.", "changes")
