"""The root: the gallery for people, and for programs where to go on from there."""

from flask import Blueprint, Response, current_app, jsonify, request
from markupsafe import escape

from service.api import pages
from service.api.addresses import own_root
from service.common.version import VERSION

blueprint = Blueprint("root", __name__)

LINKS = {"docs": "/docs", "openapi": "/openapi.json", "health": "/health", "images": "/images"}
CONTENT = """<p>Version {version}. Programs upload, list, view and delete images here.</p>
<ul>
<li><a href="{docs}">Read the API and try it out</a></li>
<li><a href="{openapi}">The same for programs (OpenAPI)</a></li>
<li><a href="{health}">Health</a></li>
</ul>"""


@blueprint.get("/")
def show_root():
    """Show the gallery to people; tell programs what this is and where to go on"""
    gallery = current_app.extensions["gallery"]
    if not pages.is_preferred():
        response = jsonify(links())
    elif gallery:
        response = gallery_page(gallery)
    else:
        texts = {name: escape(text) for name, text in links().items()}
        response = pages.new_page("Image service", CONTENT.format(**texts))
    response.vary.add("Accept")
    return response


def links():
    """Return the name of the service and its addresses."""
    root = own_root()
    told = {"service": "image-service", "version": VERSION}
    return told | {name: root + path for name, path in LINKS.items()}


def gallery_page(gallery):
    """Return the answer that is the gallery's page, or 304 if the browser has it (ETag)."""
    page = gallery.page(request.root_path, is_plain=not request.query_string)
    response = Response(page, content_type="text/html; charset=utf-8")
    # On a 304 too: a browser takes its headers for those of the page that it has.
    response.headers["Content-Security-Policy"] = gallery.policy
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    return response.make_conditional(request)
