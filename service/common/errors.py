"""The problems the service tells its callers about: one class each."""


class ServiceError(Exception):
    """A problem with an answer: `status` is HTTP's, `code` names its type.

    `detail` says what to do next; `errors` are rows of {"field", "message"}; `direct_upload` is
    the request to send in this one's place; `retry_after` is in seconds; `facts` go to the log,
    never to the caller.
    """

    status = 500
    code = "internal-error"
    title = "Internal error"
    retry_after = None

    def __init__(self, detail=None, *, retry_after=None, errors=None, direct_upload=None, **facts):
        super().__init__(detail or self.title)
        self.detail = detail
        self.errors = errors
        self.direct_upload = direct_upload
        self.retry_after = retry_after or self.retry_after
        self.facts = facts

    @property
    def headers(self):
        """What the answer's headers tell beside its body."""
        return {"Retry-After": str(self.retry_after)} if self.retry_after else {}


class BadRequest(ServiceError):
    """The request cannot be understood."""

    status = 400
    code = "bad-request"
    title = "Bad request"


class InvalidFields(BadRequest):
    """Fields or parameters are missing or wrong; `errors` has a row for each."""

    code = "invalid-fields"
    title = "Invalid fields"


class InvalidCursor(BadRequest):
    """The cursor was altered, or belongs to another list."""

    code = "invalid-cursor"
    title = "Invalid cursor"


class EmptyImage(BadRequest):
    """The image has no bytes."""

    code = "empty-image"
    title = "Empty image"


class Unauthorized(ServiceError):
    """The request shows no token, or one that cannot be accepted.

    `refused` tells the latter: RFC 6750.
    """

    status = 401
    code = "unauthorized"
    title = "Unauthorized"

    def __init__(self, detail, *, refused=True, **facts):
        super().__init__(detail, **facts)
        self.refused = refused

    @property
    def headers(self):
        """The challenge; the detail stands in it, so it must be plain ASCII without quotes."""
        reason = f' error="invalid_token", error_description="{self.detail}"'
        return {"WWW-Authenticate": "Bearer" + (reason if self.refused else "")}


class Forbidden(ServiceError):
    """The caller may not act for that user."""

    status = 403
    code = "forbidden"
    title = "Forbidden"


class InvalidUrl(ServiceError):
    """A file URL is expired, altered or incomplete."""

    status = 403
    code = "invalid-url"
    title = "Invalid or expired URL"


class ImageNotFound(ServiceError):
    """There is no such image, or it is someone else's."""

    status = 404
    code = "image-not-found"
    title = "Image not found"


class KeyInProgress(ServiceError):
    """The same Idempotency-Key is still being worked on."""

    status = 409
    code = "idempotency-key-in-progress"
    title = "Request still in progress"
    retry_after = 2


class KeySpent(ServiceError):
    """The image made under this Idempotency-Key was deleted."""

    status = 409
    code = "idempotency-key-spent"
    title = "Idempotency key spent"


class TooLarge(ServiceError):
    """The image or the request body has too many bytes."""

    status = 413
    code = "too-large"
    title = "Too large"


class UnsupportedBody(ServiceError):
    """The request body is neither JSON nor multipart."""

    status = 415
    code = "unsupported-body"
    title = "Unsupported request body"


class UnsupportedImage(ServiceError):
    """The bytes are not an image format the service accepts."""

    status = 415
    code = "unsupported-image"
    title = "Unsupported image format"


class UnreadableImage(ServiceError):
    """The image starts well and cannot be read to its end."""

    status = 422
    code = "unreadable-image"
    title = "Unreadable image"


class TooManyPixels(ServiceError):
    """The image declares more pixels than the service accepts."""

    status = 422
    code = "too-many-pixels"
    title = "Too many pixels"


class NotAsDeclared(ServiceError):
    """The bytes of a direct upload are not what its request declared."""

    status = 422
    code = "not-as-declared"
    title = "Not as declared"


class KeyReused(ServiceError):
    """The Idempotency-Key was used before with a different request."""

    status = 422
    code = "idempotency-key-reused"
    title = "Idempotency key reused"


class StorageUnavailable(ServiceError):
    """A store does not answer, throttles, or is full."""

    status = 503
    code = "storage-unavailable"
    title = "Storage unavailable"
    retry_after = 5


class KeysUnavailable(ServiceError):
    """The keys that tokens are verified with cannot be fetched."""

    status = 503
    code = "keys-unavailable"
    title = "Keys unavailable"
    retry_after = 5


class ServiceBusy(StorageUnavailable):
    """The service has no time left for this request."""

    code = "service-busy"
    title = "Service busy"
