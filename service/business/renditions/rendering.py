"""Makes a rendition of a picture: shrinks it, converts its colours, turns it, writes a WebP."""

import io
from collections import namedtuple

from service.business.inspection.decoders import DETAIL, PROFILE, TURNED
from service.business.renditions.colours import to_srgb
from service.business.renditions.placeholders import placeholders
from service.business.renditions.shrinking import shrunk
from service.models.renditions import SIZES, THUMB, Rendition, fitted

QUALITY, METHOD = 80, 4
# By orientation: the names of the turns in Pillow's Transpose.
TURNS = {
    2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_270",
    7: "TRANSVERSE", 8: "ROTATE_90",
}  # fmt: skip

# color ("#rrggbb") and thumbhash (base64) belong to thumbs; of other renditions they are None.
Rendered = namedtuple("Rendered", "rendition color thumbhash")


class Renderer:
    """Renders pictures. What measures or replaces it has the same method."""

    def render(self, picture, header, name):
        """Return the Rendered of a decoded picture. Raises ValueError, or what Pillow raises.

        header: of the file that the picture comes from. name: of the rendition. The picture is
        of no use afterwards.
        """
        return render(picture, header, name)


def render(picture, header, name):
    """Return the Rendered of a decoded picture, for Renderer."""
    orientation = 1 if picture.info.get(TURNED) else header.orientation
    width, height = fitted(*header.displayed, SIZES[name])
    stored = (height, width) if orientation >= 5 else (width, height)
    small = to_srgb(shrunk(picture, stored), picture.info.get(PROFILE))
    small = turned(small, orientation)
    # Whatever Pillow noted of the original: it would write some of it into the WebP.
    small.info.clear()
    rendition = Rendition(written(small), *small.size)
    if name != THUMB:
        return Rendered(rendition, None, None)
    return Rendered(rendition, *placeholders(small))


def detail(name):
    """Return how many pixels the longest side of a picture must have for a good rendition."""
    return DETAIL * SIZES[name]


def turned(picture, orientation):
    """Return a picture as its orientation shows it."""
    from PIL import Image

    if orientation not in TURNS:
        return picture
    return picture.transpose(Image.Transpose[TURNS[orientation]])


def written(picture):
    """Return the bytes of a WebP."""
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=QUALITY, method=METHOD)
    return file.getvalue()
