"""Read the body of an upload, multipart or JSON, into fields and an open file."""

import contextlib
import shutil

from flask import request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from service.api.images.image_schemas import LISTS, DirectUploadSchema, UploadSchema
from service.api.sent_names import own_name
from service.api.uploads import body_advice, form_fields, json_bodies
from service.api.uploads.upload_request import BOUNDARY, MOST_FORM_PARTS, MOST_FORM_TEXT
from service.business.inspection import image_inspector
from service.common import deadlines
from service.common.errors import BadRequest, ServiceError, TooLarge, UnsupportedBody, set_by

# Bytes that a body may have in addition to the image.
ALLOWANCE = 128 * 1024
# Base64 turns 3 bytes into 4 characters; line breaks add up to 6 %.
BASE64_GROWTH = 4 / 3 * 1.06
READ_BYTES = 64 * 1024
# The fields that may be empty. An image without bytes is a fault of its own.
MAY_BE_EMPTY = (UploadSchema().fields.keys() | DirectUploadSchema().fields) - {"image_data"}
# Where the limit of an image's size comes from.
BY_SETTING = set_by("MAX_IMAGE_SIZE")
AS_DECLARED = "That is the size that the upload declared."


def read(max_image_size):
    """Return the fields of a form or of JSON, without empty ones; `image_data` is a file.

    Raises BadRequest or TooLarge.
    """
    require_plain()
    if request.mimetype == "multipart/form-data":
        bound_body(max_image_size + ALLOWANCE, max_image_size)
        values = read_multipart(max_image_size)
    else:
        bound_body(int(max_image_size * BASE64_GROWTH) + ALLOWANCE, max_image_size)
        values = renamed(read_json(max_image_size))
    # A slow sender must not reduce the time that the stores have.
    deadlines.start()
    return {
        name: value
        for name, value in values.items()
        if name not in MAY_BE_EMPTY or value not in ("", None)
    }


def require_plain():
    """Refuse a compressed body. Raises UnsupportedBody."""
    coding = request.headers.get("Content-Encoding", "").strip().lower()
    if coding not in ("", "identity"):
        raise UnsupportedBody(body_advice.compressed(coding))


def renamed(values):
    """Return the fields of a JSON object; `tags[]` is `tags` as in a form, but only one of both."""
    names = [own_name(name, LISTS) for name in values]
    return {
        own if names.count(own) == 1 else name: value
        for own, (name, value) in zip(names, values.items(), strict=True)
    }


def bound_body(most, most_image, source=BY_SETTING):
    """Refuse a body by its declared length; without one Werkzeug stops at max_content_length."""
    request.max_content_length = most
    if (request.content_length or 0) > most:
        raise too_large(most_image, source)


def too_large(most_image, source=BY_SETTING):
    """Return the error for an image or body over the limit. source says who set the limit."""
    return TooLarge(f"Send an image of at most {most_image} bytes. {source}", limit=most_image)


@contextlib.contextmanager
def body_errors(most_image, source=BY_SETTING):
    """Turn the error of an unreadable body into one that says what to send instead."""
    try:
        with malformed_errors():
            yield
    except RequestEntityTooLarge as error:
        raise TooLarge(
            f"Send an image of at most {most_image} bytes, in a form as a file part "
            f"(-F image_data=@photo.jpg), and at most {MOST_FORM_TEXT} bytes of text in at most "
            f"{MOST_FORM_PARTS} parts with short headers. {source}"
        ) from error


@contextlib.contextmanager
def malformed_errors():
    """Turn the error of a body that is malformed or cut off into one that says so."""
    try:
        yield
    except (HTTPException, OSError, ServiceError):
        raise
    except UnicodeDecodeError as error:
        raise BadRequest(
            "The headers of a part are not in UTF-8: send the names of fields and files in UTF-8."
        ) from error
    except Exception as error:
        # Any error, because each server and parser raises its own for broken chunks and parts.
        raise BadRequest("The body is malformed or was cut off: send it again.") from error


def read_multipart(max_image_size):
    """Return the fields of a form and its file part."""
    boundary = request.mimetype_params.get("boundary", "")
    if not BOUNDARY.fullmatch(boundary):
        raise BadRequest(body_advice.wrong_boundary(boundary))
    with body_errors(max_image_size):
        form, files = request.form, request.files
    if None in form or None in files:
        raise BadRequest("A part of the form has no name.")
    return form_fields.fields_of(form, files)


def read_json(max_image_size):
    """Return the fields of a JSON object."""
    with request.new_file() as file:
        with body_errors(max_image_size):
            # In pieces, because a server may return all its data at once.
            shutil.copyfileobj(request.stream, file, READ_BYTES)
        return json_bodies.read_fields(file)


@contextlib.contextmanager
def open_file(image_data, max_image_size):
    """Open a file part or decoded text as a binary file. Raises TooLarge."""
    with image_data.stream as file:
        if file.seek(0, 2) > max_image_size:
            raise too_large(max_image_size)
        file.seek(0)
        yield file


def is_direct(values):
    """Tell whether the fields of a JSON body describe bytes instead of containing them."""
    described = {"size", "content_type"} & values.keys()
    return bool(described) and request.mimetype == "application/json" and "image_data" not in values


def check_inline(file, fields, most):
    """Refuse a file that is too large to arrive in a request body here.

    The error contains the direct upload to request instead. Raises TooLarge or UnsupportedImage.
    """
    size = file.seek(0, 2)
    file.seek(0)
    if size > most:
        content_type, _ = image_inspector.recognise(file.read(image_inspector.HEAD))
        raise TooLarge(
            f"A request body may contain an image of at most {most} bytes here. POST direct_upload "
            "to /images as JSON, then send the bytes as the answer says. "
            + set_by("MAX_INLINE_SIZE"),
            direct_upload=fields | {"size": size, "content_type": content_type},
        )
