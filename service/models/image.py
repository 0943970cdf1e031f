"""The image: its record, its states, and where its bytes lie."""

import functools
import hashlib
import json
import re
import secrets
from datetime import UTC, datetime, timedelta

PENDING = "pending"
READY = "ready"
REFUSED = "refused"
DELETING = "deleting"

# How long the bytes of a direct upload may be sent.
UPLOAD_SECONDS = 15 * 60
# An image that is being judged stays in memory up to so many bytes; a larger one is a file.
SPOOL_BYTES = 500 * 1024

IMAGES = "images/"
INCOMING = "incoming/"
FOLDERS = (IMAGES, INCOMING)

IMAGE_ID = re.compile(r"[0-9a-f]{32}")

# What a list needs: kept together as one JSON text, the record's `doc`.
DOC_FIELDS = (
    "user_id", "filename", "description", "tags", "content_type", "size", "width", "height",
    "sha256", "created_at", "object_key",
)  # fmt: skip
# What the write protocol needs beside it (docs/storage.md).
RECORD_FIELDS = (
    "image_id", "state", "nonce", "request_digest", "keyed", "attempts", "released",
    "bury_nonce", "due_at", "swept", "direct", "problem",
)  # fmt: skip
EMPTY = dict.fromkeys(DOC_FIELDS + RECORD_FIELDS)


class Image:
    """One image's record.

    image_id: 32 hex digits, random or derived from an idempotency key.
    user_id, filename, description (or None), tags (sorted list): text as the user gave it.
    content_type, size (bytes), width, height (pixels as displayed), sha256 (hex): from the bytes;
    while a direct upload is not ready: as declared, or None.
    created_at: UTC text. state: PENDING, READY, REFUSED or DELETING. object_key: where the bytes
    lie, or are to arrive.
    nonce: random per attempt; bury_nonce: random per delete. request_digest: hex, what was asked.
    keyed: made under an idempotency key. attempts: how many worked on it. released: the last one
    gave up. due_at: UTC text, when the sweep must look, or None. swept: how often a sweep has
    deleted its objects, or None. direct: its bytes go straight to the store. problem: JSON text,
    why its bytes were refused, or None.
    """

    def __init__(self, **values):
        vars(self).update(EMPTY, **values)

    @property
    def listed_at(self):
        """The one sort order: creation time, ties told apart by the id."""
        return f"{self.created_at}#{self.image_id}"

    @property
    def is_visible(self):
        """Tell whether its owner may see it; only direct uploads are seen before they are ready."""
        return self.state in (READY, REFUSED) or bool(self.state == PENDING and self.direct)

    def doc(self):
        """Return the fields that a list needs, as compact JSON text."""
        fields = {name: getattr(self, name) for name in DOC_FIELDS}
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def new_image(image_id=None, **values):
    """Return a pending Image of a new attempt: fresh nonce, object key and creation time."""
    image_id = image_id or secrets.token_hex(16)
    nonce = secrets.token_hex(8)
    folder = INCOMING if values.get("direct") else IMAGES
    return Image(
        image_id=image_id,
        state=PENDING,
        nonce=nonce,
        object_key=f"{folder}{image_id}/{nonce}",
        created_at=utc_text(datetime.now(UTC)),
        **values,
    )


def completed(image, measured):
    """Return a direct upload's Image as it will be when ready, with an object key of its own.

    measured: content_type, size, width, height and sha256 of the bytes that arrived.
    """
    # Several may complete one upload at once: the nonce is the record's, the key each one's own.
    object_key = f"{IMAGES}{image.image_id}/{secrets.token_hex(8)}"
    return Image(**vars(image) | measured | {"object_key": object_key})


def from_doc(doc, **values):
    """Return the Image of a record: its doc, JSON text, and the fields kept beside it."""
    return Image(**json.loads(doc), **values)


def keyed_image_id(user_id, idempotency_key):
    """Return the image_id that every retry with this key of this user meets again."""
    # Who guesses a weak key learns no more than a list shows; ownership is checked on every verb.
    return hashlib.sha256(f"image\n{user_id}\n{idempotency_key}".encode()).hexdigest()[:32]


def object_prefixes(image_id):
    """Return the key prefixes of an image's objects: its own, and those of its direct uploads."""
    return [f"{folder}{image_id}/" for folder in FOLDERS]


def is_image_id(text):
    """Tell whether a text has the exact shape of an image_id."""
    return bool(IMAGE_ID.fullmatch(text))


# All URLs of a page end at the same time.
@functools.lru_cache(maxsize=16)
def utc_text(moment):
    """Return a time as fixed-width RFC 3339 text with milliseconds: 2026-02-13T09:30:00.123Z."""
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def now_text(seconds=0):
    """Return the time that many seconds from now, as UTC text."""
    return utc_text(datetime.now(UTC) + timedelta(seconds=seconds))
