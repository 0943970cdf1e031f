"""What a change makes of an image. Each returns the Image as it will be, None if nothing changes.

None of them writes anything, so that a change can be decided again from a newer record.
"""

from service.common.errors import InTrash, InvalidFields, NotReady
from service.models.fields import FIELDS, TAGS
from service.models.image import READY, TRASHED, changed, now_text
from service.models.states import in_trash

TEXTS = ("filename", "description")
(MOST_TAGS,) = (field.most for field in FIELDS if field.kind == TAGS)
DAY_SECONDS = 24 * 3600


def updated(image, changes):
    """Change the metadata: filename, description, tags, or add_tags and remove_tags, if given.

    Raises InTrash, NotReady or InvalidFields (too many tags).
    """
    if image.state == TRASHED:
        raise InTrash
    if image.state != READY:
        raise NotReady
    values = {name: changes[name] for name in TEXTS if name in changes}
    values["tags"] = tags_of(image, changes)
    before = {name: getattr(image, name) for name in values} | {"tags": list(image.tags)}
    if values == before:
        return None
    # A clock may step back, an image's history does not.
    now = max(now_text(), image.updated_at or image.created_at)
    return changed(image, **values, version=image.version + 1, updated_at=now)


def tags_of(image, changes):
    """Return the tags after a change, sorted. Raises InvalidFields."""
    tags = set(changes.get("tags", image.tags)) | set(changes.get("add_tags", ()))
    tags -= set(changes.get("remove_tags", ()))
    if len(tags) > MOST_TAGS:
        message = f"Remove some first: the image would have {len(tags)} tags, of {MOST_TAGS}."
        raise InvalidFields(errors=[{"field": "add_tags", "message": message}])
    return sorted(tags)


def trashed(image, days):
    """Move a ready image to the trash, for so many days. Raises NotReady."""
    if image.state == TRASHED:
        return None
    if image.state != READY:
        raise NotReady
    return in_trash(image, now_text(), now_text(days * DAY_SECONDS))


def restored(image):
    """Bring an image back from the trash, exactly as it was."""
    if image.state != TRASHED:
        return None
    return changed(
        image, state=READY, trashed_at=None, purged_at=None, due_at=image.tidy_at, tidy_at=None
    )
