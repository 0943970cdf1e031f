"""A record of what the clients sent and what they were answered."""

import hashlib
import random
import secrets
import threading
import time
from collections import Counter, deque

from tests.support import pictures
from tests.support.promises import Promises

USERS = [f"user-{number}" for number in range(5)]
TAGS = ["beach", "cat", "dog", "snow"]
SMALL, LARGE = 2_000, 900_000
MOST_COMMENT = 60_000
# Larger than a thumb.
WIDE = (400, 300)


class Upload:
    """One image as its sender knows it, however many requests it takes.

    keyed: the part of all uploads that have a key. kind: png, jpeg or avif; the thumb of an AVIF is
    made when somebody wants it. image_id: from the answer, or None. asked: a delete was sent. gone:
    a delete was answered.
    """

    def __init__(self, number, keyed):
        chance = random.Random(number)
        self.number = number
        self.user_id = chance.choice(USERS)
        self.tags = sorted(chance.sample(TAGS, chance.choice([0, 0, 1, 3])))
        self.key = secrets.token_hex(8) if chance.random() < keyed else None
        self.size = LARGE if chance.random() < 0.1 else SMALL
        self.kind = chance.choices(["png", "jpeg", "avif"], [60, 35, 5])[0]
        self.sha256 = hashlib.sha256(self.content()).hexdigest()
        self.image_id = None
        self.asked = self.gone = False

    def content(self):
        """Return a picture that no other upload has: a part of it is random noise."""
        noise = random.Random(self.number).randbytes(self.size)
        if self.kind == "avif":
            return pictures.avif(*WIDE) + pictures.box(b"free", noise)
        if self.kind == "jpeg":
            start, rest = pictures.jpeg(*WIDE)[:2], pictures.jpeg(*WIDE)[2:]
            return start + pictures.segment(0xFE, noise[:MOST_COMMENT]) + rest
        return pictures.raw_png(4, 4, extra=pictures.chunk(b"noIs", noise))

    def is_shown_by(self, image):
        """Tell whether an image that the service shows is the one of this upload."""
        return (image["user_id"], image["sha256"]) == (self.user_id, self.sha256)


class Ledger:
    """Every upload, and every fault.

    unsettled: uploads with a key that got no answer. standing: answered uploads that a change or a
    delete may choose, so that one thread at a time changes an image. promises: of their metadata
    and state. answers: counts by verb and status. faults: sentences.
    """

    def __init__(self, keyed=0.5):
        self.keyed = keyed
        self.uploads = []
        self.unsettled = deque()
        self.standing = deque()
        self.promises = Promises()
        self.answers = Counter()
        self.faults = []
        self.lock = threading.Lock()

    def new_upload(self):
        """Return an upload that was not sent yet."""
        with self.lock:
            upload = Upload(len(self.uploads), self.keyed)
            self.uploads.append(upload)
        return upload

    def acknowledge(self, upload, image):
        """Record that an upload was answered with an image."""
        with self.lock:
            is_first = upload.image_id is None
            upload.image_id = upload.image_id or image["image_id"]
        if image["image_id"] != upload.image_id:
            self.faults.append(f"upload {upload.number}: its key made two images")
        if not upload.is_shown_by(image):
            self.faults.append(f"upload {upload.number}: the answer shows another image")
        if is_first:
            self.promises.shown(image)
            self.standing.append(upload)

    def sent(self, upload, apply):
        """Note that a request about an image is sent; return what its answer is given to.

        Both as Promises.sent does; a broken promise is a fault.
        """
        answered = self.promises.sent(upload.image_id, apply)

        def note(status, image=None):
            try:
                answered(status or 503, image)
            except AssertionError as error:
                self.faults.append(f"upload {upload.number}: not as promised: {error}")

        return note

    def await_answers(self, number, seconds):
        """Wait until the service has given so many more answers, but not longer than seconds."""
        end = time.monotonic() + seconds
        last = self.answered() + number
        while self.answered() < last and time.monotonic() < end:
            time.sleep(0.005)

    def answered(self):
        """Return how many answers the service has given."""
        with self.lock:
            return sum(count for (_verb, status), count in self.answers.items() if status)

    def count(self, verb, status):
        """Count an answer; None is a request that was cut off."""
        with self.lock:
            self.answers[verb, status] += 1
