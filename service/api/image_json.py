"""The JSON of images in answers."""

from urllib.parse import urlencode

from flask import request

from service.api.addresses import absolute, own_root
from service.api.problems import problem_body
from service.models.fields import SHOWN, names
from service.models.image import EMPTY, READY, utc_text

# The fields of an answer that are copied from the record, in the order of models/fields.py. Plain
# functions copy them: a schema would double the time that Flask takes for a page of 20 images.
FIELDS = names(field for field in SHOWN if field.name in EMPTY)
NOT_YET = dict.fromkeys(names(field for field in SHOWN if field.late))


def ready_json(image, url, expires_at, root):
    """Return the JSON of a ready image, with a presigned URL that works until expires_at."""
    values = vars(image)
    shown = {name: values[name] for name in FIELDS}
    shown["status"] = READY
    shown["url"] = absolute(url, root)
    shown["url_expires_at"] = utc_text(expires_at)
    return shown


def unready_json(image):
    """Return the JSON of a direct upload that has no bytes yet, or whose bytes were refused."""
    values = vars(image)
    shown = {name: values[name] for name in FIELDS}
    shown |= {"status": image.state} | NOT_YET
    if image.problem:
        shown["problem"] = problem_body.of_record(image.problem)
    return shown


def page_json(images, next_cursor):
    """Return (body, headers) of a page of images, which are JSON already."""
    body = {"images": images, "count": len(images), "next_cursor": next_cursor}
    if next_cursor is None:
        return body, {}
    others = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    query = urlencode([*others, ("cursor", next_cursor)])
    return body, {"Link": f'<{own_root()}{request.path}?{query}>; rel="next"'}
