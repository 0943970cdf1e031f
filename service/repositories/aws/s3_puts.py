"""Puts of image bytes to S3: originals, and renditions beside them."""

import hashlib
import io
import logging
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from contextvars import copy_context

from service.common.errors import StorageUnavailable
from service.models import cache_headers
from service.models.image import Image
from service.models.renditions import CONTENT_TYPE, THUMB, rendition_key
from service.models.upload_headers import SHA256, upload_headers
from service.repositories.aws import clients

log = logging.getLogger(__name__)

# Small images are sent as bytes: a file as body costs one more round trip (100-continue).
MOST_IN_MEMORY = 1 << 20
# How many thumbs are put at the same time, and how long an upload waits for its thumb alone.
THUMB_THREADS = 16
THUMB_SECONDS = 2
# S3's answers to a put of an object that is there, or that another request is just putting.
EXISTS = "PreconditionFailed"
STANDING = (EXISTS, "ConditionalRequestConflict")


class S3Puts:
    """Puts objects into one bucket."""

    def __init__(self, client, bucket_name):
        self.client = client
        self.bucket_name = bucket_name
        # Its threads start with the first thumb, never at import.
        self.thumbs = ThreadPoolExecutor(THUMB_THREADS, thread_name_prefix="thumb")

    def put(self, image, file, thumb=None):
        """Store a binary file at the image's object key, and a thumb (a Rendition) beside it.

        S3 refuses bytes whose SHA-256 is not the image's. Returns whether the thumb is stored: it
        is not if its put fails or lasts too long.
        """
        if thumb is None:
            self.put_object(image, file)
            return False
        beside = self.begin_thumb(image, thumb)
        self.put_object(image, file)
        return is_stored(image, beside)

    def put_thumb(self, image, thumb):
        """Store a thumb alone. False if its put fails or lasts too long."""
        return is_stored(image, self.begin_thumb(image, thumb))

    def begin_thumb(self, image, thumb):
        """Put a thumb in another thread; return the Future of whether it is there, or None."""
        try:
            return self.thumbs.submit(copy_context().run, self.send_thumb, image, thumb)
        except RuntimeError as error:
            # The system has no thread for it.
            facts = {"image_id": image.image_id, "reason": str(error)}
            log.warning("thumb not stored", extra=facts)
            return None

    def send_thumb(self, image, thumb):
        """Store an upload's thumb; tell whether it is there.

        If the put lands late, another request may have made the thumb: it must stay as it is.
        """
        webp, file = webp_of(image, THUMB, thumb), io.BytesIO(thumb.content)
        try:
            self.put_object(webp, file, IfNoneMatch="*")
        except StorageUnavailable as error:
            # Only this request writes to the key before `finish`: the SDK has repeated the put.
            if error.facts.get("code") == EXISTS:
                return True
            log.warning("thumb not stored", extra={"image_id": image.image_id, **error.facts})
            return False
        return True

    def put_object(self, image, file, **conditions):
        """Store a binary file with the type, size and digest of an image, at its object key."""
        file.seek(0)
        with clients.storage_errors("put object"):
            self.client.put_object(
                Bucket=self.bucket_name,
                Key=image.object_key,
                Body=file.read() if image.size <= MOST_IN_MEMORY else file,
                ContentLength=image.size,
                ContentType=image.content_type,
                CacheControl=cache_headers.STORED,
                ChecksumSHA256=upload_headers(image)[SHA256],
                **conditions,
            )

    def put_rendition(self, image, name, rendition):
        """Store a rendition unless there is one; tell whether it is the one that stays."""
        webp, file = webp_of(image, name, rendition), io.BytesIO(rendition.content)
        try:
            self.put_object(webp, file, IfNoneMatch="*")
        except StorageUnavailable as error:
            if error.facts.get("code") not in STANDING:
                raise
            return False
        return True


def is_stored(image, beside):
    """Wait for a thumb's Future, but not long; tell whether the thumb is stored. None: it is not.

    The record does not name a thumb that is late.
    """
    try:
        return bool(beside and beside.result(THUMB_SECONDS))
    except TooLate:
        # One that has not begun waits for others: it would only come later still.
        beside.cancel()
        log.warning("thumb not stored in time", extra={"image_id": image.image_id})
        return False


def webp_of(image, name, rendition):
    """Return the key, type, size and digest of a rendition, as an Image."""
    return Image(
        object_key=rendition_key(image.object_key, name),
        content_type=CONTENT_TYPE,
        size=len(rendition.content),
        sha256=hashlib.sha256(rendition.content).hexdigest(),
    )
