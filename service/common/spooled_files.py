"""Files that stay in memory while they are small, and move to the temporary folder beyond that."""

import contextlib
import tempfile

from service.common.errors import StorageFull, StorageUnavailable


class SpooledFile(tempfile.SpooledTemporaryFile):
    """A file that moves to the temporary folder beyond so many bytes.

    Raises StorageFull if there is no room, StorageUnavailable if the folder has another fault.
    """

    def write(self, data):
        """Write bytes; return how many. A fault shows here, not at a later `seek` or `close`."""
        try:
            written = super().write(data)
            self.flush()
        except OSError as error:
            facts = {"operation": "write temporary file", "reason": str(error)}
            if error.errno in StorageFull.errnos:
                raise StorageFull("The temporary folder is full. Try again.", **facts) from error
            raise StorageUnavailable("The temporary folder fails. Try again.", **facts) from error
        return written

    def close(self):
        """Close the file, also after a write failed: what it still holds is lost anyway."""
        with contextlib.suppress(OSError):
            super().close()

    def __exit__(self, *_error):
        """Close the file."""
        self.close()
