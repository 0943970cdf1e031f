"""What the list of images accepts."""

from marshmallow import ValidationError, fields, validate, validates_schema

from service.api.images import moments
from service.api.images.image_schemas import ClosedSchema
from service.api.schema_fields import Flag, Tags, Text, UserId, WholeNumber
from service.business.inspection import image_inspector
from service.models.content_types import registered
from service.models.image import READY, TRASHED
from service.models.query import Query

MOST_QUERY_TAGS = 10
MOST_QUERY_CHARACTERS = 100
# More than the names of all content types together have.
MOST_TYPES_CHARACTERS = 1000


class ContentTypes(fields.Field):
    """Comma-separated content types of images, also under names that are not registered."""

    # Also those of images that an earlier setup of the server took.
    known = tuple(content_type for _start, content_type, _walker in image_inspector.FORMATS)

    def _deserialize(self, value, attr, data, **kwargs):
        found = {registered(name) for name in value[:MOST_TYPES_CHARACTERS].split(",")}
        if len(value) > MOST_TYPES_CHARACTERS or not found <= set(self.known):
            known = ", ".join(self.known)
            raise ValidationError(f"Send one or more of these, separated by commas: {known}.")
        return found


class Moment(fields.Field):
    """A date, or a time of RFC 3339, as UTC text."""

    def _deserialize(self, value, attr, data, **kwargs):
        try:
            return moments.utc_of(value)
        except ValueError as error:
            raise ValidationError(
                "Send a date, such as 2026-02-13, or a time, such as 2026-02-13T09:30:00Z or "
                "2026-02-13T09:30:00+01:00 (a + in a URL is %2B)."
            ) from error


class ListQuerySchema(ClosedSchema):
    """Which images to list, in which order, and which page of them."""

    user_id = UserId(load_default=None)
    tags = Tags(most=MOST_QUERY_TAGS, load_default=list)
    match = fields.String(
        load_default="any", validate=validate.OneOf(["any", "all"], error="Send any or all.")
    )
    none = Tags(most=MOST_QUERY_TAGS, load_default=list)
    untagged = Flag(load_default=False)
    content_type = ContentTypes(
        load_default=list,
        metadata={"description": "One or more types, separated by commas; `image/jpg` too."},
    )
    q = Text(least=1, most=MOST_QUERY_CHARACTERS, allowed="\n\t", load_default=None)
    created_after = Moment(load_default=None)
    created_before = Moment(load_default=None)
    status = fields.String(
        load_default=READY,
        validate=validate.OneOf([READY, TRASHED], error=f"Send {READY} or {TRASHED}."),
        metadata={"description": "`trashed` lists the trash, by the time of trashing."},
    )
    order = fields.String(
        load_default="newest",
        validate=validate.OneOf(["newest", "oldest"], error="Send newest or oldest."),
    )
    limit = WholeNumber(least=1, most=100, hint="; use next_cursor for more", load_default=20)
    cursor = fields.String(load_default=None)

    @validates_schema
    def require_tags_or_none(self, values, **_kwargs):
        """Refuse what no image can match."""
        if values["untagged"] and values["tags"]:
            raise ValidationError("Leave it out, or leave out tags.", "untagged")


def query_of(values, user_id):
    """Return the Query of loaded parameters for the images of a user, or of all for None."""
    return Query(
        user_id,
        values["tags"],
        values["match"] == "all",
        none=values["none"],
        untagged=values["untagged"],
        created_after=values["created_after"],
        created_before=values["created_before"],
        oldest=values["order"] == "oldest",
        content_types=values["content_type"],
        text=values["q"],
        trashed=values["status"] == TRASHED,
    )
