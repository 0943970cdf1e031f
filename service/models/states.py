"""What an image becomes: the Image as it will be in another state."""

import secrets

from service.models.image import IMAGES, READY, TRASHED, Image, changed


def completed(image, measured):
    """Return a direct upload's Image as it will be when ready, with an object key of its own.

    measured: what inspection tells of the bytes that arrived, by the names of the fields.
    """
    # Several requests may complete one upload at the same time. They share the record's nonce, but
    # each has an object key of its own.
    object_key = f"{IMAGES}{image.image_id}/{secrets.token_hex(8)}"
    return Image(**vars(image) | measured | {"object_key": object_key})


def in_trash(image, trashed_at, purged_at):
    """Return an Image as it is in the trash; what has to be tidied stays due (docs/storage.md)."""
    return changed(
        image,
        state=TRASHED,
        trashed_at=trashed_at,
        purged_at=purged_at,
        tidy_at=image.due_at,
        due_at=min(image.due_at or purged_at, purged_at),
    )


def finished(image):
    """Return the Image that `finish` makes of an attempt: ready, or in the trash.

    due_at: the time at which other attempts' objects must be tidied, or None.
    """
    if image.trashed_at:
        return in_trash(image, image.trashed_at, image.purged_at)
    return changed(image, state=READY)
