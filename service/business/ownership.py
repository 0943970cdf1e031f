"""Whose image it is."""

from service.common.errors import ImageNotFound


def owned(image, user_id):
    """Return the visible image of a record. user_id: whose it must be; None: anyone's.

    Raises ImageNotFound, also for another user's image.
    """
    if image is None or not image.is_visible or user_id not in (None, image.user_id):
        raise ImageNotFound("Check the image_id; a deleted image does not come back.")
    return image
