"""The verbs on images. docs/storage.md explains why the order of writes loses no image."""

import logging

from service.business.attempts import Attempts
from service.business.changes.image_changes import DELETE, RESTORE, TRASH, UPDATE, Changes
from service.business.direct_uploads import DirectUploads
from service.business.metadata.stored_copies import stored_copy
from service.business.ownership import owned
from service.business.renditions.late_renditions import LateRenditions
from service.business.renditions.stored_renditions import StoredRenditions
from service.business.upload_writes import UploadWrites
from service.models.image import log_facts

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
        self.writes = UploadWrites(self.attempts, objects)
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
        owner = fields["user_id"]
        measured, thumb = self.inspector.inspect(file, owner)
        sent = fields | measured
        with stored_copy(self.inspector, file, sent, owner) as (file, stored):
            return self.store(file, thumb, sent, stored, idempotency_key)

    def store(self, file, thumb, sent, stored, idempotency_key):
        """Write a file, its thumb (or None) and its record; return the image, ready.

        sent: the fields of the request and of the bytes that it brought; stored: those of the file.
        """
        image, is_new = self.writes.store(
            lambda number: self.attempts.new(stored, idempotency_key, sent=sent, number=number),
            file,
            thumb,
        )
        if is_new:
            log.info("image uploaded", extra=log_facts(image))
        return image

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
