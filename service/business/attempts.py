"""Attempts to upload an image: each begins a record, and a retry finds the record of the first."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

from service.common.errors import (
    KeyInProgress,
    KeyReused,
    KeySpent,
    QuotaExceeded,
    StorageFull,
    StorageUnavailable,
)
from service.models.fields import FIELDS, OPTIONAL, REQUIRED, names
from service.models.image import (
    STATES,
    UPLOAD_SECONDS,
    keyed_image_id,
    new_image,
    now_text,
    utc_text,
)

# A retry takes over a pending attempt that is older than this: its process has ended, or its
# `finish` will be refused.
ATTEMPT_SECONDS = 60

# The first version's fields: they are always part of a request's digest, even if they are null.
ALWAYS_DIGESTED = {
    "user_id", "filename", "description", "tags", "content_type", "size", "width", "height",
    "sha256",
}  # fmt: skip
NOT_SENT = set(names(row for row in FIELDS if row.sent not in (REQUIRED, OPTIONAL)))


class Attempts:
    """Makes the records of attempts; an unfinished one is due for the sweep after grace_seconds.

    is_same(image, record) tells whether a record was made for what an attempt stores; None: by the
    same request.
    """

    def __init__(self, images, *, grace_seconds, is_same=None):
        self.images = images
        self.grace_seconds = grace_seconds
        self.is_same = is_same or is_same_request

    def new(self, fields, idempotency_key, *, sent=None, number=1, direct=None):
        """Return the pending Image of a new attempt. direct: True for a direct upload, or None.

        sent: the fields of the request and of the bytes that it brought, where others are stored.
        """
        keyed = idempotency_key is not None
        seconds = self.grace_seconds + (UPLOAD_SECONDS if direct else 0)
        charged = fields["size"] if direct and self.images.quota else None
        return new_image(
            keyed_image_id(fields["user_id"], idempotency_key) if keyed else None,
            keyed=keyed,
            direct=direct,
            charged=charged,
            attempts=number,
            request_digest=digest(sent or fields),
            due_at=now_text(seconds),
            **fields,
        )

    def require_room(self, image):
        """Raise QuotaExceeded if the quota has no room; nothing is written before this check."""
        if not self.images.quota or self.images.has_room(image):
            return
        # A retry needs no room of its own: its record exists.
        record = self.images.get(image.image_id)
        if record is None or record.is_condemned:
            raise QuotaExceeded(self.images.quota)

    def require_space(self, image, objects):
        """Refuse bytes that the store has no room for, before anything is written."""
        try:
            objects.require_room()
        except StorageFull:
            # A repeat of what is kept already needs no room.
            if self.images.get(image.image_id) is None:
                raise

    def earlier(self, image):
        """Return the record that stands in the way of this attempt; the same request has begun it.

        Raises KeyReused, KeySpent or StorageUnavailable.
        """
        record = self.images.get(image.image_id)
        if record is None:
            raise StorageUnavailable("The upload did not finish; send it again.")
        return self.judged(image, record)

    def judged(self, image, record):
        """Return a record, if this attempt may go on from it. Raises as `earlier` does."""
        if not self.is_same(image, record):
            # Keys belong to a user: this is an image of the same user.
            raise KeyReused(
                "Use a fresh Idempotency-Key for a different request.", image_id=record.image_id
            )
        if record.state not in STATES:
            raise StorageUnavailable("A newer version of the service keeps the image; try again.")
        if record.bury_nonce:
            raise KeySpent(
                "The image made under this Idempotency-Key was deleted; use a fresh key."
            )
        return record

    def take_over(self, image, previous):
        """Replace an attempt that was released or condemned, or is too old.

        Raises KeyInProgress or QuotaExceeded.
        """
        if not may_take_over(previous) or not self.images.take_over(image, previous):
            raise KeyInProgress("Another request with this Idempotency-Key is running; try again.")


def digest(fields):
    """Return a hex digest of the request: its fields and its bytes, however they were encoded.

    A retry may reach a later version of the service, which knows more fields. So a field that the
    user did not send, or that only a later version measures, must not change the digest.
    """
    digested = {name: value for name, value in fields.items() if is_digested(name, value)}
    text = json.dumps(digested, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def is_digested(name, value):
    """Tell whether a field of a request is part of its digest."""
    return name in ALWAYS_DIGESTED or (name not in NOT_SENT and value not in (None, []))


def is_same_request(image, record):
    """Tell whether a record was made by the request of this attempt."""
    if record.request_digest == image.request_digest:
        return True
    if record.description != "" or image.description is not None:
        return False
    # Version 1.0 stored an empty description as it was sent; since then it counts as left out.
    late = {"width", "height"} if image.direct else set()
    fields = {name: getattr(image, name) for name in ALWAYS_DIGESTED - late}
    return record.request_digest == digest(fields | {"description": ""})


def may_take_over(record):
    """Tell whether an attempt was released or condemned, or is older than ATTEMPT_SECONDS."""
    oldest = utc_text(datetime.now(UTC) - timedelta(seconds=ATTEMPT_SECONDS))
    return record.is_condemned or bool(record.released) or record.created_at < oldest
