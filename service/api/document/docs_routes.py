"""Routes of the API document, and of the page where people read it and try the API."""

import functools
import json
from importlib import resources

from flask import Blueprint, Response, abort, current_app, redirect, request

from service.api.addresses import own_root

blueprint = Blueprint("docs", __name__)

# The files of the page: package and content type. flask-swagger-ui contains Swagger UI.
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
    """Show the API as OpenAPI 3.1"""
    extensions = current_app.extensions
    if "openapi" not in extensions:
        # Imported here, because importing and building it would make each cold start slower.
        from service.api.document import openapi

        text = json.dumps(openapi.build(current_app), ensure_ascii=False, separators=(",", ":"))
        extensions["openapi"] = text.encode()
    return conditional(extensions["openapi"], "application/json")


@blueprint.get("/docs")
def show_docs():
    """Show the API on a page for people"""
    # The page's links are relative, so that they work behind a stage or a path prefix.
    if request.path.endswith("/"):
        return redirect(f"{own_root()}/docs")
    content = asset("service.api.document.pages", "docs.html")
    response = conditional(content, "text/html")
    response.headers["Content-Security-Policy"] = POLICY
    return response


@blueprint.get("/docs/<name>")
def show_asset(name):
    """Serve a file of the page"""
    if name not in ASSETS:
        abort(404)
    package, content_type = ASSETS[name]
    response = conditional(asset(package, name), content_type)
    response.cache_control.max_age = ASSET_SECONDS
    return response


@functools.cache
def asset(package, name):
    """Return the bytes of a file in a package, cached: all answers share them."""
    return resources.files(package).joinpath(name).read_bytes()


def conditional(content, content_type):
    """Return the answer with the content, or 304 if the client has it already (ETag)."""
    response = Response(content, mimetype=content_type)
    response.add_etag()
    return response.make_conditional(request)
