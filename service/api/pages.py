"""Short HTML pages: what a browser shows in place of JSON."""

import base64
import hashlib

from flask import Response, request
from markupsafe import escape
from werkzeug.datastructures import MIMEAccept

from service.api.addresses import own_root

STYLE = (
    ":root{color-scheme:light dark}"
    "body{max-width:44rem;margin:3rem auto;padding:0 1rem;font:1rem/1.5 system-ui,sans-serif}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;padding:1rem;border:1px solid}"
)
STYLE_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{STYLE_DIGEST}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# A browser sends some 150 characters. 64 KB, which all headers may have, take 0.1 s to parse.
MOST_ACCEPT = 2000
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{content}
<p><a href="{root}/docs">The API</a></p>
</main>
</body>
</html>
"""


def accepted_types():
    """Return what the Accept header says; of a very long one, nothing."""
    if len(request.headers.get("Accept", "")) > MOST_ACCEPT:
        return MIMEAccept()
    return request.accept_mimetypes


def is_preferred():
    """Tell whether the client prefers HTML to JSON. A browser does; `*/*` is no preference."""
    accepted = accepted_types()
    others = ("application/json", "application/problem+json")
    return all(accepted["text/html"] > accepted[other] for other in others)


def new_page(title, content, status=200, headers=None):
    """Return the answer that is a page. title is text, content is HTML."""
    root = escape(own_root())
    text = PAGE.format(style=STYLE, title=escape(title), content=content, root=root)
    # A lone surrogate can only come from the caller's own text, echoed in a message.
    content = text.encode("utf-8", "replace")
    response = Response(content, status, headers, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = POLICY
    return response
