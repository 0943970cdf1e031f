"""Renditions made later than at the upload: of stored originals, when somebody wants them."""

import contextlib
import threading

from service.business.inspection.header import MOST_DECODE_MEMORY
from service.business.renditions import child_process, originals
from service.business.renditions.rendering import Renderer
from service.common import deadlines
from service.common.errors import ServiceBusy


class LateRenditions:
    """Makes renditions of originals one at a time: in this process, or in a child process.

    The child decodes what the check of an upload does not decode, and what takes more memory.
    inspector: whose turn is waited for, so that uploads and renditions never decode at once.
    """

    def __init__(self, inspector):
        self.inspector = inspector
        self.child_turn = threading.Lock()

    def make(self, file, name):
        """Return the Rendered of an original: its rendition, and color and thumbhash of a thumb.

        file: an open binary file with the original, which is rewound. Raises RenditionImpossible,
        whose `lasting` tells whether it will stay so, or ServiceBusy.
        """
        seconds = self.inspector.decode_seconds
        try:
            with turn(self.inspector.turn, seconds):
                made = originals.render(file, name, Renderer(), MOST_DECODE_MEMORY)
            if made:
                return made
            with turn(self.child_turn, seconds):
                return child_process.render(file, name)
        finally:
            file.seek(0)


@contextlib.contextmanager
def turn(lock, seconds):
    """Hold a lock. Raises ServiceBusy where others hold it for so long."""
    if not deadlines.take(lock, seconds):
        raise ServiceBusy("Other images are being worked on. Try again in a few seconds.")
    try:
        yield
    finally:
        lock.release()
