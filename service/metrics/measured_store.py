"""A repository whose calls are recorded."""

import functools
import time

from service.common.errors import StorageUnavailable


class MeasuredStore:
    """Wraps a repository and records the calls of its methods.

    kind: `images` or `objects`. A method call counts as one, however many requests it sends to the
    store. It failed if it raised StorageUnavailable. A generator is counted, but not timed.
    """

    def __init__(self, repository, kind, recorder):
        self.repository = repository
        self.kind = kind
        self.recorder = recorder

    def __getattr__(self, name):
        """Return the repository's attribute; the call of a method is recorded."""
        value = getattr(self.repository, name)
        return functools.partial(self.call, name, value) if callable(value) else value

    def call(self, operation, method, *args, **kwargs):
        """Call a method of the repository, record its time and failure, and return its result."""
        began = time.perf_counter()
        failed = False
        try:
            return method(*args, **kwargs)
        except StorageUnavailable:
            failed = True
            raise
        finally:
            seconds = time.perf_counter() - began
            self.recorder.store_called(self.kind, operation, seconds=seconds, failed=failed)
