"""The problem types: what each means, what to do about it, and one as it is really answered."""

from functools import cache

from werkzeug.exceptions import default_exceptions

from service.api.problems.problem_answers import framework_problem
from service.common.errors import ServiceError

REQUEST_ID = "7d3f0c5a9be14286"
ANY_IMAGE = "/images/0123456789abcdef0123456789abcdef"
# By code: what to do, the path of an example, the example's detail. A test provokes each of them.
ADVICE = {
    "bad-request": (
        "Send a well-formed request; the detail says where it breaks.",
        "/images", "Send a JSON object.",
    ),
    "empty-image": (
        "Check that the file is there and has bytes: in a shell, `@` stands before its name.",
        "/images", "The image has no bytes. Send a file that is not empty.",
    ),
    "forbidden": (
        "Leave user_id out: the service takes it from your token.",
        "/images", "Leave user_id out, or send your own: it is your token's sub.",
    ),
    "idempotency-key-in-progress": (
        "Wait as long as Retry-After says and send the same request again.",
        "/images", "Another request with this Idempotency-Key is running; try again.",
    ),
    "idempotency-key-reused": (
        "Make a fresh key for every new upload, and keep it for that upload's retries.",
        "/images", "Use a fresh Idempotency-Key for a different request.",
    ),
    "idempotency-key-spent": (
        "To upload the image again, use a fresh key.",
        "/images", "The image made under this Idempotency-Key was deleted; use a fresh key.",
    ),
    "image-not-found": (
        "Check the image_id: the list shows the images there are.",
        ANY_IMAGE, "Check the image_id; a deleted image does not come back.",
    ),
    "internal-error": (
        "Nothing on your side. Report it with the request_id: it is on every log line.",
        ANY_IMAGE, "The fault is ours. Report it with the request_id.",
    ),
    "invalid-cursor": (
        "Pass next_cursor back unread, with the filters it came from, or start without a cursor.",
        "/images", "Pass next_cursor back exactly as it was given.",
    ),
    "invalid-fields": (
        "Correct each field that `errors` names and send the request again.",
        "/images", "Correct these fields and send again: limit.",
    ),
    "invalid-url": (
        "Use the URL as it was given; view the image again for a fresh one.",
        f"/files{ANY_IMAGE}/0123456789abcdef",
        "Use the URL exactly as it was given, in quotes on a command line.",
    ),
    "keys-unavailable": (
        "Try again after Retry-After; your token may well be good.",
        "/images", "Tokens cannot be verified just now. Try again.",
    ),
    "method-not-allowed": (
        "Use one of the methods in the Allow header.",
        "/images", "Use one of GET, HEAD, OPTIONS, POST at this path.",
    ),
    "not-as-declared": (
        "Begin a new upload that declares the bytes as they are.",
        ANY_IMAGE,
        "The bytes have another content_type than the image/jpeg that was declared. "
        "Begin a new upload that declares what is so.",
    ),
    "quota-exceeded": (
        "Delete images you no longer need, or ask the operator for more room.",
        "/images", "Delete images first: a user may keep 1 images.",
    ),
    "service-busy": (
        "Try again after Retry-After. Nothing half-done was left behind.",
        "/images", "Other images are being checked. Try again in a few seconds.",
    ),
    "storage-unavailable": (
        "Try again after Retry-After, an upload with the same Idempotency-Key.",
        ANY_IMAGE,
        "The image store cannot be used just now; nothing was changed in sight. Try again.",
    ),
    "too-large": (
        "POST `direct_upload` where the answer has it. Else send a smaller image: scale it down or "
        "compress it more.",
        "/images", "Send an image of at most 10485760 bytes.",
    ),
    "too-many-pixels": (
        "Scale the image down.",
        "/images", "The image has 10000 x 10000 pixels. Send one of at most 50000000 pixels.",
    ),
    "too-many-requests": (
        "Wait as long as Retry-After says, then go on more slowly.",
        "/images", "Wait 60 s, then go on.",
    ),
    "unauthorized": (
        "Send a token that has not expired, as `Authorization: Bearer <token>`.",
        "/images", "Send one token: Authorization: Bearer <token>.",
    ),
    "unreadable-image": (
        "Open the file: it was cut off or damaged on its way. Save or copy it again.",
        "/images", "The image is damaged or incomplete. Send it again.",
    ),
    "unsupported-body": (
        "Send a form with a file part (curl -F image_data=@photo.jpg), or JSON with base64.",
        "/images",
        "Send a form (curl -F user_id=ana -F image_data=@photo.jpg) or JSON "
        "(-H 'Content-Type: application/json'), not a body without a Content-Type.",
    ),
    "unsupported-image": (
        "Convert the image. What counts are the bytes, never the name.",
        "/images", "Send a JPEG, PNG, GIF, WebP, AVIF, TIFF or BMP file.",
    ),
}  # fmt: skip
HEADERS = {401: ["WWW-Authenticate"], 405: ["Allow"], 429: ["Retry-After"]}
FAULTS = {
    "invalid-fields": [
        {
            "field": "limit",
            "message": "Send a whole number from 1 to 100; next_cursor leads to more.",
        }
    ],
}


class ProblemType:
    """A kind of problem.

    happened and advice are text for its page, example is the body of an answer, headers are the
    names of those that go with it.
    """

    def __init__(self, code, title, happened, *, status, headers=(), detail=None):
        advice, instance, detail = ADVICE.get(code, (detail, "/nothing", detail))
        self.status = status
        self.code = code
        self.title = title
        self.happened = happened
        self.advice = advice
        self.headers = headers
        self.example = {
            "type": f"/problems/{code}",
            "title": title,
            "status": status,
            "detail": detail,
            "instance": instance,
            "request_id": REQUEST_ID,
        }
        if code in FAULTS:
            self.example["errors"] = FAULTS[code]


@cache
def problem_types():
    """Return all ProblemTypes by code: what the framework refuses, and the service's own."""
    found = {}
    for status, kind in default_exceptions.items():
        error = kind()
        code, title, detail = framework_problem(error)
        headers = HEADERS.get(status, [])
        found[code] = ProblemType(
            code, title, error.description, status=status, headers=headers, detail=detail
        )
    for kind in descendants(ServiceError):
        happened = kind.__doc__.split("\n")[0]
        headers = ["Retry-After"] if kind.retry_after else HEADERS.get(kind.status, [])
        found[kind.code] = ProblemType(
            kind.code, kind.title, happened, status=kind.status, headers=headers
        )
    return found


def descendants(kind):
    """Yield the subclasses of a class, and theirs."""
    for below in kind.__subclasses__():
        yield below
        yield from descendants(below)
