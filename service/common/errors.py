"""The problems that the service reports to clients: one class for each, sorted by status."""

import errno

# The media type of each answer that reports a problem (RFC 9457).
MEDIA_TYPE = "application/problem+json"


def set_by(*names):
    """Return the sentence that names the settings behind a limit."""
    return f"The operator of this service sets this limit: {' and '.join(names)}."


class ServiceError(Exception):
    """The base class. The first paragraph of a class's docstring is shown on the problem's page.

    status: the HTTP status. code: the name of the type. title: the type in a few words. advice:
    what to do; it is the detail of an error without one. retry_after: in seconds.

    `detail` says what to do next; `errors` are rows of {"field", "message"}; `direct_upload` is
    the request to send in place of this one; `image_id` is the caller's own image that the error is
    about; `facts` go to the log, never to the client.
    """

    retry_after = None
    image_id = None

    def __init__(self, detail=None, *, retry_after=None, errors=None, direct_upload=None, **facts):
        self.detail = detail or self.advice
        super().__init__(self.detail)
        self.errors = errors
        self.direct_upload = direct_upload
        self.retry_after = retry_after or self.retry_after
        self.facts = facts

    @property
    def headers(self):
        """Additional headers of the answer."""
        return {"Retry-After": str(self.retry_after)} if self.retry_after else {}


class BadRequest(ServiceError):
    """The request cannot be understood."""

    status, code, title = 400, "bad-request", "Bad request"
    advice = "Send a well-formed request; the detail says where it breaks."


class InvalidFields(BadRequest):
    """Fields or parameters are missing or wrong; `errors` has a row for each."""

    status, code, title = 400, "invalid-fields", "Invalid fields"
    advice = "Correct each field that `errors` names and send the request again."


class InvalidCursor(BadRequest):
    """The cursor was altered, or belongs to another list."""

    status, code, title = 400, "invalid-cursor", "Invalid cursor"
    advice = "Pass next_cursor back unread, with its filters, or start without a cursor."


class Unauthorized(ServiceError):
    """The request shows no token, or one that cannot be accepted.

    `refused` is true if there was a token; then the challenge has an error code (RFC 6750).
    """

    status, code, title = 401, "unauthorized", "Unauthorized"
    advice = "Send a token that has not expired, as `Authorization: Bearer <token>`."

    def __init__(self, detail, *, refused=True, **facts):
        super().__init__(detail, **facts)
        self.refused = refused

    @property
    def headers(self):
        """The challenge. It contains the detail, which must be plain ASCII without quotes."""
        reason = f' error="invalid_token", error_description="{self.detail}"'
        return {"WWW-Authenticate": "Bearer" + (reason if self.refused else "")}


class Forbidden(ServiceError):
    """The caller may not act for that user."""

    status, code, title = 403, "forbidden", "Forbidden"
    advice = "Leave user_id out: the service takes it from your token."


class InvalidUrl(ServiceError):
    """A file URL is expired, altered or incomplete."""

    status, code, title = 403, "invalid-url", "Invalid or expired URL"
    advice = "Use the URL as it was given; view the image again for a fresh one."


class QuotaExceeded(ServiceError):
    """The user may keep no more images, or no more bytes."""

    status, code, title = 403, "quota-exceeded", "Quota exceeded"
    advice = (
        "Delete images you no longer need, or ask the operator for more room. Direct uploads count "
        "from their beginning, so delete those that you gave up."
    )

    def __init__(self, quota):
        limit = set_by(*quota.settings())
        super().__init__(f"Delete images first: a user may keep {quota}. {limit}")


class PathNotFound(ServiceError):
    """There is nothing at this path."""

    status, code, title = 404, "not-found", "Not found"
    advice = "Check the path: /docs shows what there is."


class ImageNotFound(ServiceError):
    """There is no such image, or it is someone else's."""

    status, code, title = 404, "image-not-found", "Image not found"
    advice = "Check the image_id: the list shows the images there are."


class MethodNotAllowed(ServiceError):
    """The method is not allowed for the requested URL."""

    status, code, title = 405, "method-not-allowed", "Method not allowed"
    advice = "Use one of the methods in the Allow header."


class RequestTimeout(ServiceError):
    """The request took too long to arrive."""

    status, code, title = 408, "request-timeout", "Request timeout"
    advice = "Send the request faster, or in smaller parts."


class KeyInProgress(ServiceError):
    """The same Idempotency-Key is still being worked on."""

    status, code, title = 409, "idempotency-key-in-progress", "Request still in progress"
    advice = "Wait as long as Retry-After says and send the same request again."
    retry_after = 2


class KeySpent(ServiceError):
    """The image made under this Idempotency-Key was deleted."""

    status, code, title = 409, "idempotency-key-spent", "Idempotency key spent"
    advice = "To upload the image again, use a fresh key."


class InTrash(ServiceError):
    """The image is in the trash, where it cannot be changed."""

    status, code, title = 409, "image-trashed", "Image in the trash"
    advice = "Restore the image first: POST /images/{image_id}/restore."


class NotReady(ServiceError):
    """The bytes of the image have not arrived yet, or were refused."""

    status, code, title = 409, "image-not-ready", "Image not ready"
    advice = "Send its bytes and view the image first. If it was refused, delete it."


class LengthRequired(ServiceError):
    """The request does not say how many bytes its body has."""

    status, code, title = 411, "length-required", "Length required"
    advice = "Send the header `Content-Length`, and the body in one piece, not in chunks."


class ChangedMeanwhile(ServiceError):
    """The image does not have the version that If-Match names: it was changed meanwhile."""

    status, code, title = 412, "changed-meanwhile", "Changed meanwhile"
    advice = "View the image again, and send the ETag of that answer as If-Match."


class TooLarge(ServiceError):
    """The image or the request body has too many bytes."""

    status, code, title = 413, "too-large", "Too large"
    advice = (
        "POST `direct_upload` where the answer has it. Else send a smaller image: scale it down or "
        "compress it more."
    )


class UrlTooLong(ServiceError):
    """The URL has more bytes than the service reads."""

    status, code, title = 414, "url-too-long", "URL too long"
    advice = "Send a URL of at most 8190 bytes."


class UnsupportedBody(ServiceError):
    """The request body is neither JSON nor multipart."""

    status, code, title = 415, "unsupported-body", "Unsupported request body"
    advice = "Send a form with a file part (curl -F image_data=@photo.jpg), or JSON with base64."


class ExpectationFailed(ServiceError):
    """The header Expect asks for something that the server does not do."""

    status, code, title = 417, "expectation-failed", "Expectation failed"
    advice = "Expect only 100-continue."


class KeyReused(ServiceError):
    """The Idempotency-Key was used before with a different request."""

    status, code, title = 422, "idempotency-key-reused", "Idempotency key reused"
    advice = "Make a fresh key for every new upload, and keep it for that upload's retries."

    def __init__(self, detail=None, *, image_id, **facts):
        super().__init__(detail, image_id=image_id, **facts)
        self.image_id = image_id


class ImageRefused(ServiceError):
    """The service does not take the image.

    Each reason that inspection finds in the bytes has a class of its own below.
    """

    status, code, title = 422, "image-refused", "Image refused"
    advice = "Send another image; the detail says what is wrong with this one."


class EmptyImage(ImageRefused):
    """The image has no bytes."""

    status, code, title = 400, "empty-image", "Empty image"
    advice = "Check that the file is there and has bytes: in a shell, `@` stands before its name."


class UnsupportedImage(ImageRefused):
    """The bytes are not an image format the service accepts."""

    status, code, title = 415, "unsupported-image", "Unsupported image format"
    advice = "Convert the image: the bytes decide the format, not the name of the file."


class UnreadableImage(ImageRefused):
    """The image starts correctly but cannot be read to its end."""

    status, code, title = 422, "unreadable-image", "Unreadable image"
    advice = "Open the file: it is incomplete or damaged. Save or copy it again."


class TooManyPixels(ImageRefused):
    """The image declares more pixels than the service accepts."""

    status, code, title = 422, "too-many-pixels", "Too many pixels"
    advice = "Scale the image down."


class NotAsDeclared(ImageRefused):
    """The bytes of a direct upload are not what its request declared."""

    status, code, title = 422, "not-as-declared", "Not as declared"
    advice = "Begin a new upload that declares the bytes as they are."


class StripImpossible(ImageRefused):
    """The service cannot make a copy of the image without its metadata."""

    status, code, title = 422, "strip-impossible", "Strip impossible"
    advice = "Send a JPEG, PNG or WebP, or upload without strip."


class RenditionImpossible(ServiceError):
    """The service cannot make this rendition of the image.

    lasting: whether that holds for as long as the image is there.
    """

    status, code, title = 422, "rendition-impossible", "Rendition impossible"
    advice = "Use the original: its url works, and browsers may show it."

    def __init__(self, detail=None, *, lasting=True, **facts):
        super().__init__(detail, **facts)
        self.lasting = lasting


class TooManyRequests(ServiceError):
    """The caller has sent more requests than RATE_LIMIT allows."""

    status, code, title = 429, "too-many-requests", "Too many requests"
    advice = "Wait as long as Retry-After says, then go on more slowly."


class HeadersTooLarge(ServiceError):
    """The request's headers are too many, or have too many bytes."""

    status, code, title = 431, "headers-too-large", "Headers too large"
    advice = "Send at most 100 headers of at most 8190 bytes each, 65536 in all."


class InternalError(ServiceError):
    """The service has a fault."""

    status, code, title = 500, "internal-error", "Internal error"
    advice = "The fault is ours. Report it with the request_id."


class StorageUnavailable(ServiceError):
    """A store does not answer, throttles, or is full."""

    status, code, title = 503, "storage-unavailable", "Storage unavailable"
    advice = "Try again after Retry-After, an upload with the same Idempotency-Key."
    retry_after = 5


class ServiceBusy(StorageUnavailable):
    """The service has no time left for this request."""

    status, code, title = 503, "service-busy", "Service busy"
    advice = "Try again after Retry-After: the service is too busy at the moment."


class StorageFull(StorageUnavailable):
    """There is no room for more bytes: not on the disk, or not in the temporary folder."""

    status, code, title = 503, "storage-full", "Storage full"
    advice = "Try again after Retry-After; until there is room you can view and delete images."
    retry_after = 60
    # What the operating system calls a disk without room, or a user's share of it.
    errnos = (errno.ENOSPC, errno.EDQUOT)


class KeysUnavailable(ServiceError):
    """The keys that tokens are verified with cannot be fetched."""

    status, code, title = 503, "keys-unavailable", "Keys unavailable"
    advice = "Try again after Retry-After; your token may be valid."
    retry_after = 5
