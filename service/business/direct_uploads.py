"""Direct uploads: clients send the bytes to the store; the service inspects them afterwards."""

import json
import logging
from datetime import UTC, datetime

from service.business.metadata.stored_copies import stored_copy
from service.business.renditions.stored_renditions import with_rendition
from service.common.errors import (
    ImageNotFound,
    ImageRefused,
    InvalidUrl,
    NotAsDeclared,
    QuotaExceeded,
    ServiceError,
)
from service.common.spooled_files import SpooledFile
from service.models.image import (
    PENDING,
    REFUSED,
    SPOOL_BYTES,
    UPLOAD_SECONDS,
    log_facts,
    now_text,
)
from service.models.renditions import THUMB
from service.models.states import completed, finished

log = logging.getLogger(__name__)

# If a URL for the bytes ends sooner than this, a retry takes over and gets a new URL.
LEAST_SECONDS = 60


class DirectUploads:
    """Begins direct uploads and completes those whose bytes have arrived.

    attempts makes the records, objects is a repository, inspector inspects the bytes.
    """

    def __init__(self, attempts, objects, inspector):
        self.attempts = attempts
        self.images = attempts.images
        self.objects = objects
        self.inspector = inspector

    def begin(self, fields, idempotency_key=None):
        """Return the image that waits for its bytes, or that of an earlier request with this key.

        fields: what an upload sends (SENT in models/fields.py), by name, and content_type, size
        and sha256 (or None) as declared. Raises QuotaExceeded, KeyReused, KeySpent, KeyInProgress
        or StorageUnavailable.
        """
        image = self.attempts.new(fields, idempotency_key, direct=True)
        self.attempts.require_space(image, self.objects)
        if not self.images.begin(image):
            previous = self.earlier(image)
            if not has_lapsed(previous):
                return previous
            number = previous.attempts + 1
            image = self.attempts.new(fields, idempotency_key, number=number, direct=True)
            self.attempts.take_over(image, previous)
        log.info("direct upload begun", extra=log_facts(image))
        return image

    def earlier(self, image):
        """Return the image of an earlier request, completed if its bytes have arrived."""
        try:
            return self.complete(self.attempts.earlier(image))
        except ImageNotFound:
            # It was deleted or condemned meanwhile: its record now tells what to answer.
            return self.attempts.earlier(image)

    def offer(self, image, method):
        """Return (URL, headers or fields, end): where to send a pending image's bytes.

        Headers belong to a PUT, form fields to a POST. The URL stops working at the end.
        """
        return self.objects.presign_upload(image, method, seconds_left(image))

    def require_place(self, image_id):
        """Refuse more bytes for an upload that no quota counts any more. Raises InvalidUrl."""
        image = self.images.get(image_id)
        if image is None or image.state != PENDING and not image.is_stored:
            raise InvalidUrl("The upload was refused or deleted: begin a new one.")

    def complete(self, image):
        """Inspect the bytes if they have arrived; return the image in its new state.

        It is ready or refused, or still pending if nothing arrived. Two completions at the same
        time do no harm. Raises StorageUnavailable, or ImageNotFound if the image was deleted.
        """
        if image.state != PENDING:
            return image
        with SpooledFile(SPOOL_BYTES) as file:
            version = self.objects.receive(image, file)
            if version is None:
                return image
            try:
                measured, thumb = self.inspect(image, file)
                found = measured | {"strip": image.strip}
                with stored_copy(self.inspector, file, found, image.user_id) as stored:
                    ready = self.keep(image, version, thumb, *stored)
            except ImageRefused as error:
                return self.refuse(image, error)
        return self.finish(image, ready) if ready else image

    def inspect(self, image, file):
        """Return (measured fields, thumb or None). Raises ImageRefused or ServiceBusy."""
        check_declared(image, {"size": file.seek(0, 2)})
        measured, thumb = self.inspector.inspect(file, image.user_id)
        check_declared(image, measured)
        return measured, thumb

    def keep(self, image, version, thumb, file, measured):
        """Store the bytes of a file, and a thumb, at keys of their own; return the ready Image.

        version: that of the bytes that arrived. Returns None if others have arrived since.
        """
        ready = completed(image, measured)
        if image.strip:
            named = self.objects.put(ready, file, thumb)
        else:
            named = bool(thumb) and self.objects.put_thumb(ready, thumb)
            # Adopt only the bytes that were inspected: the client may have sent others since.
            if not self.objects.adopt(ready, image.object_key, version):
                # If another completion was faster, the sweep may be over by now.
                delete_bytes(self.objects, image.image_id, *ready.own_keys)
                return None
        return with_rendition(ready, THUMB, len(thumb.content)) if named else ready

    def finish(self, image, ready):
        """Make the record ready and listed; it is due for the sweep when its URL has ended."""
        # Another completion may still copy the bytes: an earlier sweep would not find its copy.
        ready.due_at = max(ready.due_at, now_text(self.attempts.grace_seconds))
        try:
            if not self.images.finish(ready):
                return self.discard(image, ready)
        except QuotaExceeded as error:
            return self.refuse(image, error)
        delete_bytes(self.objects, image.image_id, image.object_key)
        log.info("image uploaded", extra=log_facts(image))
        return finished(ready)

    def discard(self, image, ready):
        """Delete the copy of a completion that lost; return the image as it is now."""
        record = self.images.get(image.image_id)
        # If the completion was slow, the sweep may be over by now.
        if record is None or record.object_key != ready.object_key:
            delete_bytes(self.objects, image.image_id, *ready.own_keys)
        return require_visible(record)

    def refuse(self, image, error):
        """Store the problem of the bytes in the record and delete the bytes."""
        image.problem = json.dumps({"code": error.code, "detail": error.detail})
        if not self.images.refuse(image):
            return require_visible(self.images.get(image.image_id))
        image.state = REFUSED
        delete_bytes(self.objects, image.image_id, image.object_key)
        log.info("direct upload refused", extra=log_facts(image) | {"problem": error.code})
        return image


def require_visible(record):
    """Return a record that another request has changed. Raises ImageNotFound."""
    if record is None or not record.is_visible:
        raise ImageNotFound("The image was deleted by another request.")
    return record


def delete_bytes(objects, image_id, *object_keys):
    """Delete objects of an image. If this fails, the sweep deletes them."""
    try:
        objects.delete(*object_keys)
    except ServiceError as error:
        facts = {"image_id": image_id, **error.facts}
        log.warning("object not deleted, the sweep will retry", extra=facts)


def check_declared(image, measured):
    """Raise NotAsDeclared for bytes that are not what the request declared."""
    for name in sorted(measured.keys() & {"content_type", "size", "sha256"}):
        declared = getattr(image, name)
        if declared not in (None, measured[name]):
            raise NotAsDeclared(
                f"The {name} of the bytes is not {declared}, which was declared. "
                "Begin a new upload that declares the bytes as they are."
            )


def has_lapsed(image):
    """Tell whether a retry needs a new place: its image was condemned, or its time is over."""
    return image.is_condemned or image.state == PENDING and seconds_left(image) < LEAST_SECONDS


def seconds_left(image):
    """Return for how many seconds a pending image's bytes may still be sent."""
    age = datetime.now(UTC) - datetime.fromisoformat(image.created_at)
    return round(UPLOAD_SECONDS - age.total_seconds())
