"""Stable URLs: within a quarter of an hour their text is the same, so that browsers can cache."""

from datetime import timedelta

# How long a stable URL works from the start of its window; a window lasts a quarter of an hour.
STABLE_SECONDS = 3600
QUARTER = timedelta(minutes=15)
# With session credentials a URL has about 2 KB.
MOST_KEPT = 4096


def quarter_of(now):
    """Return the start of the quarter hour of a time, aware and in UTC."""
    return now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)


def life(expires_in):
    """Return for how many seconds a URL is signed; None stands for a stable one."""
    return STABLE_SECONDS if expires_in is None else expires_in


class KeptUrls(dict):
    """The URLs of one window, so that a page that is shown again signs nothing.

    Threads share it without a lock: signed again, a URL has the same text. most: how many are kept.
    """

    def __init__(self, most=MOST_KEPT):
        super().__init__()
        self.most = most

    def keep(self, key, url):
        """Keep a URL and return it. If there are too many, all others are dropped."""
        if len(self) >= self.most:
            self.clear()
        self[key] = url
        return url
