"""The sweep: finishes what died half-way, and leaves nothing behind (docs/storage.md)."""

import itertools
import logging
import time

from service.business import usage
from service.common.errors import ServiceError
from service.models.image import (
    DELETING,
    FOLDERS,
    PENDING,
    READY,
    REFUSED,
    UPLOAD_SECONDS,
    now_text,
    object_prefixes,
)

log = logging.getLogger(__name__)

# A key stays taken this long after its image was deleted; so long a refused image tells why.
KEPT_SECONDS = 24 * 3600
# What may become of a record that is due; docs/storage.md, section 10, explains each.
OUTCOMES = ("condemned", "cleaned", "forgotten", "tidied", "unknown", "passed", "failed")


class Sweep:
    """Looks at every due record, oldest first; two at once do no harm.

    images and objects are repositories. grace_seconds is how long unfinished uploads and fresh
    tombstones are left alone.
    """

    def __init__(self, images, objects, *, grace_seconds):
        self.images = images
        self.objects = objects
        self.grace_seconds = grace_seconds

    def run(self, seconds=None, *, dry_run=False, watch=iter):
        """Look at every due record, for so many seconds at most; return the figures.

        OUTCOMES: how many records came to each;
        left_due: whether time ran out; oldest_due_at: UTC text of the oldest one seen, or None.
        watch wraps the iterator of records, for a progress bar.
        """
        figures = dict.fromkeys(OUTCOMES, 0) | {"left_due": False, "oldest_due_at": None}
        end = None if seconds is None else time.monotonic() + seconds
        now = now_text()
        for due_at, image_id in watch(self.images.due(now)):
            figures["oldest_due_at"] = figures["oldest_due_at"] or due_at
            if end is not None and time.monotonic() > end:
                figures["left_due"] = True
                break
            figures[self.settle(image_id, now, dry_run)] += 1
        log.info("sweep ended", extra=figures)
        return figures

    def settle(self, image_id, now, dry_run):
        """Settle one record; return what became of it. A store's fault leaves it due."""
        try:
            # Objects first, then the record, consistently: what a fresh attempt puts later is safe.
            prefixes = object_prefixes(image_id)
            object_keys = [key for prefix in prefixes for key in self.objects.list(prefix)]
            image = self.images.get(image_id)
            # The index may lag behind: only the record tells.
            if image is None or image.due_at is None or image.due_at > now:
                return "passed"
            act, outcome = self.duty(image)
            return outcome if dry_run or act(image, object_keys) else "passed"
        except ServiceError as error:
            log.warning("record not swept", extra={"image_id": image_id, **error.facts})
            return "failed"

    def duty(self, image):
        """Return (method, outcome) of what a due record needs."""
        if image.state == PENDING:
            return self.condemn, "condemned"
        if image.state == READY:
            return self.tidy, "tidied"
        if image.state not in (REFUSED, DELETING):
            return self.leave, "unknown"
        if not image.swept:
            return self.clean, "cleaned"
        if image.swept == 1 and is_telling(image):
            return self.keep, "cleaned"
        return self.forget, "forgotten"

    def leave(self, image, _object_keys):
        """Let a record be whose state only a newer version of the service knows."""
        facts = {"image_id": image.image_id, "state": image.state}
        log.warning("record of an unknown state left alone", extra=facts)
        return True

    def condemn(self, image, object_keys):
        """Give up an upload that never finished."""
        condemned_at = later()
        if not self.images.condemn(image, condemned_at):
            return False
        image.state, image.due_at = DELETING, condemned_at
        return self.clean(image, object_keys)

    def clean(self, image, object_keys):
        """Delete an image's bytes; a late write may still bring some, so look again later."""
        self.objects.delete_all(object_keys)
        kept = UPLOAD_SECONDS if image.direct else 0
        return self.images.postpone(image, later(max(self.grace_seconds, kept)))

    def keep(self, image, object_keys):
        """Delete what a late write brought; the record stays for what it tells."""
        self.objects.delete_all(object_keys)
        return self.images.postpone(image, later(max(self.grace_seconds, KEPT_SECONDS)))

    def forget(self, image, object_keys):
        """Delete what a late write brought, then the record."""
        self.objects.delete_all(object_keys)
        return self.images.forget(image)

    def tidy(self, image, object_keys):
        """Delete what other attempts at a ready image left."""
        self.objects.delete_all([key for key in object_keys if key != image.object_key])
        return self.images.settle(image)


def is_telling(image):
    """Tell whether a record must stay: its key is taken, or it says why its bytes were refused."""
    return image.state == REFUSED or bool(image.keyed and image.bury_nonce)


def later(seconds=0):
    """Return when a record is due again, never in the same sweep."""
    return now_text(max(seconds, 0.001))


class Audit:
    """Compares the stores both ways."""

    def __init__(self, images, objects):
        self.images = images
        self.objects = objects

    def run(self):
        """Return figures that must be 0: ready images without their object, objects that belong to
        no record, users miscounted where there is a quota; and how much was looked at.
        """
        figures = {"images": 0, "objects": 0, "images_without_object": 0, "stray_objects": 0}
        for image in self.images.all():
            figures["images"] += 1
            missing = image.state == READY and not self.objects.has(image)
            figures["images_without_object"] += missing
        object_keys = itertools.chain.from_iterable(map(self.objects.list, FOLDERS))
        for image_id, keys in itertools.groupby(object_keys, key=lambda key: key.split("/")[1]):
            image = self.images.get(image_id)
            for object_key in keys:
                figures["objects"] += 1
                figures["stray_objects"] += not accounted_for(image, object_key)
        if self.images.quota:
            figures["miscounted_users"] = usage.audit(self.images)
        return figures


def accounted_for(image, object_key):
    """Tell whether an object is an image's own, or one that the sweep knows of."""
    if image is None:
        return False
    return image.due_at is not None or image.state == DELETING or image.object_key == object_key
