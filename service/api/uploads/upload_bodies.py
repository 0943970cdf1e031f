"""Upload bodies: multipart or JSON in, plain fields and an open file out."""

import contextlib

from flask import request
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from service.api.image_schemas import LISTS, UploadSchema
from service.api.schema_fields import MOST_ENTRIES
from service.api.uploads import base64_files, body_advice, json_texts
from service.api.uploads.upload_request import BOUNDARY, MOST_FORM_PARTS, MOST_FORM_TEXT
from service.common import deadlines
from service.common.errors import BadRequest, TooLarge, UnsupportedBody

ALLOWANCE = 128 * 1024
# Base64 makes 4 characters of 3 bytes; line breaks add up to 6 %.
BASE64_GROWTH = 4 / 3 * 1.06
READ_BYTES = 64 * 1024
TEXTS = set(UploadSchema().fields) - {"image_data"}


def read(max_image_size):
    """Return the body's fields by name; `image_data` is a file part or base64 text.

    Raises BadRequest, TooLarge or UnsupportedBody.
    """
    if request.mimetype == "multipart/form-data":
        bound_body(max_image_size + ALLOWANCE, max_image_size)
        values = read_multipart(max_image_size)
    elif request.mimetype == "application/json":
        bound_body(int(max_image_size * BASE64_GROWTH) + ALLOWANCE, max_image_size)
        values = read_json(max_image_size)
    else:
        raise UnsupportedBody(body_advice.unsupported(request.mimetype))
    # A slow sender's time is not the stores'.
    deadlines.start()
    return values


def bound_body(most, max_image_size):
    """Refuse a body by its declared length; Werkzeug stops one that declares none."""
    request.max_content_length = most
    if (request.content_length or 0) > most:
        raise too_large(max_image_size)


def too_large(max_image_size):
    """Return the error for an image or body over the limit."""
    return TooLarge(f"Send an image of at most {max_image_size} bytes.", limit=max_image_size)


@contextlib.contextmanager
def body_errors(max_image_size):
    """Tell the sender of a body that cannot be read what is wrong with it."""
    try:
        yield
    except RequestEntityTooLarge as error:
        raise TooLarge(
            f"Send an image of at most {max_image_size} bytes, in a form as a file part "
            f"(-F image_data=@photo.jpg), with at most {MOST_FORM_TEXT} bytes of text beside it in "
            f"at most {MOST_FORM_PARTS} parts with short headers."
        ) from error
    except (HTTPException, OSError):
        raise
    except Exception as error:
        # Servers have errors of their own for broken chunks, parsers for broken parts.
        raise BadRequest("The body is malformed or was cut off: send it again.") from error


def read_multipart(max_image_size):
    """Return the fields of a form and its file part."""
    boundary = request.mimetype_params.get("boundary", "")
    if not BOUNDARY.fullmatch(boundary):
        fault = "has an unusable boundary" if boundary else "lacks a boundary"
        raise BadRequest(f"The Content-Type {fault}: leave that header to {body_advice.AS_FORM}")
    with body_errors(max_image_size):
        form, files = request.form, request.files
    if None in form or None in files:
        raise BadRequest("A part of the form has no name.")
    if "image_data" in form and "image_data" not in files:
        raise ValidationError("Send a file part, with @: -F image_data=@photo.jpg", "image_data")
    values = {name: once(name, form.getlist(name)) for name in form}
    for name in files:
        if name in TEXTS:
            raise ValidationError(f"Send text, not a file: -F {name}=…, without @", name)
        if name != "image_data":
            raise ValidationError("Send the file as image_data: -F image_data=@photo.jpg", name)
        values[name] = once(name, [*form.getlist(name), *files.getlist(name)])
        values.setdefault("filename", values[name].filename or "")
    return values


def once(name, given):
    """Return a form field's value; only a list, such as tags, may be repeated."""
    if any(isinstance(value, str) and "\ufffd" in value for value in given):
        raise ValidationError("Send text in UTF-8.", name)
    if name in LISTS and len(given) > 1:
        return [tag for value in given for tag in value.split(",")]
    if len(given) > 1:
        raise ValidationError("Send this field once; an upload is one image.", name)
    return given[0]


def read_json(max_image_size):
    """Return the fields of a JSON object."""
    body = read_body(max_image_size)
    start = body[:2]
    try:
        text = body.decode("utf-8-sig")
        del body
        values = json_texts.parse(text)
    except RecursionError as error:
        raise BadRequest("The JSON is nested too deep.") from error
    except ValueError as error:
        raise BadRequest(body_advice.not_json(start, error)) from error
    if not isinstance(values, dict):
        raise BadRequest("Send a JSON object.")
    if len(values) > json_texts.MOST_NAMES:
        raise BadRequest(f"Send a JSON object of at most {json_texts.MOST_NAMES} names.")
    if not isinstance(values.get("image_data", ""), str):
        raise ValidationError("Send base64 text.", "image_data")
    for name, value in values.items():
        if isinstance(value, list) and len(value) > MOST_ENTRIES:
            raise ValidationError(f"Send a list of at most {MOST_ENTRIES} entries.", name)
    return values


def read_body(max_image_size):
    """Return the body's bytes, in pieces read: a server may hand out all it has at once."""
    with body_errors(max_image_size):
        return b"".join(iter(lambda: request.stream.read(READ_BYTES), b""))


@contextlib.contextmanager
def open_file(image_data, max_image_size):
    """Open a file part or base64 text as a binary file of at most the largest image's size."""
    is_text = isinstance(image_data, str)
    with base64_files.decoded(image_data) if is_text else image_data.stream as file:
        if file.seek(0, 2) > max_image_size:
            raise too_large(max_image_size)
        file.seek(0)
        yield file
