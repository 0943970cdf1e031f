"""Images as callers see them."""

from urllib.parse import urlencode

from flask import request

from service.api.problems import problem_body
from service.models.fields import SHOWN, names
from service.models.image import EMPTY, READY, utc_text

# What the record has of an answer, in the contract's order. A plain function writes it: a schema
# would cost a page of twenty as much time as everything else in Flask together.
FIELDS = names(field for field in SHOWN if field.name in EMPTY)
NOT_YET = dict.fromkeys(names(field for field in SHOWN if field.late))


def own_root():
    """Return the URL of this very service's root, without a slash at its end."""
    return f"{request.scheme}://{request.host}{request.root_path}"


def show(image, url, expires_at, root):
    """Return a ready image as every route returns it, with a presigned URL that works till then."""
    values = vars(image)
    shown = {name: values[name] for name in FIELDS}
    shown["status"] = READY
    # The embedded store signs paths of this very service; S3's URLs are whole already.
    shown["url"] = root + url if url.startswith("/") else url
    shown["url_expires_at"] = utc_text(expires_at)
    return shown


def show_unready(image):
    """Return a direct upload's image that has no bytes yet, or whose bytes were refused."""
    values = vars(image)
    shown = {name: values[name] for name in FIELDS}
    shown |= {"status": image.state} | NOT_YET
    if image.problem:
        shown["problem"] = problem_body.of_record(image.problem)
    return shown


def show_page(images, next_cursor):
    """Return a page of shown images: (body, headers)."""
    body = {"images": images, "count": len(images), "next_cursor": next_cursor}
    if next_cursor is None:
        return body, {}
    given = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    query = urlencode([*given, ("cursor", next_cursor)])
    return body, {"Link": f'<{request.path}?{query}>; rel="next"'}
