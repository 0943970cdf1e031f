"""TIFF: find the page that counts, and check that its strips or tiles are in the file."""

from service.business.inspection.header import Header, require
from service.business.inspection.tiff import rewriting, unpacking
from service.business.inspection.tiff.directory import Directory, readable
from service.business.inspection.tiff.strips import Strips
from service.common.errors import UnsupportedImage

# Tags and values, from the TIFF 6.0 specification, TIFF/EP and DNG.
NEW_KIND, OLD_KIND, PHOTOMETRIC, INNER_DIRECTORIES, DNG_VERSION = 254, 255, 262, 330, 50706
REDUCED, MASK, OLD_REDUCED = 1, 4, 2
SENSOR_PIXELS = {32803, 34892}
# Behind the header of Canon's camera raw files (CR2).
CANON_RAW = b"CR"
MOST_DIRECTORIES = 64

decode = unpacking.decode
picture, picture_memory = rewriting.picture, rewriting.picture_memory


def read(data):
    """Return the Header of a TIFF's first page that is no reduced copy of another one."""
    first = Directory(data)
    require(first.whole, "the directory is cut short")
    inner = inner_directories(first)
    refuse_camera_raw(first, inner)
    directory = full_size(first, inner)
    strips = Strips(directory)
    strips.require_all()
    # A directory inside the first one is turned like that one.
    turned = directory.orientation(first.orientation() if directory in inner else 1)
    memory = strips.memory()
    return Header(strips.width, strips.height, orientation=turned, memory=memory, layout=strips)


def inner_directories(first):
    """Return the directories that the first one lists, without those that cannot be read."""
    try:
        starts = first.numbers(INNER_DIRECTORIES, ())[:MOST_DIRECTORIES]
    except Exception:
        return []
    return list(filter(None, (readable(first.data, start) for start in starts)))


def full_size(first, inner):
    """Return the first directory that is neither a reduced copy nor a mask, else the first of all.

    Those inside the first one come before those behind it.
    """
    if not is_reduced(first):
        return first
    for directory in [*inner, *later_directories(first)]:
        if not is_reduced(directory):
            return directory
    return first


def later_directories(directory):
    """Yield the directories that follow another one."""
    for _ in range(MOST_DIRECTORIES):
        directory = directory.following and readable(directory.data, directory.following)
        if not directory:
            return
        yield directory


def is_reduced(directory):
    """Tell whether a directory says that it is a reduced copy of another page, or a mask."""
    if directory.number(OLD_KIND, 0) == OLD_REDUCED:
        return True
    return bool(directory.number(NEW_KIND, 0) & (REDUCED | MASK))


def refuse_camera_raw(first, inner):
    """Raise UnsupportedImage for what a camera's sensor saw: DNG, CR2, NEF, ARW and their like."""
    kinds = {directory.number(PHOTOMETRIC, 0) for directory in [first, *inner]}
    if kinds & SENSOR_PIXELS or DNG_VERSION in first.tags or first.data[8:10] == CANON_RAW:
        raise UnsupportedImage(CAMERA_RAW)


CAMERA_RAW = (
    "This is a camera raw file (DNG, CR2, NEF, ARW ...). Export it as a JPEG or TIFF and send that."
)
