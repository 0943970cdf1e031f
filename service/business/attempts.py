"""Attempts at an image: each writes a record of its own, a retry finds the one made before."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

from service.common.errors import (
    KeyInProgress,
    KeyReused,
    KeySpent,
    QuotaExceeded,
    StorageUnavailable,
)
from service.models.fields import FIELDS, OPTIONAL, REQUIRED, names
from service.models.image import (
    DELETING,
    UPLOAD_SECONDS,
    keyed_image_id,
    new_image,
    now_text,
    utc_text,
)

# An attempt this old has died or will be refused: the next under its key takes over.
ATTEMPT_SECONDS = 60

# What a request's digest has always held, null or not.
ALWAYS_DIGESTED = {
    "user_id", "filename", "description", "tags", "content_type", "size", "width", "height",
    "sha256",
}  # fmt: skip
NOT_SENT = set(names(row for row in FIELDS if row.sent not in (REQUIRED, OPTIONAL)))


class Attempts:
    """Begins attempts; grace_seconds is how long the sweep leaves an unfinished one alone."""

    def __init__(self, images, *, grace_seconds):
        self.images = images
        self.grace_seconds = grace_seconds

    def new(self, fields, idempotency_key, *, number=1, direct=None):
        """Return the pending Image of a new attempt. direct: its bytes go straight to the store."""
        keyed = idempotency_key is not None
        seconds = self.grace_seconds + (UPLOAD_SECONDS if direct else 0)
        return new_image(
            keyed_image_id(fields["user_id"], idempotency_key) if keyed else None,
            keyed=keyed,
            direct=direct,
            attempts=number,
            request_digest=digest(fields),
            due_at=now_text(seconds),
            **fields,
        )

    def require_room(self, image):
        """Refuse a full quota before anything is written."""
        # A repeat of what is kept already needs no room.
        quota = self.images.quota
        if quota and not self.images.has_room(image) and not self.images.get(image.image_id):
            raise QuotaExceeded(quota)

    def earlier(self, image):
        """Return the record in this attempt's place, made by the same request and not deleted.

        Raises KeyReused, KeySpent, KeyInProgress or StorageUnavailable.
        """
        seen = self.images.get(image.image_id)
        if seen is None:
            raise StorageUnavailable("The upload was given up half-way; send it again.")
        if seen.request_digest != image.request_digest:
            raise KeyReused("Use a fresh Idempotency-Key for a different request.")
        if seen.state == DELETING:
            raise spent(seen)
        return seen

    def take_over(self, image, seen):
        """Put this attempt in the place of one that was given up or has died."""
        if not may_take_over(seen) or not self.images.take_over(image, seen):
            raise KeyInProgress("Another request with this Idempotency-Key is running; try again.")


def digest(fields):
    """Return a hex digest of what was asked: the fields and the bytes, not their framing.

    A retry may reach a later version of the service, which knows more fields: what was left out,
    and what a later version measures, must not change the digest.
    """
    asked = {name: value for name, value in fields.items() if is_digested(name, value)}
    text = json.dumps(asked, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def is_digested(name, value):
    """Tell whether a field of a request is part of its digest."""
    return name in ALWAYS_DIGESTED or (name not in NOT_SENT and value not in (None, []))


def may_take_over(seen):
    """Tell whether the pending attempt was given up, or is too old to be alive."""
    oldest = utc_text(datetime.now(UTC) - timedelta(seconds=ATTEMPT_SECONDS))
    return bool(seen.released) or seen.created_at < oldest


def spent(seen):
    """Return the error for a key whose record is being deleted."""
    if seen.bury_nonce:
        return KeySpent("The image made under this Idempotency-Key was deleted; use a fresh key.")
    return KeyInProgress("An attempt under this key was given up; try again later.", retry_after=60)
