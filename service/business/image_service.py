"""The verbs on images, in the order of writes that loses nothing (docs/storage.md)."""

import logging
import secrets

from service.business.attempts import Attempts
from service.business.direct_uploads import DirectUploads
from service.common.errors import (
    ImageNotFound,
    KeyInProgress,
    QuotaExceeded,
    ServiceError,
    StorageUnavailable,
)
from service.models.image import READY, now_text

log = logging.getLogger(__name__)


class ImageService:
    """Upload, list, view and delete images.

    images and objects are repositories, inspector judges bytes; grace_seconds is how long the sweep
    leaves an unfinished upload alone. A user_id of None is a caller whose ownership is not checked.
    """

    def __init__(self, images, objects, inspector, *, grace_seconds):
        self.images = images
        self.objects = objects
        self.inspector = inspector
        self.attempts = Attempts(images, grace_seconds=grace_seconds)
        self.direct = DirectUploads(self.attempts, objects, inspector)

    def upload(self, file, fields, idempotency_key=None):
        """Store a binary file as an image and return it, ready.

        fields: user_id, filename, description and tags. The same key with the same fields and bytes
        returns the image made before. Raises what the inspector raises, QuotaExceeded, KeyReused,
        KeySpent, KeyInProgress or StorageUnavailable.
        """
        # Everything is judged before anything is written: a refused upload leaves nothing.
        fields = fields | self.inspector.inspect(file)
        image = self.attempts.new(fields, idempotency_key)
        self.attempts.require_room(image)
        try:
            if not self.images.begin(image):
                seen = self.attempts.earlier(image)
                if seen.state == READY:
                    return seen
                # A nonce of its own: a late repeat of `begin` must not pass for the takeover.
                image = self.attempts.new(fields, idempotency_key, number=seen.attempts + 1)
                self.attempts.take_over(image, seen)
            self.objects.put(image, file)
            image = self.finish(image)
        except StorageUnavailable:
            self.release(image)
            raise
        log.info("image uploaded", extra={"image_id": image.image_id, "size": image.size})
        return image

    def finish(self, image):
        """Make the record ready, listed from now on; return the ready image."""
        # More than one attempt may have left bytes: then the sweep must still look.
        image.due_at = image.due_at if image.attempts > 1 else None
        try:
            finished = self.images.finish(image)
        except QuotaExceeded:
            # Others took the room meanwhile. The sweep deletes the bytes.
            self.images.condemn(image, now_text())
            raise
        if finished:
            image.state = READY
            return image
        seen = self.attempts.earlier(image)
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
        """Return the image; a direct upload whose bytes have arrived is completed first.

        Raises ImageNotFound, also for someone else's, or StorageUnavailable.
        """
        return self.direct.complete(self.find(user_id, image_id))

    def find(self, user_id, image_id):
        """Return the image as its record is. Raises ImageNotFound, also for someone else's."""
        image = self.images.get(image_id)
        if image is None or not image.is_visible or user_id not in (None, image.user_id):
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
        image = self.find(user_id, image_id)
        # Record first: from here on the image is invisible, and the sweep finishes the job.
        if not self.images.bury(image, secrets.token_hex(8), now_text()):
            raise ImageNotFound("The image was deleted by another request.")
        try:
            self.objects.delete(image.object_key)
        except ServiceError as error:
            log.warning("object left to the sweep", extra={"image_id": image_id, **error.facts})
        log.info("image deleted", extra={"image_id": image_id})
