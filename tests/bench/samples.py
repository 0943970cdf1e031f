"""What the benchmarks send and store: pictures, records and requests."""

import base64
import io
import json
import random
from datetime import datetime, timedelta
from functools import cache
from urllib.parse import urlsplit

from PIL import Image as Picture
from werkzeug.datastructures import FileStorage
from werkzeug.test import EnvironBuilder, encode_multipart

from service.business.inspection.image_inspector import ImageInspector
from service.models.image import READY, new_image, utc_text
from service.models.renditions import THUMB

TAGS = ["beach", "sea", "sunset"]
FIELDS = {
    "user_id": "user-123",
    "filename": "holiday.jpg",
    "description": "A longer description of the picture, with a few words in it.",
    "tags": ",".join(TAGS),
}
# Width and height of JPEGs of noise: less than 1 KB, about 200 KB, just under 10 MB.
TINY = (16, 12)
SMALL = (608, 456)
LARGE = (4400, 3150)


@cache
def picture(size):
    """Return the bytes of a JPEG of noise; the same in every run."""
    width, height = size
    noise = random.Random(1).randbytes(width * height * 3)
    file = io.BytesIO()
    Picture.frombytes("RGB", size, noise).save(file, "JPEG", quality=84)
    return file.getvalue()


@cache
def thumb(size):
    """Return the bytes of the thumb of a JPEG of noise."""
    _fields, rendition = ImageInspector(size[0] * size[1]).inspect(io.BytesIO(picture(size)))
    return rendition.content


def record(number=0, tags=TAGS):
    """Return a record as an upload leaves it; the higher its number, the newer it is."""
    image = new_image(
        # The first eight digits decide the shard.
        f"{number:08x}{'5' * 24}",
        user_id=FIELDS["user_id"],
        filename=f"holiday-{number}.jpg",
        description=FIELDS["description"],
        tags=list(tags),
        content_type="image/jpeg",
        size=204800,
        width=1600,
        height=1200,
        sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        request_digest="5f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        keyed=False,
        attempts=1,
    )
    image.state = READY
    # As of a photograph from which nothing private was taken.
    image.renditions = {THUMB: {"width": 320, "height": 240, "size": 16_000}}
    image.color, image.thumbhash, image.privacy = "#8aa2b5", "1QcSHQRnh493V4dIh4eXh1h4kJUI", []
    image.created_at = utc_text(datetime(2026, 2, 13) + timedelta(seconds=number))
    return image


class Sent:
    """One HTTP request, for a WSGI app or for a socket."""

    def __init__(self, method, path, body=b"", content_type=None):
        self.body = body
        self.method = method
        builder = EnvironBuilder(
            path, method=method, input_stream=io.BytesIO(body), content_type=content_type
        )
        self.environ = builder.get_environ() | {"CONTENT_LENGTH": str(len(body))}
        head = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
        head += [f"Content-Type: {content_type}"] if content_type else []
        self.bytes = "\r\n".join([*head, "", ""]).encode() + body

    def to(self, app):
        """Let a WSGI app answer; return the body. Raises RuntimeError for a refusal."""
        lines = []
        environ = self.environ | {"wsgi.input": io.BytesIO(self.body)}
        answer = app(environ, lambda line, headers, error=None: lines.append(line))
        content = b"".join(answer)
        answer.close()
        if lines[0][0] != "2":
            raise RuntimeError(f"{self.method} was answered {lines[0]}: {content[:500]}")
        return content


def view(image_id, rendition=None):
    """Return a request for an image, perhaps with a rendition."""
    return Sent("GET", f"/images/{image_id}{rendition and f'?rendition={rendition}' or ''}")


def load_from(url):
    """Return a request for the bytes at a presigned URL of the embedded store."""
    parts = urlsplit(url)
    return Sent("GET", f"{parts.path}?{parts.query}")


def page(query="user_id=user-123"):
    """Return a request for twenty images; by default of one user."""
    return Sent("GET", f"/images?{query}")


def delete(image_id):
    """Return a request to delete an image."""
    return Sent("DELETE", f"/images/{image_id}")


def change(image_id, changes):
    """Return a request to change an image."""
    body = json.dumps(changes).encode()
    return Sent("PATCH", f"/images/{image_id}", body, "application/merge-patch+json")


def tags(query="user_id=user-123"):
    """Return a request for fifty tags; by default of one user."""
    return Sent("GET", f"/tags?{query}")


class Batch(Sent):
    """A request that does something with many images."""

    def __init__(self, image_ids, action, **more):
        body = json.dumps({"image_ids": image_ids, "action": action} | more).encode()
        super().__init__("POST", "/images/batch", body, "application/json")

    def to(self, app):
        """Let a WSGI app answer; return the body. Raises RuntimeError if an image was refused."""
        content = super().to(app)
        if b'"problem"' in content:
            raise RuntimeError(f"An image of the batch was refused: {content[:500]}")
        return content


def upload_form(size):
    """Return an upload of a picture of noise as multipart/form-data."""
    return upload_of(picture(size))


def upload_of(content):
    """Return an upload as multipart/form-data."""
    file = FileStorage(io.BytesIO(content), FIELDS["filename"])
    boundary, body = encode_multipart(FIELDS | {"image_data": file}, boundary="b" * 32)
    return Sent("POST", "/images", body, f"multipart/form-data; boundary={boundary}")


def upload_json(size):
    """Return an upload as JSON with base64."""
    text = base64.b64encode(picture(size)).decode()
    body = json.dumps(FIELDS | {"image_data": text}).encode()
    return Sent("POST", "/images", body, "application/json")
