"""A repository whose calls are told to a recorder."""

import functools
import time

from service.common.errors import StorageUnavailable


class MeasuredStore:
    """Stands in for a repository and passes everything on.

    kind: `images` or `objects`. A call is one verb of the repository, whatever it asks of its
    store; it failed if it raised StorageUnavailable. What yields is counted, its time is not known.
    """

    def __init__(self, repository, kind, recorder):
        self.repository = repository
        self.kind = kind
        self.recorder = recorder

    def __getattr__(self, name):
        """Return the repository's own, a verb with its telling around it."""
        value = getattr(self.repository, name)
        return functools.partial(self.call, name, value) if callable(value) else value

    def call(self, operation, verb, *given, **named):
        """Return what the verb returns, its time and failure told."""
        began = time.perf_counter()
        failed = False
        try:
            return verb(*given, **named)
        except StorageUnavailable:
            failed = True
            raise
        finally:
            seconds = time.perf_counter() - began
            self.recorder.store_called(self.kind, operation, seconds=seconds, failed=failed)
