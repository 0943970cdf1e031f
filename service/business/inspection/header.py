"""What the structure of an image says, and what every walk through one needs."""

from service.common.errors import UnreadableImage


class Header:
    """Width and height in pixels as stored, the EXIF orientation (1 to 8), and what decoding takes.

    memory: bytes that decoding the first frame takes at most; None when it is never decoded.
    """

    def __init__(self, width, height, *, orientation=1, memory=None):
        self.width = width
        self.height = height
        self.orientation = orientation
        self.memory = memory

    @property
    def displayed(self):
        """The (width, height) that a viewer shows: orientations from 5 on lie on their side."""
        if self.orientation >= 5:
            return self.height, self.width
        return self.width, self.height


def require(condition, reason):
    """Raise UnreadableImage for a reason unless the condition holds."""
    if not condition:
        raise UnreadableImage(f"The image is damaged or incomplete ({reason}). Send it again.")
