"""Direct uploads: bytes that go straight to the store, and are judged when they have arrived."""

import json
import logging
import tempfile
from datetime import UTC, datetime

from service.common.errors import (
    ImageNotFound,
    ImageRefused,
    NotAsDeclared,
    QuotaExceeded,
    ServiceError,
)
from service.models.image import (
    PENDING,
    READY,
    REFUSED,
    SPOOL_BYTES,
    UPLOAD_SECONDS,
    completed,
    now_text,
)

log = logging.getLogger(__name__)

# With less time than this left, a retry gets a new place to send the bytes to.
LEAST_SECONDS = 60


class DirectUploads:
    """Begins direct uploads and completes those whose bytes have arrived.

    attempts writes the records; objects is a repository, inspector judges bytes.
    """

    def __init__(self, attempts, objects, inspector):
        self.attempts = attempts
        self.images = attempts.images
        self.objects = objects
        self.inspector = inspector

    def begin(self, fields, idempotency_key=None):
        """Return the image that waits for its bytes, or what the same key's has become.

        fields: user_id, filename, description, tags, and content_type, size and sha256 (or None)
        as declared. Raises QuotaExceeded, KeyReused, KeySpent, KeyInProgress or StorageUnavailable.
        """
        image = self.attempts.new(fields, idempotency_key, direct=True)
        self.attempts.require_room(image)
        if not self.images.begin(image):
            seen = self.complete(self.attempts.earlier(image))
            if seen.state != PENDING or seconds_left(seen) >= LEAST_SECONDS:
                return seen
            number = seen.attempts + 1
            image = self.attempts.new(fields, idempotency_key, number=number, direct=True)
            self.attempts.take_over(image, seen)
        log.info("direct upload begun", extra={"image_id": image.image_id, "size": image.size})
        return image

    def offer(self, image, method):
        """Return (URL, given, end): where a pending image's bytes may be sent till then.

        given: the headers of a PUT, or the form fields of a POST.
        """
        return self.objects.presign_upload(image, method, seconds_left(image))

    def complete(self, image):
        """Return the image as its bytes make it: ready, refused, or pending until they arrive.

        Two at once do no harm. Raises StorageUnavailable, or ImageNotFound if it was deleted.
        """
        if image.state != PENDING:
            return image
        with tempfile.SpooledTemporaryFile(SPOOL_BYTES) as file:
            version = self.objects.receive(image, file)
            if version is None:
                return image
            try:
                ready = completed(image, self.judge(image, file))
            except ImageRefused as error:
                return self.refuse(image, error)
        # Only what was judged: the bytes may have been sent anew meanwhile.
        if not self.objects.adopt(ready, image.object_key, version):
            return image
        return self.finish(image, ready)

    def judge(self, image, file):
        """Return what the bytes are. Raises an ImageRefused, or ServiceBusy."""
        measured = {"size": file.seek(0, 2)}
        check_declared(image, measured)
        measured = self.inspector.inspect(file)
        check_declared(image, measured)
        return measured

    def finish(self, image, ready):
        """Make the record ready, listed from now on; the sweep looks once its URL has ended."""
        # Another completion may still copy the bytes: a sweep that looks before would miss these.
        ready.due_at = max(ready.due_at, now_text(self.attempts.grace_seconds))
        try:
            if not self.images.finish(ready):
                return self.moved_on(image)
        except QuotaExceeded as error:
            return self.refuse(image, error)
        ready.state = READY
        self.drop(image)
        log.info("image uploaded", extra={"image_id": image.image_id, "size": image.size})
        return ready

    def refuse(self, image, error):
        """Keep what is wrong with the bytes, and none of them."""
        image.problem = json.dumps({"code": error.code, "detail": error.detail})
        if not self.images.refuse(image):
            return self.moved_on(image)
        image.state = REFUSED
        self.drop(image)
        log.info("direct upload refused", extra={"image_id": image.image_id, "problem": error.code})
        return image

    def moved_on(self, image):
        """Return the image as another request has left it."""
        seen = self.images.get(image.image_id)
        if seen is None or not seen.is_visible:
            raise ImageNotFound("The image was deleted by another request.")
        return seen

    def drop(self, image):
        """Delete the bytes that were sent. Best effort: the sweep looks again."""
        try:
            self.objects.delete(image.object_key)
        except ServiceError as error:
            facts = {"image_id": image.image_id, **error.facts}
            log.warning("object left to the sweep", extra=facts)


def check_declared(image, measured):
    """Refuse bytes that are not what the request declared."""
    for name in sorted(measured.keys() & {"content_type", "size", "sha256"}):
        declared = getattr(image, name)
        if declared not in (None, measured[name]):
            raise NotAsDeclared(
                f"The bytes have another {name} than the {declared} that was declared. "
                "Begin a new upload that declares what is so."
            )


def seconds_left(image):
    """Return for how many seconds a pending image's bytes may still be sent."""
    begun = datetime.fromisoformat(image.created_at)
    return round(UPLOAD_SECONDS - (datetime.now(UTC) - begun).total_seconds())
