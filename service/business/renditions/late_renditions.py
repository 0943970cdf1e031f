"""Renditions made later than at the upload: of stored originals, when somebody wants them."""

import threading

from service.business.inspection.header import MOST_DECODE_MEMORY
from service.business.renditions import child_process, originals
from service.business.renditions.rendering import Renderer
from service.common import deadlines


class LateRenditions:
    """Makes renditions of originals one at a time: in this process, or in a child process.

    The child decodes what the check of an upload does not decode, and what takes more memory.
    decode_seconds: how long to wait for others. Uploads have a turn of their own: somebody who
    wants many renditions makes nobody wait who uploads.
    """

    def __init__(self, decode_seconds=20):
        self.decode_seconds = decode_seconds
        self.turn = threading.Lock()
        self.child_turn = threading.Lock()

    def make(self, file, name):
        """Return the Rendered of an original: its rendition, and color and thumbhash of a thumb.

        file: an open binary file with the original, which is rewound. Raises RenditionImpossible,
        whose `lasting` tells whether it will stay so, or ServiceBusy.
        """
        try:
            with self.taking(self.turn):
                made = originals.render(file, name, Renderer(), MOST_DECODE_MEMORY)
            if made:
                return made
            with self.taking(self.child_turn):
                return child_process.render(file, name)
        finally:
            file.seek(0)

    def taking(self, turn):
        """Return one of the locks, to be held while a block runs. Raises ServiceBusy."""
        busy = "Other images are being worked on. Try again in a few seconds."
        return deadlines.holding(turn, self.decode_seconds, busy)
