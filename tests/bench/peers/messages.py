"""Requests of the services that are compared: as bytes for the load generator, or sent at once."""

import http.client
import io
import json

from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from tests.bench import samples

SECONDS = 60


def request(method, path, headers=None, body=b""):
    """Return a whole HTTP request."""
    lines = {"Host": "127.0.0.1", **(headers or {}), "Content-Length": len(body)}
    head = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in lines.items())]
    return "\r\n".join([*head, "", ""]).encode() + body


def json_request(method, path, headers, value):
    """Return a whole HTTP request with a value as JSON."""
    typed = headers | {"Content-Type": "application/json"}
    return request(method, path, typed, json.dumps(value).encode())


def form_request(path, headers, fields, name):
    """Return an upload of the small picture as a form. name: the field of the file."""
    file = FileStorage(io.BytesIO(samples.picture(samples.SMALL)), samples.FIELDS["filename"])
    boundary, body = encode_multipart(fields | {name: file}, boundary="b" * 32)
    typed = headers | {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return request("POST", path, typed, body)


def send(port, content):
    """Send a request; return what the answer's JSON says. Raises ValueError unless it is 2xx."""
    head, _, body = content.partition(b"\r\n\r\n")
    line, *fields = head.decode().split("\r\n")
    method, path, _version = line.split(" ")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request(method, path, body, dict(field.split(": ", 1) for field in fields))
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    if answer.status // 100 != 2:
        raise ValueError(f"{line}: {answer.status} {text[:500]}")
    return json.loads(text or b"null")
