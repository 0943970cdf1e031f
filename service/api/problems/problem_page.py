"""A problem as a browser shows it, for example that of a URL which has expired."""

from markupsafe import escape

from service.api import pages
from service.api.addresses import own_root

CONTENT = """<p>{detail}</p>
{rows}<p><a href="{type}">What this means</a></p>
<p>Request {request_id}</p>"""


def new(body, headers):
    """Return the answer with the page of a problem's body."""
    rows = "".join(
        f"<li>{escape(row['field'])}: {escape(row['message'])}</li>"
        for row in body.get("errors", [])
    )
    content = CONTENT.format(
        detail=escape(body["detail"]),
        rows=rows and f"<ul>{rows}</ul>\n",
        type=escape(own_root() + body["type"]),
        request_id=escape(body.get("request_id", "")),
    )
    return pages.new_page(f"{body['title']} ({body['status']})", content, body["status"], headers)
