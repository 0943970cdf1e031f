"""The problems of callers who want more than is theirs."""

from service.common.errors import ServiceError


class QuotaExceeded(ServiceError):
    """The user may keep no more images, or no more bytes."""

    status = 403
    code = "quota-exceeded"
    title = "Quota exceeded"

    def __init__(self, quota):
        super().__init__(f"Delete images first: a user may keep {quota}.")


class TooManyRequests(ServiceError):
    """The caller has asked more often than RATE_LIMIT allows."""

    status = 429
    code = "too-many-requests"
    title = "Too many requests"
