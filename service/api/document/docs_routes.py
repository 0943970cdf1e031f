"""The API document, and the page on which a person reads it and tries it out."""

import json
from importlib import resources

from flask import Blueprint, Response, abort, current_app, redirect, request

blueprint = Blueprint("docs", __name__)

# Package and content type of what the page is made of; Swagger UI comes with flask-swagger-ui.
ASSETS = {
    "docs.css": ("service.api.document.pages", "text/css"),
    "docs.js": ("service.api.document.pages", "text/javascript"),
    "favicon-32x32.png": ("flask_swagger_ui.dist", "image/png"),
    "swagger-ui.css": ("flask_swagger_ui.dist", "text/css"),
    "swagger-ui-bundle.js": ("flask_swagger_ui.dist", "text/javascript"),
}
ASSET_SECONDS = 3600
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@blueprint.get("/openapi.json")
def show_document():
    """Tell the API as OpenAPI 3.1"""
    extensions = current_app.extensions
    if "openapi" not in extensions:
        # Late: its imports and its making are no business of a cold start.
        from service.api.document import openapi

        text = json.dumps(openapi.build(current_app), ensure_ascii=False, separators=(",", ":"))
        extensions["openapi"] = text.encode()
    return conditional(extensions["openapi"], "application/json")


@blueprint.get("/docs")
def show_docs():
    """Show the API to a person"""
    # The page's links are relative, so that they hold behind any stage or prefix.
    if request.path.endswith("/"):
        return redirect("../docs")
    response = conditional(read("service.api.document.pages", "docs.html"), "text/html")
    response.headers["Content-Security-Policy"] = POLICY
    return response


@blueprint.get("/docs/<name>")
def show_asset(name):
    """Serve what the page is made of"""
    if name not in ASSETS:
        abort(404)
    package, content_type = ASSETS[name]
    response = conditional(read(package, name), content_type)
    response.cache_control.max_age = ASSET_SECONDS
    return response


def read(package, name):
    """Return the bytes of a package's file."""
    return resources.files(package).joinpath(name).read_bytes()


def conditional(content, content_type):
    """Return the answer with the content, or 304 to whoever has it already."""
    response = Response(content, mimetype=content_type)
    response.add_etag()
    return response.make_conditional(request)
