"""The sweep: finishes interrupted work and deletes bytes that no image has (docs/storage.md)."""

import logging
import secrets
import time

from service.common.errors import ServiceError
from service.models.image import (
    DELETING,
    PENDING,
    REFUSED,
    TRASHED,
    UPLOAD_SECONDS,
    now_text,
    object_prefixes,
)

log = logging.getLogger(__name__)

# After its bytes are deleted, a record stays this long if its key must stay taken or its user must
# see why the image was refused.
KEPT_SECONDS = 24 * 3600
# The possible results for a record that is due; docs/storage.md, section 10, explains each.
OUTCOMES = (
    "condemned", "purged", "postponed", "forgotten", "settled", "unknown", "skipped", "failed",
)  # fmt: skip


class Sweep:
    """Looks at every due record, oldest first. Two sweeps at the same time do no harm.

    images and objects are repositories; tag_counts counts tags if that is still to be done. A
    record whose bytes were deleted is due again after grace_seconds.
    """

    def __init__(self, images, objects, tag_counts=None, *, grace_seconds):
        self.images = images
        self.objects = objects
        self.tag_counts = tag_counts
        self.grace_seconds = grace_seconds

    def run(self, seconds=None, *, dry_run=False, watch=iter):
        """Look at every due record, for at most `seconds`; return the figures.

        For each of OUTCOMES: the number of records with that result. left_due: whether the time
        ended first. oldest_due_at: the due_at (UTC text) of the oldest due record, or None.
        watch wraps the iterator of records, for a progress bar.
        """
        figures = dict.fromkeys(OUTCOMES, 0) | {"left_due": False, "oldest_due_at": None}
        end = None if seconds is None else time.monotonic() + seconds
        now = now_text()
        if not dry_run:
            self.objects.delete_unfinished()
        for due_at, image_id in watch(self.images.due(now)):
            figures["oldest_due_at"] = figures["oldest_due_at"] or due_at
            if end is not None and time.monotonic() > end:
                figures["left_due"] = True
                break
            figures[self.sweep_one(image_id, now, dry_run)] += 1
        if self.tag_counts and not dry_run:
            figures |= self.tag_counts.fill(end)
        log.info("sweep ended", extra=figures)
        return figures

    def sweep_one(self, image_id, now, dry_run):
        """Do what one record needs; return the outcome. After a fault it stays due."""
        try:
            # List the objects before reading the record, so that objects of a later attempt are not
            # deleted.
            prefixes = object_prefixes(image_id)
            object_keys = [key for prefix in prefixes for key in self.objects.list(prefix)]
            image = self.images.get(image_id)
            # The index may be out of date: decide by the record.
            if image is None or image.due_at is None or image.due_at > now:
                return "skipped"
            act, outcome = self.choose(image, now)
            return outcome if dry_run or act(image, object_keys) else "skipped"
        except ServiceError as error:
            log.warning("record not swept", extra={"image_id": image_id, **error.facts})
        except Exception:
            # A record that something else has damaged must not stop the sweep of the others.
            log.exception("record not swept", extra={"image_id": image_id})
        return "failed"

    def choose(self, image, now):
        """Return the method that a due record needs, and its outcome."""
        if image.state == PENDING:
            return self.condemn, "condemned"
        if image.state == TRASHED and image.purged_at <= now:
            return self.purge, "purged"
        if image.is_stored:
            return self.settle, "settled"
        if image.state not in (REFUSED, DELETING):
            return self.warn, "unknown"
        if not image.swept:
            return self.postpone, "postponed"
        if image.swept == 1 and is_kept(image):
            return self.postpone_by_a_day, "postponed"
        return self.forget, "forgotten"

    def warn(self, image, _object_keys):
        """Log a warning about a record whose state only a newer version of the service knows."""
        facts = {"image_id": image.image_id, "state": image.state}
        log.warning("record of an unknown state not swept", extra=facts)
        return True

    def condemn(self, image, object_keys):
        """Condemn a pending record whose upload did not finish, and delete its bytes."""
        condemned_at = later()
        if not self.images.condemn(image, condemned_at):
            return False
        image.state, image.due_at = DELETING, condemned_at
        return self.postpone(image, object_keys)

    def purge(self, image, object_keys):
        """Delete an image for good that has been in the trash for long enough, and its bytes."""
        purged_at = later()
        if not self.images.purge(image, secrets.token_hex(8), purged_at):
            return False
        image.state, image.due_at = DELETING, purged_at
        return self.postpone(image, object_keys)

    def postpone(self, image, object_keys):
        """Delete an image's bytes; look again later, because a late write may bring more."""
        self.objects.delete_all(image, object_keys)
        least = UPLOAD_SECONDS if image.direct else 0
        return self.images.postpone(image, later(max(self.grace_seconds, least)))

    def postpone_by_a_day(self, image, object_keys):
        """Delete the objects of late writes; the record stays for a day (see is_kept)."""
        self.objects.delete_all(image, object_keys)
        return self.images.postpone(image, later(max(self.grace_seconds, KEPT_SECONDS)))

    def forget(self, image, object_keys):
        """Delete the objects of late writes, then forget the record."""
        self.objects.delete_all(image, object_keys)
        return self.images.forget(image)

    def settle(self, image, object_keys):
        """Delete the objects of other attempts at an image, and settle its record."""
        others = [key for key in object_keys if key not in image.own_keys]
        self.objects.delete_all(image, others)
        return self.images.settle(image)


def is_kept(image):
    """Tell whether a record must stay: its key stays taken, or it says why it was refused."""
    return image.state == REFUSED or bool(image.keyed and image.bury_nonce)


def later(seconds=0):
    """Return the time when a record is due again, so that the same sweep does not meet it."""
    return now_text(max(seconds, 0.001))
