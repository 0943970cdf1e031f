"""The problem types: what each means, what to do about it, and an example of its answer."""

from functools import cache

from werkzeug.exceptions import default_exceptions

from service.api.problems import problem_body
from service.api.problems.problem_answers import framework_kind

REQUEST_ID = "7d3f0c5a9be14286"
ANY_IMAGE = "/images/0123456789abcdef0123456789abcdef"
# By code: the path of the example, if it is not /images.
PATHS = dict.fromkeys(
    (
        "changed-meanwhile", "image-not-found", "image-not-ready", "image-trashed",
        "internal-error", "not-as-declared", "storage-unavailable",
    ),
    ANY_IMAGE,
)  # fmt: skip
PATHS |= {"invalid-url": f"/files{ANY_IMAGE}/0123456789abcdef", "not-found": "/nothing"}
PATHS["length-required"] = "/files/incoming/0123456789abcdef0123456789abcdef/0123456789abcdef"
# By code: the detail of the example, if it is not the advice. A test causes each of them.
DETAILS = {
    "bad-request": "Send a JSON object.",
    "empty-image": "The image has no bytes. Send a file that is not empty.",
    "forbidden": "Leave user_id out, or send your own: it is your token's sub.",
    "idempotency-key-in-progress": (
        "Another request with this Idempotency-Key is running; try again."
    ),
    "idempotency-key-reused": "Use a fresh Idempotency-Key for a different request.",
    "idempotency-key-spent": (
        "The image made under this Idempotency-Key was deleted; use a fresh key."
    ),
    "image-not-found": "Check the image_id; a deleted image does not come back.",
    "internal-error": "The fault is ours. Report it with the request_id.",
    "invalid-cursor": "Pass next_cursor back exactly as it was given.",
    "invalid-fields": "Correct these fields and send again: limit.",
    "invalid-url": "Use the URL exactly as it was given, in quotes on a command line.",
    "keys-unavailable": "Tokens cannot be verified just now. Try again.",
    "length-required": (
        "Send Content-Length: 137 and the file in one piece, not in chunks (Transfer-Encoding)."
    ),
    "method-not-allowed": "Use one of GET, HEAD, OPTIONS, POST at this path.",
    "not-as-declared": (
        "The content_type of the bytes is not image/jpeg, which was declared. Begin a new upload "
        "that declares the bytes as they are."
    ),
    "rendition-impossible": (
        "The service cannot decode this image. Use the original: its url works."
    ),
    "quota-exceeded": (
        "Delete images first: a user may keep 1 images. The operator of this service sets this "
        "limit: MAX_IMAGES_PER_USER."
    ),
    "service-busy": "Other images are being checked. Try again in a few seconds.",
    "storage-full": "There is no room for more images; delete some.",
    "storage-unavailable": "The image store cannot be used at the moment. Try again.",
    "too-large": (
        "Send an image of at most 10485760 bytes. The operator of this service sets this limit: "
        "MAX_IMAGE_SIZE."
    ),
    "too-many-pixels": (
        "The image has 20000 x 10000 pixels. Send one of at most 100000000 pixels. The operator of "
        "this service sets this limit: MAX_IMAGE_PIXELS."
    ),
    "too-many-requests": (
        "Wait 60 s, then go on. The operator of this service sets this limit: RATE_LIMIT."
    ),
    "unauthorized": (
        "Send one token: Authorization: Bearer <token>. Tokens come from the operator of this "
        "service, who makes them with its command `token`."
    ),
    "unreadable-image": "The image is damaged or incomplete. Send it again.",
    "unsupported-body": (
        "Send a form (curl -F user_id=ana -F image_data=@photo.jpg) or JSON (-H 'Content-Type: "
        "application/json'), not a body without a Content-Type."
    ),
    "unsupported-image": "Send a JPEG, PNG, GIF, WebP, AVIF, TIFF or BMP file.",
}
HEADERS = {401: ["WWW-Authenticate"], 405: ["Allow"], 429: ["Retry-After"]}
FAULTS = {
    "invalid-fields": [
        {
            "field": "limit",
            "message": "Send a whole number from 1 to 100; use next_cursor for more.",
        }
    ],
    "unsupported-body": [
        {"field": "user_id", "message": "Say whose image it is: -F user_id=ana"},
        {
            "field": "image_data",
            "message": "Send the file: -F image_data=@photo.jpg, or base64 in JSON.",
        },
    ],
}
# By code: the image_id that the example names.
IMAGES = {"idempotency-key-reused": ANY_IMAGE.rpartition("/")[2]}


class ProblemType:
    """A type of problem, as its page explains it.

    happened, advice: texts. example: the body of an answer. headers: names of the answer's headers.
    """

    def __init__(self, kind, happened, advice, headers):
        self.status = kind.status
        self.code = kind.code
        self.title = kind.title
        self.happened = happened
        self.advice = advice
        self.headers = headers
        self.example = problem_body.build(
            kind,
            DETAILS.get(kind.code, advice),
            instance=PATHS.get(kind.code, "/images"),
            request_id=REQUEST_ID,
            errors=FAULTS.get(kind.code),
            image_id=IMAGES.get(kind.code),
        )


@cache
def problem_types():
    """Return the ProblemTypes by code: of the service's errors and of the framework's."""
    found = {}
    for error in default_exceptions.values():
        kind = framework_kind(error())
        found[kind.code] = ProblemType(kind, error.description, kind.detail, [])
    for code, kind in problem_body.KINDS.items():
        happened = kind.__doc__.split("\n")[0]
        headers = ["Retry-After"] if kind.retry_after else HEADERS.get(kind.status, [])
        found[code] = ProblemType(kind, happened, kind.advice, headers)
    return found
