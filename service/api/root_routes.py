"""The root: where to go on from there."""

from flask import Blueprint, jsonify
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
    """Tell what this is and where to go on"""
    root = own_root()
    told = {"service": "image-service", "version": VERSION}
    told |= {name: root + path for name, path in LINKS.items()}
    if pages.is_preferred():
        texts = {name: escape(text) for name, text in told.items()}
        response = pages.new_page("Image service", CONTENT.format(**texts))
    else:
        response = jsonify(told)
    response.vary.add("Accept")
    return response
