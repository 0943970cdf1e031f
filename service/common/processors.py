"""How many processors the service may use."""

import contextlib
import os
from pathlib import Path

# Linux, cgroup v2: microseconds that may be used, or max, and of how many.
CONTAINERS_SHARE = Path("/sys/fs/cgroup/cpu.max")


def usable(share=CONTAINERS_SHARE):
    """Return how many whole processors this process may use, at least 1.

    share: the file in which a container finds how much of the machine's time it gets.
    """
    if hasattr(os, "sched_getaffinity"):
        found = len(os.sched_getaffinity(0))
    else:
        found = os.cpu_count() or 1
    with contextlib.suppress(OSError, ValueError):
        microseconds, period = map(int, share.read_text().split())
        found = min(found, microseconds // period)
    return max(found, 1)
