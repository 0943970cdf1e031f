"""The routes of images: upload, list, view, delete."""

import re
from functools import partial

from flask import Blueprint, current_app, g, request

from service.api import request_hooks
from service.api.addresses import own_root
from service.api.images import image_answers
from service.api.images.conditions import if_match
from service.api.images.image_answers import image_service, signed
from service.api.images.image_json import page_json
from service.api.images.image_schemas import (
    DeleteQuerySchema,
    DirectUploadSchema,
    NoQuerySchema,
    UploadSchema,
    ViewQuerySchema,
)
from service.api.images.query_schemas import ListQuerySchema, query_of
from service.api.uploads import raw_bodies, upload_bodies, upload_offers
from service.common import cursors
from service.common.errors import InvalidFields
from service.models.image import PENDING, REFUSED

blueprint = Blueprint("images", __name__, url_prefix="/images")

# Created once, because creating a schema takes longer than using it.
NO_QUERY = NoQuerySchema()
LIST_QUERY = ListQuerySchema()
VIEW_QUERY = ViewQuerySchema()
DELETE_QUERY = DeleteQuerySchema()
UPLOAD = UploadSchema()
DIRECT_UPLOAD = DirectUploadSchema()
# What a form need not name, because its file part does.
IN_FILE_PART = {"filename": "photo.jpg"}
IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,128}")


@blueprint.post("")
def upload_image():
    """Upload an image"""
    raw_bodies.require_readable(no_query, idempotency_key, partial(load, UPLOAD, IN_FILE_PART))
    no_query()
    key = idempotency_key()
    fields = upload_fields()
    if "image_data" not in fields:
        return begin_upload(fields, key)
    with upload_bodies.open_file(fields.pop("image_data"), settings().max_image_size) as file:
        upload_bodies.check_inline(file, fields, settings().max_inline_size)
        image = image_service().upload(file, fields, key)
    body, headers = image_answers.one(image)
    return body, 201, headers | location(image)


@blueprint.get("")
def list_images():
    """List images"""
    values = request_hooks.load_query(LIST_QUERY)
    query = query_of(values, g.caller.acts_for(values["user_id"]))
    position = cursors.decode(values["cursor"], query.filters)
    images, position = image_service().list(query, values["limit"], position)
    next_cursor = cursors.encode(position, query.filters)
    return page_json(signed(images), next_cursor)


@blueprint.get("/<image_id>")
def view_image(image_id):
    """View or download an image"""
    values = request_hooks.load_query(VIEW_QUERY)
    image = image_service().view(g.caller.limited_to, image_id, values["rendition"])
    return image_answers.one(image, **values)


@blueprint.delete("/<image_id>")
def delete_image(image_id):
    """Delete an image, or move it to the trash"""
    values = request_hooks.load_query(DELETE_QUERY)
    remove = image_service().trash if values["trash"] else image_service().delete
    remove(g.caller.limited_to, image_id, if_match())
    return "", 204


def begin_upload(fields, key):
    """Begin a direct upload; answer with upload instructions, or with the image if it has bytes."""
    method = fields.pop("method")
    if fields["size"] > settings().max_image_size:
        raise upload_bodies.too_large(settings().max_image_size)
    direct = image_service().direct
    image = direct.begin(fields, key)
    body, headers = image_answers.one(image)
    if image.state == PENDING:
        body["upload"] = upload_offers.instructions(image, method, direct.offer(image, method))
    status = {PENDING: 202, REFUSED: 200}.get(image.state, 201)
    return body, status, headers | location(image)


def upload_fields():
    """Return the fields of the body. Raises Forbidden."""
    values = upload_bodies.read(settings().max_image_size)
    schema = DIRECT_UPLOAD if upload_bodies.is_direct(values) else UPLOAD
    fields = load(schema, values)
    fields["user_id"] = g.caller.acts_for(fields.get("user_id", g.caller.user_id))
    return fields


def load(schema, values):
    """Return the fields of an upload by a schema; with a token user_id may be absent."""
    return schema.load(values, partial=["user_id"] if g.caller.user_id else [])


def no_query():
    """Refuse parameters in the URL of a route that has none."""
    request_hooks.load_query(NO_QUERY)


def settings():
    """Return the app's settings."""
    return current_app.extensions["settings"]


def location(image):
    """Return the Location header of an image."""
    return {"Location": f"{own_root()}/images/{image.image_id}"}


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
