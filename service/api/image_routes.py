"""The four routes."""

import re

from flask import Blueprint, current_app, g, request, url_for

from service.api import requests, upload_bodies
from service.api.image_answers import show, show_page
from service.api.image_schemas import ListQuerySchema, NoQuerySchema, UploadSchema, ViewQuerySchema
from service.common import cursors
from service.common.errors import InvalidFields
from service.models.query import Query

blueprint = Blueprint("images", __name__, url_prefix="/images")

URL_SECONDS = 3600
# Made once: a schema takes longer to make than to use.
NO_QUERY = NoQuerySchema()
LIST_QUERY = ListQuerySchema()
VIEW_QUERY = ViewQuerySchema()
UPLOAD = UploadSchema()
IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,128}")


@blueprint.post("")
def upload_image():
    """Upload an image"""
    requests.query(NO_QUERY)
    key = idempotency_key()
    fields = upload_fields()
    with upload_bodies.open_file(fields.pop("image_data"), max_image_size()) as file:
        image = image_service().upload(file, fields, key)
    location = url_for("images.view_image", image_id=image.image_id)
    return signed(image, URL_SECONDS), 201, {"Location": location}


@blueprint.get("")
def list_images():
    """List images, newest first"""
    given = requests.query(LIST_QUERY)
    query = Query(g.caller.acts_for(given["user_id"]), given["tags"], given["match"] == "all")
    position = cursors.decode(given["cursor"], query.filters)
    images, position = image_service().list(query, given["limit"], position)
    next_cursor = cursors.encode(position, query.filters)
    return show_page([signed(image, URL_SECONDS) for image in images], next_cursor)


@blueprint.get("/<image_id>")
def view_image(image_id):
    """View or download an image"""
    given = requests.query(VIEW_QUERY)
    image = image_service().view(g.caller.limited_to, image_id)
    return signed(image, given["expires_in"], given["download"])


@blueprint.delete("/<image_id>")
def delete_image(image_id):
    """Delete an image"""
    requests.query(NO_QUERY)
    image_service().delete(g.caller.limited_to, image_id)
    return "", 204


def upload_fields():
    """Return the body's fields; a caller who is known may leave user_id out. Raises Forbidden."""
    optional = ["user_id"] if g.caller.user_id else []
    fields = UPLOAD.load(upload_bodies.read(max_image_size()), partial=optional)
    fields["user_id"] = g.caller.acts_for(fields.get("user_id", g.caller.user_id))
    return fields


def signed(image, expires_in, download=False):
    """Return an image as callers see it, with a fresh URL; expires_in in seconds."""
    return show(image, *image_service().sign(image, expires_in, download))


def image_service():
    """Return the app's one image service."""
    return current_app.extensions["image_service"]


def max_image_size():
    """Return how many bytes an image may have."""
    return current_app.extensions["settings"].max_image_size


def idempotency_key():
    """Return the Idempotency-Key header, or None. Raises InvalidFields."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not IDEMPOTENCY_KEY.fullmatch(key):
        row = {
            "field": "Idempotency-Key",
            "message": "Send 1 to 128 visible ASCII characters, such as a UUID.",
        }
        raise InvalidFields("Send another Idempotency-Key.", errors=[row])
    return key
