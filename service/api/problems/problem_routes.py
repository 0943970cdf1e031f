"""The page at the URL of each problem type: what happened, what to do, an example."""

import json
import re

from flask import Blueprint, Response, abort
from markupsafe import escape

from service.api import pages

blueprint = Blueprint("problems", __name__)

CONTENT = """<p><strong>What happened:</strong> {happened}</p>
<p><strong>What to do:</strong> {advice}</p>
<p><strong>For example:</strong></p>
<pre>{example}</pre>"""


@blueprint.get("/problems/<code>")
def show_problem(code):
    """Explain a problem"""
    # Imported here, because the page is rarely needed.
    from service.api.problems.problem_types import problem_types

    kind = problem_types().get(code)
    if kind is None:
        abort(404)
    problem_type = vars(kind)
    accepted = pages.accepted_types()
    if accepted.best_match(["text/html", "application/json"]) == "application/json":
        response = Response(json.dumps(problem_type), content_type="application/json")
    else:
        title = f"{kind.title} ({kind.status})"
        response = pages.new_page(title, content(problem_type))
    response.vary.add("Accept")
    return response


def content(problem_type):
    """Return the HTML that explains a problem type."""
    example = json.dumps(problem_type["example"], indent=2, ensure_ascii=False)
    texts = {name: marked(problem_type[name]) for name in ("happened", "advice")}
    return CONTENT.format(example=escape(example), **texts)


def marked(text):
    """Return text as HTML, with `<code>` for the parts between backticks."""
    return re.sub("`(.+?)`", r"<code>\1</code>", str(escape(text)))
