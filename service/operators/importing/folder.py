"""The files of a folder, and which of them are images."""

import os
import re
import stat

from service.business.inspection import image_inspector
from service.business.inspection.tiff import CAMERA_RAW
from service.operators.importing.outcomes import FAILED, REFUSED, SKIPPED

CHANGED = "The file changed while it was read. Run the import again."


class LocalFile:
    """A file of the folder.

    path: where it is. folders: the names of the folders between the imported one and the file.
    size: in bytes. content_type: by its first bytes, or None. verdict: (outcome, detail) of a file
    that is not sent, or None. sent: how many of its bytes have left so far.
    """

    def __init__(self, path, folders=()):
        self.path = path
        self.folders = folders
        self.size = 0
        self.content_type = None
        self.verdict = None
        self.sent = 0

    @property
    def name(self):
        """The file's own name."""
        return os.path.basename(self.path)


def files_in(folder):
    """Yield the LocalFiles of a folder and of those in it, sorted by name.

    Links to folders are not followed, so that no circle of links is endless.
    """
    unreadable = []
    for place, folders, names in os.walk(folder, onerror=unreadable.append):
        while unreadable:
            yield refused_folder(unreadable.pop())
        between = () if place == folder else tuple(os.path.relpath(place, folder).split(os.sep))
        for name in sorted(folders + names):
            path = os.path.join(place, name)
            if name not in folders:
                yield examined(LocalFile(path, between))
            elif reason := reason_to_pass(path, name):
                yield skipped(LocalFile(path, between), reason)
        folders[:] = sorted(
            name for name in folders if not reason_to_pass(os.path.join(place, name), name)
        )
    yield from map(refused_folder, unreadable)


def reason_to_pass(path, name):
    """Return why a folder is not entered, or None."""
    if name.startswith("."):
        return "Hidden folder."
    return "Link to a folder." if os.path.islink(path) else None


def refused_folder(error):
    """Return the LocalFile that stands for a folder which cannot be read."""
    folder = LocalFile(error.filename)
    folder.verdict = FAILED, f"The folder cannot be read: {error.strerror}."
    return folder


def skipped(file, reason):
    """Return a file with the verdict that it is no image."""
    file.verdict = SKIPPED, reason
    return file


def examined(file):
    """Return a file with its size, and its content type or verdict."""
    if file.name.startswith("."):
        return skipped(file, "Hidden file.")
    try:
        status = os.stat(file.path)
        if not stat.S_ISREG(status.st_mode):
            return skipped(file, "No regular file.")
        file.size = status.st_size
        if not file.size:
            return skipped(file, "Empty file.")
        with open(file.path, "rb") as content:
            head = content.read(image_inspector.HEAD)
    except OSError as error:
        file.verdict = FAILED, unreadable(error)
        return file
    file.content_type = content_type_of(head)
    if file.content_type is None:
        is_raw = re.match(image_inspector.CAMERA_RAW, head, re.DOTALL)
        file.verdict = (REFUSED, CAMERA_RAW) if is_raw else (SKIPPED, "No image.")
    return file


def unreadable(error):
    """Return what is told of a file that cannot be read."""
    return f"The file cannot be read: {error.strerror}."


def content_type_of(head):
    """Return the content type of a file by its first bytes, or None.

    HEIC has one too: whether it is accepted is the service's decision.
    """
    for start, content_type, _walker in image_inspector.FORMATS:
        if re.match(start, head, re.DOTALL):
            return content_type
    return None
