"""JSON bodies: large ones wait for their turn, because reading one takes several times its size."""

import contextlib
import threading

from flask import current_app, request
from marshmallow import ValidationError

from service.api.schema_fields import MOST_ENTRIES
from service.api.uploads import body_advice, json_texts
from service.api.uploads.base64_files import DecodedText
from service.common import deadlines
from service.common.errors import BadRequest
from service.models.image import SPOOL_BYTES


class Turns:
    """Lets a few requests at once do what takes much memory; the others wait."""

    def __init__(self, most=2, seconds=25):
        self.seconds = seconds
        self.free = threading.BoundedSemaphore(most)

    def one(self):
        """Return a turn, to be held while a block runs. Raises ServiceBusy."""
        busy = "Other large uploads are being read. Try again in a few seconds."
        return deadlines.holding(self.free, self.seconds, busy)


def read_fields(file):
    """Return the fields of a JSON object in a file, with `image_data` decoded to another file.

    Raises BadRequest, ValidationError or ServiceBusy.
    """
    is_large = file.seek(0, 2) > SPOOL_BYTES
    with current_app.extensions["large_bodies"].one() if is_large else contextlib.nullcontext():
        file.seek(0)
        values = parse(file.read())
        require_object(values)
        check(values)
        if "image_data" in values:
            values["image_data"] = DecodedText(values["image_data"], request.new_file())
        return values


def parse(body):
    """Return the value of an upload's JSON in UTF-8. Raises BadRequest."""
    return parsed(body, json_texts.parse, body_advice.json_remedy)


def parse_small(body):
    """Return the value of the JSON of a short body that is no upload. Raises BadRequest."""
    return parsed(body, json_texts.PARSER.decode, body_advice.small_json_remedy)


def parsed(body, parse_text, remedy):
    """Return the value of JSON in UTF-8. Raises BadRequest.

    parse_text: a function of the text; remedy: one that says what to do about an error.
    """
    start = body[:2]
    try:
        text = body.decode("utf-8-sig")
        del body
        return parse_text(text)
    except RecursionError as error:
        raise BadRequest("The JSON has too many levels of nesting.") from error
    except ValueError as error:
        raise BadRequest(body_advice.not_json(start, error, remedy)) from error


def require_object(values):
    """Refuse what is no object of a few fields. Raises BadRequest."""
    if not isinstance(values, dict):
        raise BadRequest("Send a JSON object.")
    if len(values) > json_texts.MOST_NAMES:
        raise BadRequest(f"Send a JSON object of at most {json_texts.MOST_NAMES} names.")


def check(values):
    """Refuse an image that is no text, and long lists. Raises ValidationError."""
    if not isinstance(values.get("image_data", ""), str):
        raise ValidationError("Send base64 text.", "image_data")
    for name, value in values.items():
        if isinstance(value, list) and len(value) > MOST_ENTRIES:
            raise ValidationError(f"Send a list of at most {MOST_ENTRIES} entries.", name)
