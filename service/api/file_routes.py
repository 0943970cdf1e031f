"""Routes for the embedded store's signed file URLs. Those of the AWS store lead to S3 itself."""

import contextlib
import functools
import hashlib
import os
import re
import shutil
import time

from flask import Blueprint, current_app, request
from werkzeug.exceptions import HTTPException, PreconditionFailed
from werkzeug.http import http_date
from werkzeug.wsgi import wrap_file

from service.api.uploads import upload_bodies
from service.common.errors import BadRequest, ImageNotFound, InvalidUrl, LengthRequired
from service.models.cache_headers import cache_control
from service.models.image import Image
from service.models.upload_headers import upload_headers

blueprint = Blueprint("files", __name__, url_prefix="/files")

# What may ask for another answer than the whole file.
CONDITIONS = {"HTTP_RANGE", "HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE"}
# One range (RFC 9110, section 14.1.2): from a byte, perhaps up to another, or the last bytes.
RANGE = re.compile(r"bytes *= *(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))", re.IGNORECASE)


@blueprint.get("/images/<image_id>/<name>")
def serve_file(image_id, name):
    """Serve an image's bytes at a signed URL"""
    objects = current_app.extensions["objects"]
    object_key = f"images/{image_id}/{name}"
    check_url(object_key)
    if request.method != "GET":
        # As S3: its presigned URLs are for one method.
        raise InvalidUrl("Send a GET request: this URL is signed for no other method.")
    file = objects.open(object_key)
    if file is None:
        raise ImageNotFound("The image was deleted.")
    try:
        response = file_response(file, name)
    except HTTPException:
        file.close()
        raise
    if "disposition" in request.args:
        response.headers["Content-Disposition"] = request.args["disposition"]
    return response


def check_url(object_key):
    """Check the signature of the request's URL. Raises InvalidUrl."""
    current_app.extensions["store"].file_urls.check(object_key, request.args)


def file_response(file, etag):
    """Return the answer with an open file, or with the requested range of it, as S3 would."""
    stat = os.fstat(file.fileno())
    response = whole_response(file, stat, etag)
    return response if CONDITIONS.isdisjoint(request.environ) else as_asked(response, file, stat)


def whole_response(file, stat, etag):
    """Return the answer with a whole file. Not Flask's send_file, which takes twice as long."""
    body = wrap_file(request.environ, file)
    kind = {"mimetype": request.args["type"], "direct_passthrough": True}
    # URLs of earlier versions do not have it.
    life = request.args.get("cache")
    headers = {
        "Last-Modified": date_text(int(stat.st_mtime)),
        "Cache-Control": cache_control(int(life)) if life else "no-cache, max-age=0",
        "Expires": date_text(int(time.time())),
        # The object of a key never changes, so its name is a strong ETag.
        "ETag": f'"{etag}"',
        "Content-Length": str(stat.st_size),
        "Accept-Ranges": "bytes",
    }
    return current_app.response_class(body, headers=headers, **kind)


# Cached, because all answers of a second have the same dates, and a file has one for ever.
@functools.lru_cache(maxsize=1024)
def date_text(second):
    """Return a time, in seconds since 1970, as HTTP's headers have it."""
    return http_date(second)


def as_asked(response, file, stat):
    """Return the answer with a whole file, made to suit the conditions and the range asked for."""
    options = {"accept_ranges": True, "complete_length": stat.st_size}
    # `If-Match: *` is true, since there is an object; Werkzeug compares the star with its name.
    left_out = {"HTTP_RANGE"} | ({"HTTP_IF_MATCH"} if request.if_match.star_tag else set())
    whole = {name: value for name, value in request.environ.items() if name not in left_out}
    wanted = wanted_range(stat.st_size)
    # Ignore a condition with an impossible date: Werkzeug raises OverflowError for it.
    with contextlib.suppress(OverflowError):
        # Werkzeug would answer a range before it looks at other conditions.
        response.make_conditional(whole, **options)
        if wanted and response.status_code == 200:
            response.make_conditional(whole | {"HTTP_RANGE": wanted}, **options)
    if response.status_code == 412:
        raise PreconditionFailed
    if response.status_code == 206:
        part = FilePart(file, response.content_range.start, response.content_length)
        response.response = wrap_file(request.environ, part)
    return response


def wanted_range(size):
    """Return the request's Range as Werkzeug reads it, or None if the answer is the whole object.

    Werkzeug answers 416 to a text that HTTP says to ignore, such as another unit, and to more last
    bytes than there are. A request for several ranges gets the whole object, as from S3.
    """
    match = RANGE.fullmatch(request.headers.get("Range", "").strip())
    if match is None:
        return None
    first, last, count = match.groups()
    if count:
        return f"bytes=-{min(int(count), size)}"
    return None if last and int(last) < int(first) else match[0]


class FilePart:
    """A part of an open file, as a file of its own: a server sends it as it sends a whole file."""

    def __init__(self, file, start, size):
        file.seek(start)
        self.file = file
        self.left = size
        self.fileno = file.fileno
        self.tell = file.tell
        self.close = file.close

    def read(self, size):
        """Return the next bytes, at most `size` of them; b"" at the end."""
        content = self.file.read(min(size, self.left))
        self.left -= len(content)
        return content


@blueprint.route("/incoming/<image_id>/<name>", methods=["PUT", "POST"])
def receive_file(image_id, name):
    """Store the bytes of a direct upload, sent to its signed URL"""
    objects = current_app.extensions["objects"]
    object_key = f"incoming/{image_id}/{name}"
    check_url(object_key)
    if request.args["method"] != request.method:
        raise InvalidUrl(f"Send a {request.args['method']} request to this URL.")
    current_app.extensions["image_service"].direct.require_place(image_id)
    objects.require_room()
    objects.store(object_key, sent_file(int(request.args["size"]), request.args.get("sha256")))
    return "", 200 if request.method == "PUT" else 204


def sent_file(size, sha256):
    """Return the file of the request, once it is checked.

    Raises InvalidUrl, LengthRequired or BadRequest.
    """
    expected = upload_headers(Image(content_type=request.args["type"], sha256=sha256))
    with upload_bodies.body_errors(size, upload_bodies.AS_DECLARED):
        values, file = put_file(size) if request.method == "PUT" else posted_file(size)
    if any(values.get(name) != text for name, text in expected.items()):
        wanted = ", ".join(f"{name}: {text}" for name, text in expected.items())
        raise InvalidUrl(f"Send exactly what the answer to the upload names: {wanted}.")
    if file is None or file.seek(0, 2) != size:
        raise InvalidUrl(f"Send a file of exactly {size} bytes.")
    file.seek(0)
    if sha256 and hashlib.file_digest(file, "sha256").hexdigest() != sha256:
        raise BadRequest("The bytes do not have the declared SHA-256: send them again.")
    return file


def put_file(size):
    """Return (headers, file) of a PUT; file is None if the body has a wrong length.

    Raises LengthRequired, as S3 does, for a body in chunks.
    """
    if request.content_length is None:
        raise LengthRequired(
            f"Send Content-Length: {size} and the file in one piece, not in chunks "
            "(Transfer-Encoding)."
        )
    if request.content_length != size:
        return request.headers, None
    file = request.new_file()
    shutil.copyfileobj(request.stream, file, upload_bodies.READ_BYTES)
    return request.headers, file


def posted_file(size):
    """Return (fields, file) of a POST form; file is None if no part is named `file`."""
    most = size + upload_bodies.ALLOWANCE
    upload_bodies.bound_body(most, size, upload_bodies.AS_DECLARED)
    fields, file = request.form, request.files.get("file")
    return fields, file and file.stream
