"""The embedded store's counterpart of the wire: every call of a repository, failing as told."""

from service.common.errors import StorageUnavailable


class Steps:
    """Counts the calls of repositories. calls: their names. late: no call can land late here."""

    late = ()

    def __init__(self):
        self.listen()

    def listen(self):
        """Count the calls from here, and let all of them through."""
        self.fail(None, None)

    def fail(self, number, fault, _times=1):
        """Let the call of a number, counted from here, be refused, or its answer be "lost"."""
        self.calls, self.target, self.fault = [], number, fault

    def land(self):
        """Deliver nothing."""

    def call(self, name, method, given):
        """Make a call, or fail."""
        self.calls.append(name)
        if len(self.calls) - 1 != self.target:
            return method(*given)
        if self.fault == "lost":
            method(*given)
        raise StorageUnavailable("made up", operation=name)


class Stepwise:
    """A repository whose calls are steps."""

    def __init__(self, repository, steps):
        self.repository = repository
        self.steps = steps

    def __getattr__(self, name):
        found = getattr(self.repository, name)
        if not callable(found):
            return found
        return lambda *given: self.steps.call(name, found, given)
