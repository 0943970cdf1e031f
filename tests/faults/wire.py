"""The connection from the SDK's clients to moto, with chosen faults and a clock without waits."""

import base64
import copy
import hashlib
import itertools
import json
import threading
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import botocore_stubber

S3_CALLS = {
    "PUT": "PutObject",
    "GET": "GetObject",
    "HEAD": "HeadObject",
    "DELETE": "DeleteBucket",
    "POST": "DeleteObjects",
}
READ_SECONDS = {"dynamodb": 2, "s3": 5}
# Calls that threads make at the same time, in the order in which `calls` tells them: the put of a
# thumb beside that of its original; the writes of many images, and the counts of their tags.
PUTS = ["PutObject", "PutRendition"]
WRITES = ["TransactWriteItems", "UpdateItem", "CountTag", "ForgetTag"]
# How the keys of the counts of tags begin.
COUNTS = ("tag#", "tags#")


class Wire:
    """The HTTP session of some clients: it ends in moto.

    calls: the names of the calls, without the SDK's retries. late: the delayed requests.
    """

    def __init__(self, clock, *clients):
        self.clock = clock
        self.lock = threading.Lock()
        self.late = []
        self.listen()
        for client in clients:
            client.meta.events.unregister("before-send", botocore_stubber)
            client._endpoint.http_session = self

    def listen(self):
        """Count the calls from now on, and let all of them succeed."""
        self.made, self.numbers = [], {}
        self.fault, self.target, self.left = None, None, 0

    def fail(self, target, fault, times):
        """Let calls meet a fault, `times` times.

        target: a call's number, from now on, the name of calls, or (name, number among these).
        fault: a method's name, or a function that answers a request.
        """
        self.listen()
        self.fault = fault if callable(fault) else getattr(self, fault)
        self.target, self.left = target, times

    def send(self, request):
        """Answer or raise as an HTTP session does."""
        with self.lock:
            if self.target in self.names(request) and self.left:
                self.left -= 1
                return self.fault(request)
            return deliver(request)

    @property
    def calls(self):
        """Return the names of the calls, in one order whatever is made at the same time."""
        kinds = itertools.groupby(self.made, lambda name: (name in PUTS, name in WRITES))
        order = [*PUTS, *WRITES]
        return [
            name
            for beside, calls in kinds
            for name in (sorted(calls, key=order.index) if any(beside) else calls)
        ]

    def names(self, request):
        """Return what the request's call may be called; the retries of a call share an id."""
        call = request.headers["amz-sdk-invocation-id"]
        if call not in self.numbers:
            name = name_of(request)
            self.numbers[call] = (len(self.made), name, (name, self.made.count(name)))
            self.made.append(name)
        return self.numbers[call]

    def refused(self, request):
        """Answer 503 without applying the request."""
        return failure(request, 503, "ServiceUnavailable")

    def lost(self, request):
        """Apply the request and lose the answer."""
        deliver(request)
        self.time_out(request)

    def delayed(self, request):
        """Hold a copy of the request until `land`: the SDK sends this one again."""
        late = copy.copy(request)
        late.body = body_of(request)
        self.late.append(late)
        self.time_out(request)

    def time_out(self, request):
        """Raise a timeout, as the SDK does, after its time."""
        self.clock.sleep(READ_SECONDS[store_of(request)])
        raise ReadTimeoutError(endpoint_url=request.url)

    def land(self):
        """Deliver the delayed requests."""
        while self.late:
            deliver(self.late.pop(0))


class Clock:
    """The monotonic time, with waits that end at once."""

    def __init__(self, monotonic):
        self.real = monotonic
        self.waited = 0

    def monotonic(self):
        """Return the time in seconds, waits included."""
        return self.real() + self.waited

    def sleep(self, seconds):
        """Let the time go by."""
        self.waited += seconds


def store_of(request):
    """Return the store of a request, as botocore names it."""
    return "dynamodb" if "X-Amz-Target" in request.headers else "s3"


def name_of(request):
    """Return the name of the call a request makes."""
    if "x-amz-copy-source" in request.headers:
        return "CopyObject"
    if store_of(request) == "s3":
        if request.method == "PUT" and urlsplit(request.url).path.endswith(".webp"):
            return "PutRendition"
        return "ListObjectsV2" if "list-type" in request.url else S3_CALLS[request.method]
    name = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
    key = json.loads(body_of(request)).get("Key", {}).get("image_id", {}).get("S", "")
    if key.startswith(COUNTS):
        return {"UpdateItem": "CountTag", "DeleteItem": "ForgetTag"}[name]
    return name


def deliver(request):
    """Let moto answer a request. S3's checks of the body come first, since moto has none."""
    if refusal := body_refusal(request):
        return failure(request, 400, refusal)
    status, headers, body = botocore_stubber.process_request(request)
    return answer(request, status, body, headers)


def body_refusal(request):
    """Return S3's error code for a body with another size or digest than declared, or None."""
    body, headers = body_of(request), request.headers
    if int(headers.get("Content-Length", len(body))) != len(body):
        return "IncompleteBody"
    digest = base64.b64encode(hashlib.sha256(body).digest())
    announced = headers.get("x-amz-checksum-sha256", digest)
    return None if announced in (digest, digest.decode()) else "BadDigest"


def body_of(request):
    """Return the bytes of a request's body, and leave it as it was."""
    if not hasattr(request.body, "read"):
        return request.body or b""
    position = request.body.tell()
    try:
        return request.body.read()
    finally:
        request.body.seek(position)


def failure(request, status, code, more=""):
    """Return a store's error answer; more: JSON members beside the code of DynamoDB's."""
    body = f'{{"__type": "com.amazonaws.dynamodb#{code}", "message": "made up"{more}}}'
    if store_of(request) == "s3":
        body = f"<Error><Code>{code}</Code><Message>made up</Message></Error>"
    return answer(request, status, body)


def answer(request, status, body, headers=()):
    """Return an answer as botocore takes it."""
    return AWSResponse(request.url, status, dict(headers), MockRawResponse(body))
