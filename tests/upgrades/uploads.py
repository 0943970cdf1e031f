"""Uploads as plain values. A fixture stores them, and tests send them to a later version."""

import base64
import io

import requests

# URLs of the service itself begin with this address; URLs of a bucket do not.
OWN_ROOT = "http://localhost/"


def form(user_id, filename, data, key=None, **fields):
    """Return the request of an upload as a form. key: its Idempotency-Key."""
    fields = {"user_id": user_id, "filename": filename} | fields
    return {"way": "form", "key": key, "fields": fields, "bytes": base64.b64encode(data).decode()}


def as_json(user_id, filename, data, key=None, **fields):
    """Return the request of an upload as JSON, its bytes in base64."""
    return form(user_id, filename, data, key, **fields) | {"way": "json"}


def direct(user_id, filename, data, key=None, **fields):
    """Return the request of a direct upload of a PNG: its bytes are sent later."""
    fields = {"content_type": "image/png", "size": len(data)} | fields
    return form(user_id, filename, data, key, **fields) | {"way": "direct"}


def ask(client, request, **changes):
    """Send a request with some fields changed; return the response."""
    fields = request["fields"] | changes
    headers = {"Idempotency-Key": request["key"]} if request["key"] else None
    if request["way"] == "form":
        fields["image_data"] = (io.BytesIO(bytes_of(request)), fields.pop("filename"))
        return client.post("/images", data=fields, headers=headers)
    if request["way"] == "json":
        fields["image_data"] = request["bytes"]
    return client.post("/images", json=fields, headers=headers)


def bytes_of(request):
    """Return the bytes of a request's image."""
    return base64.b64decode(request["bytes"])


def send(client, upload, data):
    """Send a direct upload's bytes as its answer says; return the status."""
    if upload["url"].startswith(OWN_ROOT):
        return client.put(upload["url"], data=data, headers=upload["headers"]).status_code
    return requests.put(upload["url"], data, headers=upload["headers"], timeout=10).status_code


def fetch(client, url):
    """Return the bytes that an image's URL serves."""
    if url.startswith(OWN_ROOT):
        return client.get(url, buffered=True).data
    return requests.get(url, timeout=10).content


def keyed(uploads):
    """Return the uploads that have an Idempotency-Key."""
    found = [upload for upload in uploads if upload["request"]["key"]]
    assert found
    return found


def as_recorded(image, upload):
    """Return the recorded fields of an image; a later version may answer more of them."""
    return {name: image.get(name, "missing") for name in upload["image"]}
