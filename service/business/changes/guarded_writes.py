"""Writes of visible images: each is decided from the record as it was read, and guarded by it.

docs/storage.md, section 4, tells what goes wrong without the guard.
"""

import random
import secrets
import time

from service.business.changes.turns import Turns
from service.common.errors import ServiceBusy
from service.models.image import changed

# How long a write is tried again that met others, and the longest pause between two tries.
MOST_SECONDS = 20
FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.5
BUSY = "The image is being changed by others. Try again in a few seconds."


class GuardedWrites:
    """Reads, decides and writes anew until no other write came between. images is a repository."""

    def __init__(self, images):
        self.images = images
        # Threads of one process queue; only other processes make a write fail.
        self.turns = Turns(MOST_SECONDS, BUSY)

    def change(self, image_id, read, decide):
        """Return the image after the change that decide(image) returns: an Image, or None for none.

        read: returns the image as it is. Raises what they raise, ServiceBusy or StorageUnavailable.
        """

        def write(image):
            after = decide(image)
            if after is None:
                return image
            after = changed(after, revision=secrets.token_hex(8))
            return after if self.images.change(image, after) else None

        return self.until_done(image_id, read, write)

    def until_done(self, image_id, read, write):
        """Return what write(image) returns as soon as that is not None: then it was refused."""
        end = time.monotonic() + MOST_SECONDS
        longest = FIRST_PAUSE
        with self.turns.of(image_id):
            while True:
                done = write(read())
                if done is not None:
                    return done
                if time.monotonic() > end:
                    raise ServiceBusy(BUSY)
                time.sleep(random.uniform(0, longest))
                longest = min(2 * longest, LONGEST_PAUSE)
