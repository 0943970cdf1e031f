"""The image: its record, its states, and where its bytes lie."""

import hashlib
import json
import re
import secrets
from datetime import UTC, datetime, timedelta

PENDING = "pending"
READY = "ready"
DELETING = "deleting"

IMAGE_ID = re.compile(r"[0-9a-f]{32}")

# What a list needs: kept together as one JSON text, the record's `doc`.
DOC_FIELDS = (
    "user_id", "filename", "description", "tags", "content_type", "size", "width", "height",
    "sha256", "created_at", "object_key",
)  # fmt: skip
# What the write protocol needs beside it (storage.md).
RECORD_FIELDS = (
    "image_id", "state", "nonce", "request_digest", "keyed", "attempts", "released",
    "bury_nonce", "due_at", "was_ready", "swept",
)  # fmt: skip
EMPTY = dict.fromkeys(DOC_FIELDS + RECORD_FIELDS)


class Image:
    """One image's record.

    image_id: 32 hex digits, random or derived from an idempotency key.
    user_id, filename, description (or None), tags (sorted list): text as the user gave it.
    content_type, size (bytes), width, height (pixels as displayed), sha256 (hex): from the bytes.
    created_at: UTC text. state: PENDING, READY or DELETING. object_key: where the bytes lie.
    nonce: random per attempt; bury_nonce: random per delete. request_digest: hex, what was asked.
    keyed: made under an idempotency key. attempts: how many worked on it. released: the last one
    gave up. due_at: UTC text, when the sweep must look, or None. was_ready: it was visible once.
    swept: how often a sweep has deleted its objects, or None.
    """

    __slots__ = DOC_FIELDS + RECORD_FIELDS

    def __init__(self, **values):
        for name, value in (EMPTY | values).items():
            setattr(self, name, value)

    @property
    def listed_at(self):
        """The one sort order: creation time, ties told apart by the id."""
        return f"{self.created_at}#{self.image_id}"

    @property
    def prefix(self):
        """The key prefix under which every attempt at this image puts its bytes."""
        return object_prefix(self.image_id)

    def doc(self):
        """Return the fields that a list needs, as compact JSON text."""
        fields = {name: getattr(self, name) for name in DOC_FIELDS}
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def new_image(image_id=None, **values):
    """Return a pending Image of a new attempt: fresh nonce, object key and creation time."""
    image_id = image_id or secrets.token_hex(16)
    nonce = secrets.token_hex(8)
    return Image(
        image_id=image_id,
        state=PENDING,
        nonce=nonce,
        object_key=object_prefix(image_id) + nonce,
        created_at=utc_text(datetime.now(UTC)),
        **values,
    )


def from_doc(doc, **values):
    """Return the Image of a record: its doc, JSON text, and the fields kept beside it."""
    return Image(**json.loads(doc), **values)


def keyed_image_id(user_id, idempotency_key):
    """Return the image_id that every retry with this key of this user meets again."""
    # Who guesses a weak key learns no more than a list shows; ownership is checked on every verb.
    return hashlib.sha256(f"image\n{user_id}\n{idempotency_key}".encode()).hexdigest()[:32]


def object_prefix(image_id):
    """Return the key prefix of an image's objects."""
    return f"images/{image_id}/"


def is_image_id(text):
    """Tell whether a text has the exact shape of an image_id."""
    return bool(IMAGE_ID.fullmatch(text))


def utc_text(moment):
    """Return a time as fixed-width RFC 3339 text with milliseconds: 2026-02-13T09:30:00.123Z."""
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def now_text(seconds=0):
    """Return the time that many seconds from now, as UTC text."""
    return utc_text(datetime.now(UTC) + timedelta(seconds=seconds))
