"""The image: its record, its states, and where its bytes lie."""

import functools
import hashlib
import json
import re
import secrets
from datetime import UTC, datetime, timedelta

from service.models import fields

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
DOC_FIELDS = fields.names(field for field in fields.FIELDS if field.kept)
KNOWN = frozenset(DOC_FIELDS)
# What the write protocol needs beside it (docs/storage.md).
RECORD_FIELDS = (
    "image_id", "state", "nonce", "request_digest", "keyed", "attempts", "released",
    "bury_nonce", "due_at", "swept", "direct", "problem",
)  # fmt: skip
# What a new Image starts from; a `doc` from before a field existed leaves it so.
EMPTY = dict.fromkeys((*DOC_FIELDS, *RECORD_FIELDS, "unknown"))
EMPTY |= {field.name: () for field in fields.FIELDS if field.kind == fields.TAGS}


class Image:
    """One image's record: its fields (service/models/fields.py) and the write protocol's own.

    What describes the bytes is as declared, or None, while a direct upload is not ready.
    image_id: 32 hex digits, random or derived from an idempotency key. unknown: what a newer
    version wrote into `doc`, by name, or None. state: PENDING, READY, REFUSED or DELETING.
    nonce: random per attempt; bury_nonce: random per delete. request_digest: hex, what was asked.
    keyed: made under an idempotency key. attempts: how many worked on it. released: the last one
    gave up. due_at: UTC text, when the sweep must look, or None. swept: how often a sweep has
    deleted its objects, or None. direct: its bytes go straight to the store. problem: JSON text,
    why its bytes were refused, or None.
    """

    def __init__(self, **values):
        self.__dict__ = EMPTY | values
        if len(self.__dict__) > len(EMPTY):
            raise TypeError(f"An image has no {', '.join(sorted(values.keys() - EMPTY.keys()))}.")

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
        values = vars(self)
        kept = {name: values[name] for name in DOC_FIELDS} | (self.unknown or {})
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


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
    """Return the Image of a record: its doc, JSON text, and the values kept beside it."""
    return from_kept(json.loads(doc), values)


def from_kept(kept, beside):
    """Return the Image of what a doc holds and of what is kept beside it, both by name.

    Names that only a newer version knows are set aside, and written back with the others.
    """
    if KNOWN.issuperset(kept):
        return Image(**kept, **beside)
    unknown = {name: value for name, value in kept.items() if name not in KNOWN}
    known = {name: value for name, value in kept.items() if name in KNOWN}
    return Image(**known, **beside, unknown=unknown)


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
