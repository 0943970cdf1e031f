"""Part files: what is being written, before it gets the name of its object."""

import contextlib
import secrets

from service.repositories.embedded.files import names_in, write_file
from service.repositories.embedded.folders import folder_errors, make_folder

# No write lasts so long: an older part file is one of a process that was killed.
MOST_SECONDS = 3600


class PartFiles:
    """Part files in a folder of their own.

    Not beside the objects: a ready image is not swept, so they would stay there. clock: returns
    the current time.
    """

    def __init__(self, folder, clock):
        self.folder = folder
        self.clock = clock

    @contextlib.contextmanager
    def written(self, file):
        """Yield the path of a new file with the bytes of an open binary file, on disk.

        The block gives it its name. If the block raises, the file is deleted.
        """
        make_folder(self.folder)
        part = self.folder / f"{secrets.token_hex(8)}.part"
        try:
            write_file(part, file)
            yield part
        except BaseException:
            part.unlink(missing_ok=True)
            raise

    def delete_old(self):
        """Delete what killed processes have left."""
        moment = self.clock().timestamp() - MOST_SECONDS
        with folder_errors("delete unfinished"):
            for name in names_in(self.folder):
                path = self.folder / name
                # Another sweep may delete it at the same time.
                with contextlib.suppress(FileNotFoundError):
                    if path.stat().st_mtime < moment:
                        path.unlink()
