"""Clients of a recorded service: each request and each answer is a mark in the recording."""

import functools
import hashlib
import http.client
import io
import itertools
import json
import random
import subprocess
import sys
import time
from urllib.parse import urlencode

from PIL import Image

from tests.power.recording import ROOT

TIMEOUT_SECONDS = 60
BOUNDARY = "power"
DISPOSITION = "Content-Disposition: form-data"


def noise(width, height, kind):
    """Return the bytes of a picture that cannot be made much smaller."""
    content = random.Random(width).randbytes(width * height * 3)
    file = io.BytesIO()
    Image.frombytes("RGB", (width, height), content).save(file, kind)
    return file.getvalue()


@functools.cache
def pictures():
    """Return the bytes of the pictures that are uploaded: of a few sectors, and of many."""
    return [
        noise(24, 20, "PNG"),
        noise(60, 40, "PNG"),
        noise(330, 90, "JPEG"),
        noise(90, 60, "BMP"),
    ]


CONTENT_TYPES = {b"\x89P": "image/png", b"\xff\xd8": "image/jpeg", b"BM": "image/bmp"}


def digest(content):
    return hashlib.sha256(content).hexdigest()


class Client:
    """One user's client. numbers: gives each request of a run its number."""

    def __init__(self, recorder, port, user, numbers=None):
        self.recorder = recorder
        self.user = user
        self.numbers = numbers or itertools.count()
        self.random = random.Random(user)
        self.pictures = itertools.cycle(pictures())
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
        self.keys = itertools.count()
        self.images = []
        self.trash = []

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.connection.close()

    def ask(self, expected, what, method, path, body=None, headers=None, **facts):
        """Send a request and mark it; return the JSON of its answer."""
        number = next(self.numbers)
        self.recorder.mark(number=number, what=what, user=self.user, **facts)
        self.connection.request(method, path, body, headers or {})
        response = self.connection.getresponse()
        content = response.read()
        is_json = "json" in (response.getheader("Content-Type") or "")
        answer = json.loads(content) if is_json else None
        assert response.status == expected, (what, response.status, content[:500])
        self.recorder.mark(number=number, status=response.status, answer=answer)
        return answer

    def send_json(self, expected, what, method, path, sent, **facts):
        headers = {"Content-Type": "application/json"}
        return self.ask(expected, what, method, path, json.dumps(sent).encode(), headers, **facts)

    def upload(self, key=None, picture=None):
        """Upload a picture as a form."""
        picture = picture or next(self.pictures)
        fields = {"user_id": self.user, "tags": self.random.choice("ab"), "description": "new"}
        if key:
            fields["tags"] = "a"
        body = b"".join(
            f'--{BOUNDARY}\r\n{DISPOSITION}; name="{name}"\r\n\r\n{text}\r\n'.encode()
            for name, text in fields.items()
        )
        head = f'{DISPOSITION}; name="image_data"; filename="a.png"'
        body += f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + picture
        body += f"\r\n--{BOUNDARY}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        headers |= {"Idempotency-Key": key} if key else {}
        answer = self.ask(201, "upload", "POST", "/images", body, headers, sha256=digest(picture))
        if answer["image_id"] not in self.images:
            self.images.append(answer["image_id"])
        return answer["image_id"]

    def upload_twice(self):
        """Upload a picture with a key, and repeat the request."""
        key, picture = f"key-{next(self.keys)}", next(self.pictures)
        assert self.upload(key, picture) == self.upload(key, picture)

    def upload_directly(self):
        """Begin a direct upload, send its bytes, and complete it by looking at it."""
        picture = next(self.pictures)
        begun = {"user_id": self.user, "filename": "a.png", "tags": ["a"], "size": len(picture)}
        begun["content_type"] = CONTENT_TYPES[picture[:2]]
        sha256 = digest(picture)
        answer = self.send_json(202, "begin", "POST", "/images", begun, sha256=sha256)
        image_id, upload = answer["image_id"], answer["upload"]
        path = "/files/" + upload["url"].partition("/files/")[2]
        facts = {"image_id": image_id}
        self.ask(200, "put", upload["method"], path, picture, upload["headers"], **facts)
        self.look(image_id)
        self.images.append(image_id)

    def look(self, image_id=None, rendition=""):
        """View an image, or a rendition of it, which is made if it is not there."""
        image_id = image_id or self.random.choice(self.images)
        path = f"/images/{image_id}?{urlencode({'rendition': rendition})}"
        self.ask(200, "view", "GET", path, image_id=image_id)

    def look_at_large(self):
        self.look(rendition="large")

    def look_at_thumb(self):
        self.look(rendition="thumb")

    def change(self):
        """Change the texts of an image."""
        image_id = self.random.choice(self.images)
        changes = {"add_tags": ["c"], "description": f"changed {next(self.keys)}"}
        path, facts = f"/images/{image_id}", {"image_id": image_id, "changes": changes}
        self.send_json(200, "update", "PATCH", path, changes, **facts)

    def move_to_trash(self):
        image_id = self.images.pop(0)
        self.ask(204, "trash", "DELETE", f"/images/{image_id}?trash=true", image_id=image_id)
        self.trash.append(image_id)

    def trash_briefly(self):
        """Move an image to a trash that keeps nothing: the next sweep deletes it."""
        image_id = self.images.pop(0)
        path, facts = f"/images/{image_id}?trash=true", {"image_id": image_id, "brief": True}
        self.ask(204, "trash", "DELETE", path, **facts)

    def batch_trash(self):
        image_ids = [self.images.pop(), self.images.pop()]
        self.batch("trash", image_ids, brief=True)

    def restore(self):
        image_id = self.trash.pop()
        self.ask(200, "restore", "POST", f"/images/{image_id}/restore", image_id=image_id)
        self.images.append(image_id)

    def delete(self):
        """Delete an image of those that are not in the trash."""
        image_id = self.images.pop(self.random.randrange(len(self.images)))
        self.ask(204, "delete", "DELETE", f"/images/{image_id}", image_id=image_id)

    def delete_trashed(self):
        image_id = self.trash.pop()
        self.ask(204, "delete", "DELETE", f"/images/{image_id}", image_id=image_id)

    def batch(self, action="update", image_ids=None, **facts):
        """Do something with two images at once."""
        image_ids = image_ids or self.images[:2]
        changes = {"description": f"batch {next(self.keys)}"} if action == "update" else None
        sent = {"image_ids": image_ids, "action": action} | (
            {"changes": changes} if changes else {}
        )
        facts |= {"image_ids": image_ids, "action": action, "changes": changes}
        self.send_json(200, "batch", "POST", "/images/batch", sent, **facts)

    def batch_delete(self):
        image_ids = [self.images.pop(), self.images.pop()]
        self.batch("delete", image_ids)

    def run(self, command, *arguments, **settings):
        """Run an operator's command beside the service, recorded too, and mark it."""
        number = next(self.numbers)
        self.recorder.mark(number=number, what=command, user=self.user)
        done = subprocess.run(
            [sys.executable, ROOT / "main.py", command, *arguments],
            env=self.recorder.environ(**settings),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        self.recorder.mark(number=number, status=0, answer=json.loads(done.stdout))

    def sweep(self):
        """Sweep what is due, after the moment that records need to be due."""
        time.sleep(0.01)
        self.run("sweep", GRACE_SECONDS="0")

    def export(self, *options):
        self.run("export", str(self.recorder.folder / "backup" / "bag"), *options)

    def export_again(self):
        self.export("--update")
