"""Inspect an image's bytes: its content type, its displayed size, and whether it is complete."""

import hashlib
import importlib.util
import logging
import mmap
import re

from service.business.inspection import bmp, gif, heif, jpeg, png, tiff, webp
from service.business.inspection.fair_turns import SMALL_FILE, SMALL_MEMORY, CheckTurns
from service.business.inspection.header import MOST_DECODE_MEMORY, decode_memory
from service.business.metadata.examination import examine
from service.business.renditions.rendering import Rendered, Renderer, detail
from service.common.errors import (
    EmptyImage,
    ServiceError,
    TooManyPixels,
    UnreadableImage,
    UnsupportedImage,
    set_by,
)
from service.models.renditions import THUMB

log = logging.getLogger(__name__)

# How a file starts (a regular expression), its content type, the module that checks it.
FORMATS = (
    (rb"\xff\xd8\xff", "image/jpeg", jpeg),
    (rb"\x89PNG\r\n\x1a\n", "image/png", png),
    (rb"GIF8[79]a", "image/gif", gif),
    (rb"RIFF....WEBPVP8[ LX]", "image/webp", webp),
    (heif.AVIF, "image/avif", heif),
    (rb"II[*+]\0|MM\0[*+]", "image/tiff", tiff),
    (rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", "image/bmp", bmp),
    (rb"\0\0\0.ftyp(hei[cmsx]|hev[cmsx]|mif1|msf1)", "image/heic", heif),
)
ACCEPTED = "JPEG, PNG, GIF, WebP, AVIF, TIFF or BMP"
HEIC_ADVICE = (
    "This is a HEIC file, which this server does not take. Send a JPEG: an iPhone takes JPEGs "
    "with Settings > Camera > Formats > Most Compatible. "
    "The server's operator can allow HEIC by installing pillow-heif."
)
# Camera raw of Olympus, Panasonic, Fujifilm, Sigma, Minolta and Canon. The TIFF module knows those
# that are TIFFs.
CAMERA_RAW = rb"IIR[OS]|MMOR|IIU\0|FUJIFILMCCD-RAW|FOVb|\0MRM|II\x1a\0\0\0HEAPCCDR|\0\0\0.ftypcrx "
HEAD = 64
NOTHING = Rendered(None, None, None)


class ImageInspector:
    """Inspects uploaded files: small ones a few at a time, others, which may be hostile, one.

    max_pixels: most pixels an image may declare. renderer: makes the thumb. decode_seconds: how
    long to wait for others. processors: how many this process may keep busy.
    """

    def __init__(self, max_pixels, renderer=None, *, decode_seconds=20, processors=1):
        self.max_pixels = max_pixels
        self.renderer = renderer or Renderer()
        self.turns = CheckTurns(decode_seconds, processors)

    def inspect(self, file, owner=None):
        """Return (fields, thumb) of a binary file, and rewind it.

        fields: content_type, size, width, height, sha256, taken_at, privacy (a list of kinds);
        color and thumbhash of the thumb. thumb: a Rendition made of the picture that the check has
        decoded. These three are None where there is no such picture. The file: a BytesIO, a
        SpooledTemporaryFile or a real one. owner: of the image; owners take turns. Raises
        EmptyImage, UnsupportedImage, UnreadableImage, TooManyPixels or ServiceBusy.
        """
        size = file.seek(0, 2)
        file.seek(0)
        if not size:
            raise EmptyImage("The image has no bytes. Send a file that is not empty.")
        kind = recognise(file.read(HEAD))
        try:
            measured, thumb = self.measure_in_turn(file, size, kind, owner)
        finally:
            file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        return measured | {"sha256": sha256}, thumb

    def measure_in_turn(self, file, size, kind, owner):
        """Return (fields, thumb), measured while few others are. Raises ServiceBusy."""
        found = None
        if size <= SMALL_FILE:
            with self.turns.one(owner, is_small=True):
                found = self.measure(file, size, *kind, SMALL_MEMORY)
        # Whoever waits for the other turn holds no memory meanwhile: a second walk takes little.
        if not found:
            with self.turns.one(owner, is_small=False):
                found = self.measure(file, size, *kind, MOST_DECODE_MEMORY)
        return found

    def measure(self, file, size, content_type, walker, most):
        """Return (fields, thumb): what the bytes say, after checking that the image is complete.

        None if decoding may take more bytes of memory than `most`.
        """
        # Mapped only in one's turn: the pages of a large file count as memory once they are read.
        data = contents(file, size)
        try:
            header = walker.read(data)
            self.check_pixels(header)
            if decode_memory(walker, header, detail(THUMB)) > most:
                return None
            picture = walker.decode(file, data, header.layout) if header.decodable else None
        except ServiceError:
            raise
        except Exception as error:
            # A decoder may raise any exception on hostile bytes: the client's error, not ours.
            raise UnreadableImage(
                "The image is damaged or incomplete. Send it again.", reason=repr(error)
            ) from error
        width, height = header.displayed
        taken_at, privacy = examine(content_type, data, header)
        thumb, color, thumbhash = self.rendered(file, data, walker, header, picture=picture)
        return {
            "content_type": content_type,
            "size": size,
            "width": width,
            "height": height,
            "taken_at": taken_at,
            "color": color,
            "thumbhash": thumbhash,
            "privacy": kinds(privacy),
        }, thumb

    def rendered(self, file, data, walker, header, *, picture):
        """Return the Rendered thumb of a picture, which may still have to be decoded.

        All three are None where no thumb can be made: that never refuses an image.
        """
        try:
            if picture is None:
                memory = walker.picture_memory(header, detail(THUMB))
                if memory is None or memory > MOST_DECODE_MEMORY:
                    return NOTHING
                picture = walker.picture(file, data, header, detail(THUMB))
            return self.renderer.render(picture, header, THUMB) if picture else NOTHING
        except Exception as error:
            log.warning("thumb not made", extra={"reason": type(error).__name__})
            return NOTHING

    def check_pixels(self, header):
        """Refuse an image that declares no pixels or too many."""
        if header.width <= 0 or header.height <= 0:
            raise UnreadableImage("The image has a width or height of 0. Send another one.")
        if header.width * header.height > self.max_pixels:
            raise TooManyPixels(
                f"The image has {header.width} x {header.height} pixels. "
                f"Send one of at most {self.max_pixels} pixels. {set_by('MAX_IMAGE_PIXELS')}"
            )


def kinds(privacy):
    """Return the kinds of private metadata that were found, as a record keeps them."""
    return privacy and [kind for kind, found in privacy.items() if found]


def recognise(head):
    """Return (content type, module) for a file's first bytes. Raises UnsupportedImage."""
    for start, content_type, walker in FORMATS:
        if re.match(start, head, re.DOTALL):
            if content_type == "image/heic" and not heic_enabled():
                raise UnsupportedImage(HEIC_ADVICE)
            return content_type, walker
    if re.match(CAMERA_RAW, head, re.DOTALL):
        raise UnsupportedImage(tiff.CAMERA_RAW)
    raise UnsupportedImage(f"Send a {ACCEPTED} file.")


def accepted_types():
    """Return the content types of the accepted formats."""
    types = [content_type for _start, content_type, _walker in FORMATS]
    return [name for name in types if name != "image/heic" or heic_enabled()]


def heic_enabled():
    """Tell whether pillow-heif is installed: the operator's word that HEIC is wanted.

    Only the structure of HEIC is checked, so nothing of it is used here.
    """
    return importlib.util.find_spec("pillow_heif") is not None


def contents(file, size):
    """Return a file's bytes as a memoryview. A large file is mapped, not copied."""
    file.seek(0)
    if size <= SMALL_FILE:
        return memoryview(file.read())
    if hasattr(file, "getvalue"):
        return memoryview(file.getvalue())
    return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
