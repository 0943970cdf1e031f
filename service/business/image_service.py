"""The verbs on images. docs/storage.md explains why the order of writes loses no image."""

import logging

from service.business.attempts import Attempts
from service.business.changes.image_changes import DELETE, RESTORE, TRASH, UPDATE, Changes
from service.business.direct_uploads import DirectUploads, delete_bytes
from service.business.metadata.stored_copies import stored_copy
from service.business.ownership import owned
from service.business.renditions.late_renditions import LateRenditions
from service.business.renditions.stored_renditions import StoredRenditions, with_rendition
from service.common.errors import (
    KeyInProgress,
    QuotaExceeded,
    ServiceError,
    StorageUnavailable,
)
from service.models.image import READY, log_facts, now_text
from service.models.renditions import THUMB

log = logging.getLogger(__name__)


class ImageService:
    """Upload, list, view, change and delete images.

    images and objects are repositories, inspector inspects bytes, maker makes renditions of stored
    ones. An unfinished upload is due for the sweep after grace_seconds; an image stays in the trash
    for trash_days. For a user_id of None the owner is not checked.
    """

    def __init__(self, images, objects, inspector, maker=None, *, grace_seconds, trash_days=30):
        self.images = images
        self.objects = objects
        self.inspector = inspector
        self.attempts = Attempts(images, grace_seconds=grace_seconds)
        self.direct = DirectUploads(self.attempts, objects, inspector)
        self.changes = Changes(images, objects, self.direct, trash_days=trash_days)
        self.renditions = StoredRenditions(images, objects, maker or LateRenditions())

    def upload(self, file, fields, idempotency_key=None):
        """Store a binary file as an image and return it, ready.

        fields: what an upload sends (SENT in models/fields.py), by name. A retry with the same key,
        fields and bytes returns the image of the first request. Raises what the inspector raises,
        QuotaExceeded, KeyReused, KeySpent, KeyInProgress or StorageUnavailable.
        """
        # Check everything before the first write, so that a refused upload stores nothing.
        measured, thumb = self.inspector.inspect(file)
        sent = fields | measured
        with stored_copy(self.inspector, file, sent) as (file, stored):
            return self.store(file, thumb, sent, stored, idempotency_key)

    def store(self, file, thumb, sent, stored, idempotency_key):
        """Write a file, its thumb (or None) and its record; return the image, ready.

        sent: the fields of the request and of the bytes that it brought; stored: those of the file.
        """
        image = self.attempts.new(stored, idempotency_key, sent=sent)
        self.attempts.require_room(image)
        self.attempts.require_space(image, self.objects)
        try:
            if not self.images.begin(image):
                previous = self.attempts.earlier(image)
                if previous.is_stored:
                    return previous
                # A new nonce, so that a late repeat of `begin` is not taken for the take over.
                number = previous.attempts + 1
                image = self.attempts.new(stored, idempotency_key, sent=sent, number=number)
                self.attempts.take_over(image, previous)
            if self.objects.put(image, file, thumb):
                image = with_rendition(image, THUMB, len(thumb.content))
            image = self.finish(image)
        except StorageUnavailable:
            self.release(image)
            raise
        log.info("image uploaded", extra=log_facts(image))
        return image

    def finish(self, image):
        """Make the record ready and listed; return the ready image."""
        # An earlier attempt may have put bytes: the record stays due, so the sweep deletes them.
        image.due_at = image.due_at if image.attempts > 1 else None
        try:
            finished = self.images.finish(image)
        except QuotaExceeded:
            return self.give_up(image)
        if finished:
            image.state = READY
            return image
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

    def view(self, user_id, image_id, rendition=None):
        """Return the image; a direct upload whose bytes have arrived is completed first.

        Then it has its rendition of that name, if it has bytes. Raises ImageNotFound, also for
        another user's image, RenditionImpossible, ServiceBusy or StorageUnavailable.
        """
        image = self.direct.complete(owned(self.images.get(image_id), user_id))
        if rendition and image.is_stored:
            return self.renditions.require(image, rendition)
        return image

    def list(self, query, limit, position=None):
        """Return (images, position): a page of a list. position: from the call before."""
        return self.images.list(query, limit, position)

    def tags(self, user_id, prefix, limit, position=None):
        """Return ([(tag, count)], position): a page of the tags that ready images have, in order.

        For a user_id of None every user's images count.
        """
        return self.images.tags(user_id, prefix, limit, position)

    def sign(self, image, expires_in, download=False, rendition=None):
        """Return (URL, end) of a presigned URL for an image's bytes, or for those of a rendition.

        expires_in is in seconds; None: the URL whose text is the same for a quarter of an hour.
        """
        return self.objects.presign_get(image, expires_in, download, rendition)

    def change(self, user_id, image_id, changes, if_match=None):
        """Change the metadata of a ready image; return it. Changes.one explains the arguments."""
        return self.changes.one(user_id, image_id, UPDATE, changes, if_match)

    def trash(self, user_id, image_id, if_match=None):
        """Move an image to the trash; return it."""
        return self.changes.one(user_id, image_id, TRASH, if_match=if_match)

    def restore(self, user_id, image_id, if_match=None):
        """Bring an image back from the trash; return it."""
        return self.changes.one(user_id, image_id, RESTORE, if_match=if_match)

    def delete(self, user_id, image_id, if_match=None):
        """Delete the image and its bytes, for good."""
        self.changes.one(user_id, image_id, DELETE, if_match=if_match)

    def batch(self, user_id, image_ids, action, changes=None):
        """Do one of Changes' actions with many images; return (image, error) for each."""
        return self.changes.many(user_id, image_ids, action, changes)
