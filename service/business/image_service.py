"""The verbs on images, in the order of writes that loses nothing (storage.md)."""

import hashlib
import json
import logging
import secrets
from datetime import UTC, datetime, timedelta

from service.common.errors import (
    ImageNotFound,
    KeyInProgress,
    KeyReused,
    KeySpent,
    ServiceError,
    StorageUnavailable,
)
from service.models.image import DELETING, READY, keyed_image_id, new_image, now_text, utc_text

log = logging.getLogger(__name__)

# An attempt this old has died or will be refused: the next under its key takes over.
ATTEMPT_SECONDS = 60


class ImageService:
    """Upload, list, view and delete images.

    images and objects are repositories, inspector judges bytes; grace_seconds is how long the sweep
    leaves an unfinished upload alone. A user_id of None is a caller whose ownership is not checked.
    """

    def __init__(self, images, objects, inspector, *, grace_seconds):
        self.images = images
        self.objects = objects
        self.inspector = inspector
        self.grace_seconds = grace_seconds

    def upload(self, file, fields, idempotency_key=None):
        """Store a binary file as an image and return it, ready.

        fields: user_id, filename, description and tags. The same key with the same fields and bytes
        returns the image made before. Raises what the inspector raises, KeyReused, KeySpent,
        KeyInProgress or StorageUnavailable.
        """
        # Everything is judged before anything is written: a refused upload leaves nothing.
        fields = fields | self.inspector.inspect(file)
        image = self.new_attempt(fields, idempotency_key)
        try:
            if not self.images.begin(image):
                seen = self.earlier(image)
                if seen.state == READY:
                    return seen
                # A nonce of its own: a late repeat of `begin` must not pass for the takeover.
                image = self.new_attempt(fields, idempotency_key, number=seen.attempts + 1)
                self.take_over(image, seen)
            self.objects.put(image, file)
            image = self.finish(image)
        except StorageUnavailable:
            self.release(image)
            raise
        log.info("image uploaded", extra={"image_id": image.image_id, "size": image.size})
        return image

    def new_attempt(self, fields, idempotency_key, number=1):
        """Return the pending Image of a new attempt."""
        keyed = idempotency_key is not None
        return new_image(
            keyed_image_id(fields["user_id"], idempotency_key) if keyed else None,
            keyed=keyed,
            attempts=number,
            request_digest=digest(fields),
            due_at=now_text(self.grace_seconds),
            **fields,
        )

    def earlier(self, image):
        """Return the pending or ready record in this attempt's place, made by the same request."""
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

    def finish(self, image):
        """Make the record ready, listed from now on; return the ready image."""
        # More than one attempt may have left bytes: then the sweep must still look.
        image.due_at = image.due_at if image.attempts > 1 else None
        if self.images.finish(image):
            image.state = READY
            return image
        seen = self.earlier(image)
        if seen.state == READY:
            return seen
        raise KeyInProgress("Another request with this Idempotency-Key took over; try again.")

    def release(self, image):
        """Let the client's retry begin at once. Best effort: else it waits for a minute."""
        try:
            self.images.release(image)
        except ServiceError as error:
            log.warning("attempt not released", extra={"image_id": image.image_id, **error.facts})

    def view(self, user_id, image_id):
        """Return the ready image. Raises ImageNotFound, also for someone else's."""
        image = self.images.get(image_id)
        if image is None or image.state != READY or user_id not in (None, image.user_id):
            raise ImageNotFound("Check the image_id; a deleted image does not come back.")
        return image

    def list(self, query, limit, position=None):
        """Return (images, position) of the next page, newest first; see the repositories' list."""
        return self.images.list(query, limit, position)

    def sign(self, image, expires_in, download=False):
        """Return (URL, end) of a presigned URL for an image's bytes; expires_in in seconds."""
        return self.objects.presign_get(image, expires_in, download)

    def delete(self, user_id, image_id):
        """Delete the image, record and bytes. Raises ImageNotFound, also for someone else's."""
        image = self.view(user_id, image_id)
        # Record first: from here on the image is invisible, and the sweep finishes the job.
        if not self.images.bury(image, secrets.token_hex(8), now_text()):
            raise ImageNotFound("The image was deleted by another request.")
        try:
            self.objects.delete(image.object_key)
        except ServiceError as error:
            log.warning("object left to the sweep", extra={"image_id": image_id, **error.facts})
        log.info("image deleted", extra={"image_id": image_id})


def digest(fields):
    """Return a hex digest of what was asked: the fields and the bytes, not their framing."""
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def may_take_over(seen):
    """Tell whether the pending attempt was given up, or is too old to be alive."""
    oldest = utc_text(datetime.now(UTC) - timedelta(seconds=ATTEMPT_SECONDS))
    return bool(seen.released) or seen.created_at < oldest


def spent(seen):
    """Return the error for a key whose record is being deleted."""
    if seen.was_ready:
        return KeySpent("The image made under this Idempotency-Key was deleted; use a fresh key.")
    return KeyInProgress("An attempt under this key was given up; try again later.", retry_after=60)
