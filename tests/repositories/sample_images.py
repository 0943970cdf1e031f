"""Image records for the repository tests, and walks through the pages of their lists."""

import copy
import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from service.models.image import READY, TRASHED, changed, new_image, utc_text

NOON = datetime(2026, 2, 13, 12, tzinfo=UTC)
DUE_AT = utc_text(NOON + timedelta(hours=1))
CONTENT = b"not an image: repositories do not look at bytes"
# The longest values that the contract allows, in characters of four bytes.
LONGEST = {"filename": "𝒻" * 255, "description": "𝒹" * 1000, "user_id": "u" * 128}
LONGEST_TAGS = [f"{number:02d}".translate(str.maketrans("0123456789", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")) + "𝓉" * 48
                for number in range(20)]  # fmt: skip


def at(second):
    """Return the time `second` seconds after noon, as UTC text."""
    return utc_text(NOON + timedelta(seconds=second))


def sample(user_id="ana", tags=(), *, second=0, content=CONTENT, **more):
    """Return a pending Image that was created `second` seconds after noon."""
    fields = {"filename": "cat.jpg", "description": None, "content_type": "image/jpeg"}
    fields |= {"width": 4, "height": 3, "size": len(content), "request_digest": "d" * 64}
    fields |= {"sha256": hashlib.sha256(content).hexdigest(), "keyed": False, **more}
    image = new_image(user_id=user_id, tags=sorted(tags), **fields)
    image.created_at = at(second)
    image.due_at = DUE_AT
    return image


def next_attempt(image):
    """Return another attempt at the same image: with a new nonce and object key."""
    other = copy.copy(image)
    fresh = new_image(image.image_id)
    other.nonce, other.object_key, other.attempts = fresh.nonce, fresh.object_key, 2
    return other


def add(images, *arguments, **fields):
    """Store the record of a ready sample and return it."""
    image = sample(*arguments, **fields)
    assert images.begin(image)
    image.due_at = None
    assert images.finish(image)
    image.state = READY
    return image


def trash(images, image, second):
    """Move a ready image to the trash, `second` seconds after noon; return it."""
    trashed_at, purged_at = at(second), at(second + 60)
    after = changed(image, state=TRASHED, trashed_at=trashed_at, purged_at=purged_at)
    return rewrite(images, changed(image, state=READY), after)


def restore(images, image):
    """Move an image out of the trash; return it."""
    after = changed(image, state=READY, trashed_at=None, purged_at=None)
    return rewrite(images, image, after)


def rewrite(images, before, after):
    """Change an image from what was read to another one; return it, with a new revision."""
    after = changed(after, revision=secrets.token_hex(8))
    assert images.change(before, after)
    return after


def values_of(image):
    """Return all of an Image's values by name."""
    return dict(vars(image))


def walk(images, query, limit):
    """Return the pages of a list, each as image_ids."""
    pages, position = [], None
    while not pages or position:
        page, position = images.list(query, limit, position)
        pages.append([image.image_id for image in page])
    return pages
