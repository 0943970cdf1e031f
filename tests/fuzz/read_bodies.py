"""Atheris finds upload bodies that the service answers with a fault (see deep_fuzz.py).

The first byte of an input chooses the content type, the others are the body.
"""

import os
import sys

import atheris

INSTRUMENTED = ["service", "werkzeug", "marshmallow", "json", "base64"]

with atheris.instrument_imports(include=INSTRUMENTED):
    from service.app import create_app

CONTENT_TYPES = ("application/json", "multipart/form-data; boundary=x", "multipart/form-data")
settings = {"DATA_DIR": os.environ["DATA_DIR"], "LOG_LEVEL": "ERROR", "MAX_IMAGE_SIZE": "100000"}
client = create_app(settings).test_client()


def post(data):
    """Upload a body; raise unless it is refused or stored."""
    content_type = CONTENT_TYPES[data[0] % len(CONTENT_TYPES)] if data else ""
    response = client.post("/images", data=data[1:], content_type=content_type)
    if response.status_code != 201 and not 400 <= response.status_code < 500:
        raise AssertionError(response.get_data(as_text=True))


if __name__ == "__main__":
    atheris.Setup(sys.argv, post)
    atheris.Fuzz()
