"""Strip an inspected file: the same pixels without metadata, but for the turn and the colours."""

import functools

from service.common.errors import StripImpossible


def stripped(content_type, data, header):
    """Return the Pieces that are the file without metadata; None if there is nothing to cut.

    To be iterated for memoryviews of the file and bytes; their `len` is the size in bytes.
    Raises StripImpossible for a format of which nothing can be cut.
    """
    if content_type not in formats():
        raise StripImpossible
    try:
        pieces = formats()[content_type].cut(data, header)
    except Exception as error:
        # Rather none than a copy that has something private in it.
        raise StripImpossible(reason=repr(error)) from error
    return None if pieces.unchanged else pieces


@functools.cache
def formats():
    """Return {content type: module}. Imports them: a cold start does without them."""
    from service.business.metadata.cutting import jpeg, png, webp

    return {"image/jpeg": jpeg, "image/png": png, "image/webp": webp}
