"""Tokens that were verified a moment ago: verifying one costs a tenth of a view."""

import time

KNOWN_SECONDS = 5
MOST_KNOWN = 1024


class KnownTokens:
    """Remembers what verified tokens say, for seconds, and never past their `exp`.

    clock: a function that returns seconds.
    """

    def __init__(self, clock=time.monotonic):
        self.clock = clock
        self.entries = {}

    def find(self, token, keys):
        """Return what a token says, or None. keys: those in use now; with others it is unknown."""
        until, ends_at, with_keys, said = self.entries.get(token, (0, 0, None, None))
        # Both clocks, because one may stand still while a Lambda function is frozen.
        is_known = with_keys is keys and self.clock() < until and time.time() < ends_at
        return said if is_known else None

    def add(self, token, keys, said, *, ends_at):
        """Remember what a token says. ends_at: its `exp`, seconds since 1970."""
        if len(self.entries) >= MOST_KNOWN:
            self.entries.clear()
        self.entries[token] = (self.clock() + KNOWN_SECONDS, ends_at, keys, said)
