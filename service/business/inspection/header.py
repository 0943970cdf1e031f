"""What the structure of an image says, and the check that every format uses."""

from service.common.errors import UnreadableImage


class Header:
    """Width and height in pixels as stored, the EXIF orientation (1 to 8), and memory.

    memory: the most bytes that decoding the first frame can take; None: it is not decoded.
    """

    def __init__(self, width, height, *, orientation=1, memory=None):
        self.width = width
        self.height = height
        self.orientation = orientation
        self.memory = memory

    @property
    def displayed(self):
        """The (width, height) that a viewer shows: orientations 5 to 8 swap width and height."""
        if self.orientation >= 5:
            return self.height, self.width
        return self.width, self.height


def require(condition, reason):
    """Raise UnreadableImage with the reason unless the condition holds."""
    if not condition:
        raise UnreadableImage(f"The image is damaged or incomplete ({reason}). Send it again.")
