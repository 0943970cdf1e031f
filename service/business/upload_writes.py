"""The order in which an attempt writes: record, bytes, record again (docs/storage.md)."""

import logging

from service.business.direct_uploads import delete_bytes
from service.business.renditions.stored_renditions import with_rendition
from service.common.errors import (
    KeyInProgress,
    QuotaExceeded,
    ServiceError,
    StorageUnavailable,
)
from service.models.image import now_text
from service.models.renditions import THUMB
from service.models.states import finished

log = logging.getLogger(__name__)


class UploadWrites:
    """Writes an image and its bytes, for uploads and for what comes from a backup.

    attempts reads and judges the records of other attempts, objects is a repository.
    """

    def __init__(self, attempts, objects):
        self.attempts = attempts
        self.images = attempts.images
        self.objects = objects

    def store(self, new, file, thumb):
        """Write a file, its thumb (or None) and its record.

        new(number): the pending Image of the attempt of that number. Returns (image, whether this
        attempt has made it): another one may have stored it before. Raises QuotaExceeded,
        KeyReused, KeySpent, KeyInProgress or StorageUnavailable.
        """
        image = new(1)
        self.attempts.require_room(image)
        self.attempts.require_space(image, self.objects)
        try:
            if not self.images.begin(image):
                previous = self.attempts.earlier(image)
                if previous.is_stored:
                    return previous, False
                # A new nonce, so that a late repeat of `begin` is not taken for the take over.
                image = new(previous.attempts + 1)
                self.attempts.take_over(image, previous)
            if self.objects.put(image, file, thumb):
                image = with_rendition(image, THUMB, len(thumb.content))
            stored = self.finish(image)
        except StorageUnavailable:
            self.release(image)
            raise
        return stored, stored.nonce == image.nonce

    def finish(self, image):
        """Make the record ready and listed, or trashed; return the image as it is then."""
        # An earlier attempt may have put bytes: the record stays due, so the sweep deletes them.
        image.due_at = image.due_at if image.attempts > 1 else None
        try:
            done = self.images.finish(image)
        except QuotaExceeded:
            return self.give_up(image)
        if done:
            return finished(image)
        record = self.attempts.earlier(image)
        if record.is_stored:
            return record
        raise KeyInProgress("Another request with this Idempotency-Key took over; try again.")

    def give_up(self, image):
        """Condemn an upload for which the quota has no room any more, and raise QuotaExceeded.

        Return the image if a late `finish` has made it ready after all.
        """
        # Condemn first: then no late `finish` can make a record of these bytes ready.
        if not self.images.condemn(image, now_text()):
            record = self.images.get(image.image_id)
            if record and record.is_stored:
                return record
        delete_bytes(self.objects, image.image_id, *image.own_keys)
        raise QuotaExceeded(self.images.quota)

    def release(self, image):
        """Let a retry take over at once. If this fails, the retry waits up to a minute."""
        try:
            self.images.release(image)
        except ServiceError as error:
            log.warning("attempt not released", extra={"image_id": image.image_id, **error.facts})
