"""The route of the gallery's files. Its page is at the root (service/api/root_routes.py)."""

from flask import Blueprint, Response, abort, current_app, request

blueprint = Blueprint("gallery", __name__)

# The address changes with the content.
FOREVER = "public, max-age=31536000, immutable"


@blueprint.get("/gallery/<digest>/<path:name>")
def serve_file(digest, name):
    """Serve a file of the gallery's page."""
    file = current_app.extensions["gallery"].file(digest, name)
    if file is None:
        abort(404)
    content, content_type = file
    response = Response(content, mimetype=content_type)
    response.headers["Cache-Control"] = FOREVER
    response.add_etag()
    return response.make_conditional(request)
