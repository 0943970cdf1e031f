"""Faults for the embedded store: chosen calls of its repositories fail."""

from service.common.errors import StorageUnavailable


class Steps:
    """Counts the calls of repositories. calls: their names. late: always empty here."""

    late = ()

    def __init__(self):
        self.listen()

    def listen(self):
        """Count the calls from now on, and let all of them succeed."""
        self.fail(None, None)

    def fail(self, number, fault, _times=1):
        """Refuse the call with this number, counted from now on, or lose its answer ("lost")."""
        self.calls, self.target, self.fault = [], number, fault

    def land(self):
        """Deliver nothing."""

    def call(self, name, method, arguments):
        """Make a call, or fail."""
        self.calls.append(name)
        if len(self.calls) - 1 != self.target:
            return method(*arguments)
        if self.fault == "lost":
            method(*arguments)
        if name == "put_thumb":
            # Its own way to fail.
            return False
        raise StorageUnavailable("a fault of the test", operation=name)


class Interruption:
    """Lets something happen before one call of repositories."""

    def __init__(self):
        self.calls, self.target, self.event = 0, None, None

    def before(self, target, event):
        """Set what happens once: target is a call's name, or its number, counted from here."""
        self.calls, self.target, self.event = 0, target, event

    def call(self, name, method, given):
        """Make a call, after what comes before it."""
        number, self.calls = self.calls, self.calls + 1
        if self.target in (name, number):
            self.target = None
            self.event()
        return method(*given)


class Stepwise:
    """A repository whose calls are steps."""

    def __init__(self, repository, steps):
        self.repository = repository
        self.steps = steps

    def __getattr__(self, name):
        attribute = getattr(self.repository, name)
        if not callable(attribute):
            return attribute
        return lambda *arguments: self.steps.call(name, attribute, arguments)
