"""Changes of images that users ask for: of the metadata, to the trash and back, the delete."""

import logging
import secrets
from functools import partial

from service.business.changes import edits
from service.business.changes.guarded_writes import GuardedWrites
from service.business.direct_uploads import delete_bytes
from service.business.ownership import owned
from service.common.errors import ChangedMeanwhile, ServiceError
from service.models.image import PENDING, changed, now_text

log = logging.getLogger(__name__)

DELETE, TRASH, RESTORE, UPDATE = "delete", "trash", "restore", "update"
# Each action, and what the log says when it is done.
ACTIONS = {
    DELETE: "image deleted",
    TRASH: "image trashed",
    RESTORE: "image restored",
    UPDATE: "image updated",
}


class Changes:
    """Changes images, one or many. direct completes direct uploads whose bytes have arrived.

    For a user_id of None the owner is not checked.
    """

    def __init__(self, images, objects, direct, *, trash_days):
        self.images = images
        self.objects = objects
        self.direct = direct
        self.trash_days = trash_days
        self.writes = GuardedWrites(images)

    def one(self, user_id, image_id, action, changes=None, if_match=None):
        """Do an action with one image; return it as it is then, a deleted one as it was.

        changes: see edits.updated. if_match: the entity tags that the image may have; None: any.
        Raises ImageNotFound, InTrash, NotReady, InvalidFields, ChangedMeanwhile, ServiceBusy or
        StorageUnavailable.
        """

        def read():
            image = self.current(self.images.get(image_id), user_id, action)
            if if_match is not None and image.entity_tag not in if_match:
                raise ChangedMeanwhile
            return image

        if action == DELETE:
            image = self.writes.until_done(image_id, read, self.bury(secrets.token_hex(8)))
            delete_bytes(self.objects, image.image_id, *image.own_keys)
        else:
            image = self.writes.change(image_id, read, self.decision(action, changes))
        log.info(ACTIONS[action], extra={"image_id": image_id, "owner": image.user_id})
        return image

    def many(self, user_id, image_ids, action, changes=None):
        """Do an action with up to 100 images; return (image, error), one of them None, for each.

        First all are written at once; what met another change is then done by itself.
        """
        results, pairs = self.decide_many(user_id, image_ids, action, changes)
        for (image, after), done in zip(pairs, self.write(pairs, action), strict=True):
            again = partial(self.one, user_id, image.image_id, action, changes)
            results[image.image_id] = (after, None) if done is True else result_of(done, again)
        if action == DELETE:
            self.delete_bytes(image for image, _ in results.values() if image)
        log.info("images changed", extra={"images": len(results), "action": action})
        return [results[image_id] for image_id in image_ids]

    def decide_many(self, user_id, image_ids, action, changes):
        """Return (results by image_id of what needs no write, pairs (before, after) to write)."""
        found = self.images.get_many(image_ids)
        results, pairs = {}, []
        for image_id in dict.fromkeys(image_ids):
            try:
                image = self.current(found.get(image_id), user_id, action)
                after = self.decide(image, action, changes)
            except ServiceError as error:
                results[image_id] = None, error
                continue
            if after is None:
                results[image_id] = image, None
            else:
                pairs.append((image, after))
        return results, pairs

    def current(self, image, user_id, action):
        """Return the image of a record; where its bytes matter, a direct upload is completed."""
        image = owned(image, user_id)
        if image.state != PENDING or action not in (TRASH, UPDATE):
            return image
        image = self.direct.complete(image)
        # If no bytes are there any more, another request may have completed it.
        return owned(self.images.get(image.image_id), user_id) if image.state == PENDING else image

    def decide(self, image, action, changes):
        """Return the image as it will be, or None if it stays as it is."""
        if action == DELETE:
            return image
        after = self.decision(action, changes)(image)
        return after and changed(after, revision=secrets.token_hex(8))

    def decision(self, action, changes):
        """Return the function of an image that decides what an action makes of it."""
        return {
            UPDATE: lambda image: edits.updated(image, changes),
            TRASH: lambda image: edits.trashed(image, self.trash_days),
            RESTORE: edits.restored,
        }[action]

    def write(self, pairs, action):
        """Write images at once: pairs (before, after). Return True, False or the error for each."""
        if not pairs:
            return []
        if action != DELETE:
            return self.images.change_many(pairs)
        images = [image for image, _ in pairs]
        return self.images.bury_many(images, secrets.token_hex(8), now_text())

    def bury(self, bury_nonce):
        """Return the function that buries an image and returns it, or None if it has changed."""
        now = now_text()
        return lambda image: image if self.images.bury(image, bury_nonce, now) else None

    def delete_bytes(self, images):
        """Delete the objects of deleted images, all at once."""
        images = list(images)
        if images:
            object_keys = [key for image in images for key in image.own_keys]
            delete_bytes(self.objects, images[0].image_id, *object_keys)


def result_of(outcome, again):
    """Return (image, error) of a write that did not apply. again: does it by itself, if it may."""
    if outcome is not False:
        return None, outcome
    try:
        return again(), None
    except ServiceError as error:
        return None, error
