"""Recovery: brings an image back from a backup, with its image_id and its times.

docs/storage.md, section 5, explains the order of the writes.
"""

import logging
import secrets
import threading
from collections import namedtuple

from service.business.attempts import Attempts
from service.business.upload_writes import UploadWrites
from service.common.errors import (
    ImageRefused,
    KeyInProgress,
    KeyReused,
    KeySpent,
    QuotaExceeded,
)
from service.models.image import DELETING, PENDING, TRASHED, changed, new_image, now_text
from service.models.renditions import THUMB

log = logging.getLogger(__name__)

# word: one of OUTCOMES. reason: a sentence for the operator, or None where nothing is to be said.
Outcome = namedtuple("Outcome", "word reason", defaults=(None,))
RESTORED = Outcome("restored")
# A ready or trashed image with these bytes is there; what is known of it may have changed since.
PRESENT = Outcome("present")
DELETED = Outcome("deleted", "It was deleted since, and stays deleted.")
EXPIRED = Outcome("expired", "It was in the trash, and its time there is over.")
DIFFERENT = Outcome("different", "There is another image of this image_id: it has other bytes.")
BUSY = Outcome("busy", "Another request works on it: run the command again.")
FAILED = "failed"
REFUSALS = {KeySpent: DELETED, KeyReused: DIFFERENT, KeyInProgress: BUSY}


class Recovery:
    """Brings back images; images and objects are repositories, inspector inspects bytes.

    An unfinished attempt is due for the sweep after grace_seconds.
    """

    def __init__(self, images, objects, inspector, *, grace_seconds):
        self.images = images
        self.inspector = inspector
        self.attempts = Attempts(images, grace_seconds=grace_seconds, is_same=is_same_image)
        self.writes = UploadWrites(self.attempts, objects)
        # However many threads bring back images: one picture is decoded at a time.
        self.turn = threading.Lock()

    def recover(self, image, file):
        """Bring back an image, ready or trashed, and return the Outcome.

        image: as the backup tells. file: a real file with its bytes, whose digest was compared.
        Raises StorageUnavailable; then nothing is visible, and another try goes on.
        """
        try:
            return self.bring_back(image, file)
        except QuotaExceeded:
            names = " and ".join(self.images.quota.settings())
            return Outcome(FAILED, f"Its user has no room for it: raise {names}, or set 0.")
        except tuple(REFUSALS) as error:
            return REFUSALS[type(error)]

    def bring_back(self, image, file):
        """Return the Outcome, or raise what the attempts raise."""
        if image.state == TRASHED and image.purged_at <= now_text():
            return EXPIRED
        record = self.images.get(image.image_id)
        if record and self.attempts.judged(image, record).is_stored:
            return PRESENT
        if record and record.is_visible:
            raise KeyInProgress("A direct upload waits for its bytes, or was refused.")
        thumb, colours = self.thumb_of(image, file)
        _, is_new = self.writes.store(
            lambda number: self.attempt(image, number, colours), file, thumb
        )
        return RESTORED if is_new else PRESENT

    def attempt(self, image, number, colours):
        """Return the pending Image of an attempt of that number to bring back an image."""
        fresh = new_image(image.image_id)
        return changed(
            image,
            state=PENDING,
            nonce=fresh.nonce,
            object_key=fresh.object_key,
            attempts=number,
            due_at=now_text(self.attempts.grace_seconds),
            # After a kill the next run goes on at once, however young the image is.
            released=True,
            # No late change of an earlier image of this image_id can hit this one.
            revision=secrets.token_hex(8),
            renditions=faults_of(image),
            **colours,
        )

    def thumb_of(self, image, file):
        """Return (thumb, fields): a thumb made anew, and the colours that the record lacks.

        The thumb is None where none could be made, and where the check of uploads refuses today
        what it once accepted.
        """
        if image.rendition_fault(THUMB):
            return None, {}
        try:
            with self.turn:
                measured, thumb = self.inspector.inspect(file, image.user_id)
        except ImageRefused as error:
            facts = {"image_id": image.image_id, "problem": error.code}
            log.warning("recovered without a thumb", extra=facts)
            return None, {}
        names = ("color", "thumbhash") if thumb else ()
        return thumb, {name: getattr(image, name) or measured[name] for name in names}


def is_same_image(image, record):
    """Tell whether a record has the bytes of an image, or none that anybody will see."""
    return record.state == DELETING or record.sha256 == image.sha256


def faults_of(image):
    """Return what a record remembers of renditions that cannot be made."""
    renditions = image.renditions or {}
    return {name: one for name, one in renditions.items() if "fault" in one} or None
