"""Requests to the service, repeated until it answers."""

import itertools
import json
import time
import uuid
from urllib.parse import urlencode, urlsplit

import urllib3

from service.operators.importing.folder import CHANGED, unreadable
from service.operators.importing.transport.answers import Answer, printable
from service.operators.importing.transport.pace import Stopped, backoff

# Seconds. The first is also the longest time for one piece of a body.
TIMEOUT = urllib3.Timeout(connect=20, read=60)
PIECE = 64 * 1024
# How often a request is repeated that the service or a gateway could not finish.
TRIES = 6
# How often a request is repeated that alone has no success, while others have.
MOST_TRIES = 12
# Statuses of a service that has too much to do, or is not there: all threads wait, as for 429.
BUSY = (502, 503, 504)
UNFINISHED = (408, 500)
JSON = "application/json"
# How often a request waits for another with its key. The service ends that after a minute.
MOST_WAITS = 60
IN_PROGRESS = "idempotency-key-in-progress"


class FileLost(Exception):
    """A file cannot be read any more, or has changed. Its text says so."""


class NoAnswer(Exception):
    """The service answers other requests, but not this one."""


class ServiceClient:
    """Sends requests to the service below an address, from several threads.

    address: without a slash at its end. token: or None. pace: a Pace. jobs: how many threads.
    """

    def __init__(self, address, token, pace, *, jobs):
        self.address = address
        self.pace = pace
        self.own_headers = {"Accept": "application/json", "User-Agent": "image-service-import"}
        if token:
            self.own_headers["Authorization"] = f"Bearer {token.strip()}"
        self.pool = urllib3.PoolManager(8, maxsize=jobs, retries=False, timeout=TIMEOUT)
        # Random, so that no image contains it.
        self.boundary = uuid.uuid4().hex

    def get(self, path, **query):
        """Return the Answer to a GET."""
        return self.call("GET", f"{path}?{urlencode(query)}" if query else path)

    def send_json(self, method, path, body, **headers):
        """Return the Answer to a request that brings JSON."""
        content = json.dumps(body).encode()
        return self.call(method, path, lambda: content, headers | {"Content-Type": JSON})

    def send_form(self, fields, content, key, file):
        """Return the Answer to an upload as a form. content: the bytes of the LocalFile `file`."""
        parts = [self.part(f'name="{name}"', text.encode()) for name, text in fields.items()]
        head = b"".join(parts) + self.part('name="image_data"; filename="image"')
        tail = f"\r\n--{self.boundary}--\r\n".encode()
        headers = {
            "Idempotency-Key": key,
            "Content-Type": f"multipart/form-data; boundary={self.boundary}",
            "Content-Length": str(len(head) + len(content) + len(tail)),
        }
        return self.call("POST", "/images", lambda: self.pieces(file, head, content, tail), headers)

    def part(self, naming, content=None):
        """Return the bytes of a form's part; without content only its beginning."""
        head = f"--{self.boundary}\r\nContent-Disposition: form-data; {naming}\r\n\r\n".encode()
        return head if content is None else head + content + b"\r\n"

    def pieces(self, file, head, content, tail):
        """Yield a body in pieces, each of which has the time limit for itself."""
        file.sent = 0
        yield head
        view = memoryview(content)
        for start in range(0, len(view), PIECE):
            self.pace.go_on()
            yield view[start : start + PIECE]
            file.sent = min(start + PIECE, len(view))
        yield tail

    def pieces_of_file(self, file):
        """Yield the bytes of a LocalFile in pieces. Raises FileLost."""
        file.sent = 0
        try:
            with open(file.path, "rb") as content:
                while piece := content.read(min(PIECE, file.size - file.sent)):
                    self.pace.go_on()
                    yield piece
                    file.sent += len(piece)
        except OSError as error:
            raise FileLost(unreadable(error)) from error
        if file.sent < file.size:
            raise FileLost(CHANGED)

    def send_to_store(self, upload, file):
        """Return the Answer to the bytes of a LocalFile, sent as `upload` of an answer says."""
        headers = upload["headers"] | {"Content-Length": str(file.size)}
        return self.lasting(
            upload["method"], upload["url"], lambda: self.pieces_of_file(file), headers
        )

    def call(self, method, path, body=None, headers=None):
        """Return the Answer of the service. Raises Stopped for what no repeat can change."""
        answer = self.lasting(method, self.address + path, body, self.own_headers | (headers or {}))
        if answer.status in (401, 403):
            raise Stopped(f"The service refuses: {answer.words}")
        if 300 <= answer.status < 400:
            place = printable(answer.headers.get("Location", "another place"))
            raise Stopped(f"{self.address} redirects to {place}: import to that address.")
        return answer

    def lasting(self, method, url, body, headers):
        """Return the Answer to a request, however often it must be sent.

        Raises Stopped, NoAnswer and what the body raises.
        body: a function that returns the body, as a repeat needs it again, or None.
        """
        begun = time.monotonic()
        answer = None
        for tries in itertools.count(1):
            self.pace.wait()
            alone = tries > MOST_TRIES and self.pace.answered_since(begun)
            try:
                content = body() if body else None
                response = self.pool.request(
                    method, url, body=content, headers=headers, redirect=False
                )
            except urllib3.exceptions.HTTPError as error:
                if alone:
                    raise NoAnswer(f"The service does not answer this request: {error}") from error
                self.without_answer(url, error, tries)
                continue
            answer = Answer(response)
            if not self.must_repeat(answer, tries, alone):
                break
        self.pace.answered()
        return answer

    def must_repeat(self, answer, tries, alone):
        """Tell whether a request must be sent again, after waiting for that. Raises Stopped.

        alone: this request has no success, while others have.
        """
        seconds = answer.retry_after or backoff(tries)
        if answer.status == 429 or answer.status in BUSY and not alone:
            self.pace.pause(seconds, f"{answer.status}: {answer.words}", is_there=True)
            return True
        most = MOST_WAITS if answer.code == IN_PROGRESS else TRIES
        unfinished = answer.code == IN_PROGRESS or answer.status in UNFINISHED
        if unfinished and tries < most:
            self.pace.rest(seconds)
            return True
        return False

    def without_answer(self, url, error, tries):
        """Wait after a request that had no answer. Raises Stopped."""
        parts = urlsplit(url)
        place = f"{parts.scheme}://{parts.netloc}"
        if isinstance(error, urllib3.exceptions.SSLError | urllib3.exceptions.LocationValueError):
            raise Stopped(f"No connection to {place}: {error}")
        # A server may close a connection that it has kept open: the first repeat comes at once.
        if tries > 1:
            self.pace.pause(backoff(tries), f"{place} does not answer.", is_there=False)
