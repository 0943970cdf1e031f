"""What an upload stores of its file: the file itself, or with `strip` a copy without metadata."""

import contextlib
import hashlib

from service.business.inspection.fair_turns import SMALL_FILE
from service.business.inspection.image_inspector import HEAD, contents, kinds, recognise
from service.business.metadata.examination import examine
from service.business.metadata.stripping import stripped
from service.common.spooled_files import SpooledFile
from service.models.image import SPOOL_BYTES


@contextlib.contextmanager
def stored_copy(inspector, file, fields, owner):
    """Yield (file, fields) of what is stored of an inspected file, whose fields these are.

    owner: of the image; owners take turns. Where there is nothing to cut, that is the file itself.
    Raises StripImpossible or ServiceBusy.
    """
    if not fields.get("strip"):
        yield file, fields
        return
    with SpooledFile(SPOOL_BYTES) as copy:
        # Nothing is decoded.
        is_small = fields["size"] <= SMALL_FILE
        with inspector.turns.one(owner, is_small=is_small):
            found = strip(file, fields["size"], copy)
        yield (copy, fields | found) if found else (file, fields)


def strip(file, size, copy):
    """Write a file without metadata to another one; return the fields that it changes.

    Returns None, and writes nothing, where there is nothing to cut.
    """
    file.seek(0)
    content_type, walker = recognise(file.read(HEAD))
    data = contents(file, size)
    pieces = stripped(content_type, data, walker.read(data))
    if pieces is None:
        return None
    for piece in pieces:
        copy.write(piece)
    data = contents(copy, copy.tell())
    # Examined anew, so that the record tells of what is stored.
    _taken_at, privacy = examine(content_type, data, walker.read(data))
    digest = hashlib.sha256(data).hexdigest()
    return {"size": len(data), "sha256": digest, "privacy": kinds(privacy)}
