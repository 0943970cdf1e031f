"""The embedded store's signed file URLs; S3 itself serves those of the AWS store."""

import os

from flask import Blueprint, current_app, request, send_file
from werkzeug.exceptions import HTTPException, PreconditionFailed

from service.common.errors import ImageNotFound

blueprint = Blueprint("files", __name__, url_prefix="/files")


@blueprint.get("/images/<image_id>/<name>")
def serve_file(image_id, name):
    """Serve an image's bytes to whoever holds a signed URL"""
    objects = current_app.extensions["objects"]
    object_key = f"images/{image_id}/{name}"
    objects.check(object_key, request.args)
    file = objects.open(object_key)
    if file is None:
        raise ImageNotFound("The image was deleted.")
    try:
        response = answer_file(file, name)
    except HTTPException:
        file.close()
        raise
    if "disposition" in request.args:
        response.headers["Content-Disposition"] = request.args["disposition"]
    return response


def answer_file(file, etag):
    """Return the answer with an open file, or the part of it that is asked for, as S3 would."""
    stat = os.fstat(file.fileno())
    # A key is written once, so its name is the strongest validator there is.
    response = send_file(
        file, request.args["type"], etag=etag, last_modified=stat.st_mtime, max_age=0
    )
    response.content_length = stat.st_size
    # Several ranges at once: S3 sends the whole object.
    single = "," not in request.headers.get("Range", "")
    response.make_conditional(request, accept_ranges=single, complete_length=stat.st_size)
    if response.status_code == 412:
        raise PreconditionFailed
    return response
