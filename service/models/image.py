"""The image: its record, its states, and where its bytes are."""

import functools
import hashlib
import json
import re
import secrets
from datetime import UTC, datetime, timedelta

from service.models import fields, renditions

PENDING = "pending"
READY = "ready"
TRASHED = "trashed"
REFUSED = "refused"
DELETING = "deleting"
STATES = (PENDING, READY, TRASHED, REFUSED, DELETING)
# Its bytes are complete, and its owner keeps them.
STORED = (READY, TRASHED)

# How long a client may send the bytes of a direct upload.
UPLOAD_SECONDS = 15 * 60
# While an image is inspected, up to this many bytes are in memory; a larger one is in a file.
SPOOL_BYTES = 500 * 1024

IMAGES = "images/"
INCOMING = "incoming/"
FOLDERS = (IMAGES, INCOMING)

IMAGE_ID = re.compile(r"[0-9a-f]{32}")

# The fields that a list needs, stored as one JSON text, `doc`.
DOC_FIELDS = fields.names(field for field in fields.FIELDS if field.kept)
KNOWN = frozenset(DOC_FIELDS)
# The fields of the write protocol, stored beside `doc` (docs/storage.md, section 2).
RECORD_FIELDS = (
    "image_id", "state", "nonce", "request_digest", "keyed", "attempts", "released",
    "bury_nonce", "due_at", "tidy_at", "swept", "direct", "charged", "problem", "revision",
)  # fmt: skip
# The values of an Image before it gets others; a field that an old `doc` lacks keeps this value.
EMPTY = dict.fromkeys((*DOC_FIELDS, *RECORD_FIELDS, "unknown"))
EMPTY |= {field.name: () for field in fields.FIELDS if field.kind == fields.TAGS}
EMPTY["version"] = 1


class Image:
    """One image's record: its fields (service/models/fields.py) and the write protocol's own.

    Before a direct upload is ready, the fields about its bytes are as declared, or None.
    image_id: 32 hex digits, random or derived from an idempotency key. unknown: {name: value} of
    the fields in `doc` that only a newer version knows, or None. state: one of STATES. nonce:
    random for each attempt; bury_nonce: random for each delete. request_digest: hex digest of the
    request. keyed: the request had an idempotency key. attempts: how many have worked on it.
    released: the last attempt failed and a retry may take over. due_at: UTC text, when the sweep
    must look, or None. tidy_at: of a trashed image, the due_at that it had before, or None. swept:
    how often a sweep has deleted its objects, or None. direct: the client sends its bytes to the
    store. charged: the bytes that the quota counts for it while it waits for them, or None.
    problem: JSON text, why its bytes were refused, or None. revision: random, new with each change
    of a ready or trashed image; None before the first change.
    """

    def __init__(self, **values):
        self.__dict__ = EMPTY | values
        if len(self.__dict__) > len(EMPTY):
            raise TypeError(f"An image has no {', '.join(sorted(values.keys() - EMPTY.keys()))}.")

    @property
    def listed_at(self):
        """What lists are sorted by: when it was made, or trashed, and then its image_id."""
        return f"{self.trashed_at or self.created_at}#{self.image_id}"

    @property
    def entity_tag(self):
        """The text that stands for its version in HTTP's conditions (RFC 9110, section 8.8.3)."""
        return f"{self.image_id}-{self.version}"

    @property
    def own_keys(self):
        """Every object key that it may have: the original's and its renditions'."""
        return renditions.own_keys(self.object_key)

    def rendition(self, name):
        """Return {width, height, size} of a rendition that its record names, or None."""
        described = (self.renditions or {}).get(name, {})
        return described if "size" in described else None

    def rendition_fault(self, name):
        """Return why a rendition cannot be made, or None."""
        return (self.renditions or {}).get(name, {}).get("fault")

    @property
    def is_condemned(self):
        """Tell whether its upload did not finish; a user has not deleted it."""
        return self.state == DELETING and not self.bury_nonce

    @property
    def is_stored(self):
        """Tell whether it is ready or in the trash: its bytes are complete."""
        return self.state in STORED

    @property
    def is_visible(self):
        """Tell whether its owner may see it. Of pending records only direct uploads are visible."""
        return self.state in (*STORED, REFUSED) or bool(self.state == PENDING and self.direct)

    def doc(self):
        """Return the fields that a list needs, as compact JSON text."""
        values = vars(self)
        # What a field has that was never written need not be written.
        kept = {name: values[name] for name in DOC_FIELDS if values[name] != EMPTY[name]}
        kept |= self.unknown or {}
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def new_image(image_id=None, **values):
    """Return a pending Image of a new attempt, with a new nonce, object key and creation time."""
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


def changed(image, **values):
    """Return an Image with other values."""
    return Image(**vars(image) | values)


def from_doc(doc, **values):
    """Return the Image of a record. doc: JSON text; values: the fields stored beside it."""
    return from_kept(json.loads(doc), values)


def from_kept(kept, beside):
    """Return the Image of a record. kept: the fields in its doc; beside: the others; both by name.

    Fields that only a newer version knows go to `unknown` and are written back with the doc.
    """
    if KNOWN.issuperset(kept):
        return Image(**kept, **beside)
    unknown = {name: value for name, value in kept.items() if name not in KNOWN}
    known = {name: value for name, value in kept.items() if name in KNOWN}
    return Image(**known, **beside, unknown=unknown)


def log_facts(image):
    """Return what a log line tells of an image: nothing that its user wrote."""
    return {"image_id": image.image_id, "owner": image.user_id, "size": image.size}


def keyed_image_id(user_id, idempotency_key):
    """Return the image_id for this key of this user: the same for every retry."""
    # Guessing a weak key reveals nothing: every verb checks the owner.
    return hashlib.sha256(f"image\n{user_id}\n{idempotency_key}".encode()).hexdigest()[:32]


def object_prefixes(image_id):
    """Return the key prefixes of an image's objects: below `images/` and below `incoming/`."""
    return [f"{folder}{image_id}/" for folder in FOLDERS]


def is_image_id(text):
    """Tell whether a text has the exact shape of an image_id."""
    return bool(IMAGE_ID.fullmatch(text))


# Cached, because all URLs of a page end at the same time.
@functools.lru_cache(maxsize=16)
def utc_text(moment):
    """Return a time as fixed-width RFC 3339 text with milliseconds: 2026-02-13T09:30:00.123Z."""
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def now_text(seconds=0):
    """Return the time `seconds` from now, as UTC text."""
    return utc_text(datetime.now(UTC) + timedelta(seconds=seconds))
