"""The operations that the fast path leaves to the SDK: a warning and a count for each."""

import logging
import threading

log = logging.getLogger(__name__)

# The name that stands for every operation, if a client cannot have the fast path at all.
ALL = "all operations"


class Unexpected(Exception):
    """The SDK works in another way than the fast path does."""


def ignore(_operation):
    """Do nothing: nobody counts the operation."""


class Fallbacks:
    """The operations of one client that the SDK does until the process ends.

    on_fallback(operation) is called once for each; `operation` has few values, so it may be a
    label of a metric.
    """

    def __init__(self, on_fallback=ignore):
        self.on_fallback = on_fallback
        self.operations = set()
        self.lock = threading.Lock()

    def add(self, operation, error):
        """Leave an operation to the SDK because of an unexpected error."""
        with self.lock:
            if operation in self.operations:
                return
            self.operations.add(operation)
        extra = {"operation": operation, "error": type(error).__name__}
        log.warning("operation left to the SDK", extra=extra, exc_info=error)
        self.on_fallback(operation)
