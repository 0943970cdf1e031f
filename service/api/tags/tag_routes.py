"""The route of tags."""

from flask import Blueprint, current_app, g

from service.api import request_hooks
from service.api.images.image_json import next_link
from service.api.tags.tag_schemas import TagsQuerySchema
from service.common import cursors

blueprint = Blueprint("tags", __name__, url_prefix="/tags")

# Created once, because creating a schema takes longer than using it.
TAGS_QUERY = TagsQuerySchema()


@blueprint.get("")
def list_tags():
    """List tags with the number of images of each"""
    values = request_hooks.load_query(TAGS_QUERY)
    user_id, prefix = g.caller.acts_for(values["user_id"]), values["prefix"]
    filters = ["tags", user_id, prefix]
    position = cursors.decode(values["cursor"], filters, cursors.TAG, "user_id and prefix")
    service = current_app.extensions["image_service"]
    tags, position = service.tags(user_id, prefix, values["limit"], position)
    next_cursor = cursors.encode(position, filters)
    shown = [{"tag": tag, "count": count} for tag, count in tags]
    return {"tags": shown, "next_cursor": next_cursor}, next_link(next_cursor)
