"""The JSON of images in answers."""

from urllib.parse import urlencode

from flask import request

from service.api.addresses import absolute, own_root
from service.api.problems import problem_body
from service.models.fields import PRIVATE, SHOWN, names
from service.models.image import EMPTY, utc_text
from service.models.renditions import CONTENT_TYPE

# The fields of an answer that are copied from the record, in the order of models/fields.py. Plain
# functions copy them: a schema would double the time that Flask takes for a page of 20 images.
FIELDS = names(field for field in SHOWN if field.name in EMPTY)
NOT_YET = dict.fromkeys(names(field for field in SHOWN if field.late))


def ready_json(image, root, sign, rendition=None):
    """Return the JSON of a stored image, with presigned URLs below the service's root.

    sign(image, rendition) returns (URL, end) of an image's rendition, or of its original for None.
    `url` is that of `rendition`.
    """
    values = vars(image)
    shown = {name: values[name] for name in FIELDS}
    shown["updated_at"] = image.updated_at or image.created_at
    url, expires_at = sign(image, rendition, is_url=True)
    shown["status"] = image.state
    shown["url"] = absolute(url, root)
    shown["url_expires_at"] = utc_text(expires_at)
    shown["renditions"] = renditions_json(image, root, sign)
    shown["privacy"] = privacy_json(values["privacy"])
    return shown


def renditions_json(image, root, sign):
    """Return the JSON of the renditions that are there, by name."""
    shown = {}
    for name in image.renditions or ():
        described = image.rendition(name)
        if described:
            url, _end = sign(image, name)
            shown[name] = {
                "url": absolute(url, root),
                "width": described["width"],
                "height": described["height"],
                "content_type": CONTENT_TYPE,
                "size": described["size"],
            }
    return shown


def privacy_json(found):
    """Return which kinds of private metadata were found, or None if nobody looked for them."""
    return None if found is None else {kind: kind in found for kind in PRIVATE}


def unready_json(image):
    """Return the JSON of a direct upload that has no bytes yet, or whose bytes were refused."""
    values = vars(image)
    shown = {name: values[name] for name in FIELDS}
    shown["updated_at"] = image.updated_at or image.created_at
    shown |= {"status": image.state, "renditions": {}} | NOT_YET
    if image.problem:
        shown["problem"] = problem_body.of_record(image.problem)
    return shown


def page_json(images, next_cursor):
    """Return (body, headers) of a page of images, which are JSON already."""
    body = {"images": images, "count": len(images), "next_cursor": next_cursor}
    return body, next_link(next_cursor)


def next_link(next_cursor):
    """Return the header Link of a page; none on the last page."""
    if next_cursor is None:
        return {}
    others = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    query = urlencode([*others, ("cursor", next_cursor)])
    return {"Link": f'<{own_root()}{request.path}?{query}>; rel="next"'}
