"""The page at the URL of each problem type: what happened, what to do, an example."""

import base64
import hashlib
import json
import re

from flask import Blueprint, Response, abort, request
from markupsafe import escape

from service.api.addresses import own_root

blueprint = Blueprint("problems", __name__)

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
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} ({status})</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title} ({status})</h1>
<p><strong>What happened:</strong> {happened}</p>
<p><strong>What to do:</strong> {advice}</p>
<p><strong>For example:</strong></p>
<pre>{example}</pre>
<p><a href="{root}/docs">The API</a></p>
</main>
</body>
</html>
"""


@blueprint.get("/problems/<code>")
def show_problem(code):
    """Explain a problem"""
    # Imported here, because the page is rarely needed.
    from service.api.problems.problem_types import problem_types

    kind = problem_types().get(code)
    if kind is None:
        abort(404)
    problem_type = vars(kind)
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        response = Response(json.dumps(problem_type), content_type="application/json")
    else:
        response = Response(page(problem_type), content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = POLICY
    response.vary.add("Accept")
    return response


def page(problem_type):
    """Return the HTML page that explains a problem type."""
    example = json.dumps(problem_type["example"], indent=2, ensure_ascii=False)
    texts = {name: marked(str(value)) for name, value in problem_type.items()}
    return PAGE.format(style=STYLE, root=escape(own_root()), **texts | {"example": escape(example)})


def marked(text):
    """Return text as HTML, with `<code>` for the parts between backticks."""
    return re.sub("`(.+?)`", r"<code>\1</code>", str(escape(text)))
