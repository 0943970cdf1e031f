"""Clients that upload, retry, change, delete and read, whatever the service answers."""

import contextlib
import http.client
import io
import json
import math
import random
import threading
import time
from hashlib import sha256
from urllib.parse import urlencode, urlsplit

from PIL import Image

from tests.chaos.changers import Changers
from tests.chaos.ledger import TAGS, USERS
from tests.support import promises

BOUNDARY = "chaos"
TIMEOUT_SECONDS = 30
# The statuses that a client may get; any other is a fault.
EXPECTED = {
    "upload": {None, 201, 409, 503},
    "delete": {None, 204, 404, 503},
    "view": {None, 200, 404, 503},
    "list": {None, 200, 503},
    "load": {None, 200, 404, 503},
    "render": {None, 200, 404, 503},
    "tags": {None, 200, 503},
    "change": {None, 200, 409, 503},
    "trash": {None, 204, 503},
    "restore": {None, 200, 503},
    "batch": {None, 200, 503},
    "visit": {None, 503, *range(200, 500)},
}


class Clients:
    """Threads that keep a service busy, and record every answer in a ledger.

    pause: seconds of a thread between two tasks. most_standing: with so many images there are only
    deletes, no uploads.
    """

    def __init__(self, port, ledger, *, pause=0, most_standing=math.inf):
        self.port = port
        self.ledger = ledger
        self.pause = pause
        self.most_standing = most_standing
        self.stopped = threading.Event()
        tasks = [self.upload_or_retry] * 7 + [self.delete_one] * 3
        tasks += [self.read_some] + [self.look_at_one] * 2
        changers = Changers(self)
        tasks += [changers.change_one] * 4 + [changers.change_many]
        self.threads = [threading.Thread(target=self.keep, args=[task]) for task in tasks]

    def start(self):
        """Start all threads."""
        for thread in self.threads:
            thread.start()

    def stop(self):
        """Stop all threads."""
        self.stopped.set()
        for thread in self.threads:
            thread.join()

    def keep(self, task):
        """Run a task repeatedly until the clients stop."""
        while not self.stopped.wait(self.pause):
            try:
                task()
            except Exception as error:
                self.ledger.faults.append(f"{task.__name__} broke: {error!r}")
                raise

    def upload_or_retry(self):
        """Send a new upload, or again one with a key that got no answer."""
        if len(self.ledger.standing) > self.most_standing:
            return self.delete_one()
        if random.random() < 0.4:
            with contextlib.suppress(IndexError):
                return self.upload(self.ledger.unsettled.popleft())
        upload = self.ledger.new_upload()
        if upload.key and random.random() < 0.2:
            # Another thread sends it at the same time.
            self.ledger.unsettled.append(upload)
        return self.upload(upload)

    def upload(self, upload):
        """Send an upload; with a key it is sent again later, unless it was acknowledged."""
        was_gone = upload.gone
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        if upload.key:
            headers["Idempotency-Key"] = upload.key
        status, image = self.ask("upload", "POST", "/images", form_of(upload), headers)
        if status == 201 and was_gone:
            self.ledger.faults.append(f"upload {upload.number}: its key brought it back")
        elif status == 201:
            self.ledger.acknowledge(upload, image)
        elif upload.key and not upload.asked:
            self.ledger.unsettled.append(upload)
        return status

    def delete_one(self):
        """Delete an acknowledged image, sometimes more than once; check that it stays deleted."""
        try:
            upload = self.ledger.standing.popleft()
        except IndexError:
            return time.sleep(0.01)
        if random.random() < 0.7:
            self.ledger.standing.append(upload)
            return time.sleep(0.01)
        for attempt in range(random.choice([1, 3])):
            upload.asked = True
            answered = self.ledger.sent(upload, promises.deleted)
            status, _ = self.ask("delete", "DELETE", f"/images/{upload.image_id}")
            if status == 404 and attempt == 0:
                self.ledger.faults.append(f"upload {upload.number}: not there to be deleted")
            answered(status)
            if status in (204, 404):
                upload.gone = True
                return self.check_gone(upload)
        return None

    def check_gone(self, upload):
        """Check that a deleted image cannot be viewed, and that its key does not restore it."""
        if self.view(upload.image_id)[0] == 200:
            self.ledger.faults.append(f"upload {upload.number}: visible after its delete")
        if upload.key:
            self.upload(upload)

    def read_some(self):
        """Load a few images of a random list and compare their bytes."""
        query = random.choice(
            [{}, {"user_id": random.choice(USERS)}, {"tags": random.choice(TAGS)}]
        )
        status, page = self.list(query | {"limit": 20})
        images = page["images"] if status == 200 else []
        for image in random.sample(images, min(3, len(images))):
            self.check(image, self.problem_with_bytes(image))
            self.check(image, self.problem_with_thumb(image))

    def look_at_one(self):
        """View a rendition of a random image, which may have to be made first, and load it."""
        status, page = self.list({"limit": 20})
        if status != 200 or not page["images"]:
            return
        name = random.choice(["thumb", "large"])
        image_id = random.choice(page["images"])["image_id"]
        path = f"/images/{image_id}?rendition={name}"
        status, image = self.ask("render", "GET", path)
        if status == 200:
            self.check(image, self.problem_with_rendition(image["renditions"][name]))

    def check(self, image, problem):
        """Note a problem with what a visible image's URLs serve, unless it was deleted since."""
        if problem and self.view(image["image_id"])[0] == 200:
            self.ledger.faults.append(f"image {image['image_id']}: {problem}")

    def problem_with_bytes(self, image):
        """Return what is wrong with a shown image's bytes, or None; None also without an answer."""
        status, content = self.load(image["url"])
        if status == 404:
            return "visible without its bytes"
        if status == 200 and sha256(content).hexdigest() != image["sha256"]:
            return "visible with other bytes"
        return None

    def problem_with_thumb(self, image):
        """Return what is wrong with the thumb that a shown image names, or None."""
        named = image["renditions"].get("thumb")
        return named and self.problem_with_rendition(named)

    def problem_with_rendition(self, named):
        """Return what is wrong with a rendition that an answer names, or None."""
        status, content = self.load(named["url"])
        if status == 404:
            return "names a rendition that is not there"
        if status == 200 and not is_webp(content, named):
            return "names a rendition that is another one"
        return None

    def view(self, image_id):
        """Return (status, image)."""
        return self.ask("view", "GET", f"/images/{image_id}")

    def list(self, query):
        """Return (status, page)."""
        return self.ask("list", "GET", f"/images?{urlencode(query)}")

    def load(self, url):
        """Return (status, bytes) of a presigned URL: the service's own or the emulator's."""
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}"
        return self.answer("load", parts.port or self.port, ["GET", path, None, {}])

    def ask(self, *request):
        """Return (status, JSON body) of a request: verb, method, path, body, headers."""
        verb, *request = request
        status, content = self.answer(verb, self.port, request)
        return status, json.loads(content) if content else None

    def answer(self, verb, port, request):
        """Return (status, bytes) of a request; status None when it was cut off."""
        connection = self.connect(port)
        if connection is None:
            return None, None
        with contextlib.closing(connection):
            status, content = exchange(connection, request)
        self.ledger.count(verb, status)
        if status not in EXPECTED[verb]:
            self.ledger.faults.append(f"{verb} was answered {status}: {content[:300]}")
        return status, content

    def connect(self, port):
        """Return a connection, once the server runs again; None after the clients were stopped."""
        while True:
            # Presigned URLs are signed for exactly this host.
            connection = http.client.HTTPConnection("localhost", port, timeout=TIMEOUT_SECONDS)
            try:
                connection.connect()
                return connection
            except ConnectionError:
                if self.stopped.wait(0.01):
                    return None


def exchange(connection, request):
    """Return (status, bytes) of a request on a connection; (None, None) when it was cut off."""
    try:
        connection.request(*request)
        response = connection.getresponse()
        return response.status, response.read()
    except (ConnectionError, http.client.HTTPException):
        return None, None


def is_webp(content, named):
    """Tell whether bytes are a whole WebP of the size that an answer names."""
    with Image.open(io.BytesIO(content)) as picture:
        picture.load()
        shown = (picture.format, *picture.size, len(content))
    return shown == ("WEBP", named["width"], named["height"], named["size"])


def form_of(upload):
    """Return an upload as a multipart form."""
    fields = {"user_id": upload.user_id, "description": str(upload.number)}
    if upload.tags:
        fields["tags"] = ",".join(upload.tags)
    head = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
        for name, text in fields.items()
    )
    head += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image_data"; '
    head += f'filename="{upload.number}.png"\r\n\r\n'
    return head.encode() + upload.content() + f"\r\n--{BOUNDARY}--\r\n".encode()
