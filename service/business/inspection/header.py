"""What the structure of an image says, and the check that every format uses."""

from service.common.errors import UnreadableImage

MOST_DECODE_MEMORY = 160 * 1024 * 1024


class Header:
    """Width and height in pixels as stored, the EXIF orientation (1 to 8), memory and layout.

    memory: the most bytes that decoding the first frame can take; None: it is not decoded.
    layout: what the format's own `decode` must know. shown: the displayed size where other things
    than the orientation decide it. end: where the picture ends; None: the format does not say it.
    segments: [(kind, start, end)] of what is in the file beside pixels, where the format lists it.
    """

    def __init__(
        self, width, height, *, orientation=1, memory=None, layout=None, shown=None, end=None,
        segments=(),
    ):  # fmt: skip
        self.width = width
        self.height = height
        self.orientation = orientation
        self.memory = memory
        self.layout = layout
        self.shown = shown
        self.end = end
        self.segments = segments

    @property
    def displayed(self):
        """The (width, height) that a viewer shows: orientations 5 to 8 swap width and height."""
        if self.shown:
            return self.shown
        if self.orientation >= 5:
            return self.height, self.width
        return self.width, self.height

    @property
    def decodable(self):
        """Whether decoding takes little enough memory and time."""
        return self.memory is not None and self.memory <= MOST_DECODE_MEMORY


def require(condition, reason):
    """Raise UnreadableImage with the reason unless the condition holds."""
    if not condition:
        raise UnreadableImage(f"The image is damaged or incomplete ({reason}). Send it again.")


def decode_memory(walker, header, longest):
    """Return the most bytes that decoding a picture here takes; larger ones are not decoded.

    longest: the pixels that its longest side must have in a rendition.
    """
    amounts = (header.memory, walker.picture_memory(header, longest))
    return max((one for one in amounts if one and one <= MOST_DECODE_MEMORY), default=0)
