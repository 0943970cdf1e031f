"""The program of a child process that renders what may take any memory and time: under limits.

The original comes on stdin. A line of JSON goes to stdout, and behind it the bytes of the WebP.
"""

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
from pathlib import Path

from service.business.renditions import originals
from service.business.renditions.rendering import Renderer
from service.common.errors import RenditionImpossible

MOST_MEMORY = 512 * 1024 * 1024
MOST_CPU_SECONDS = 10
MOST_SECONDS = 60
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


def main(name, parent):
    """Render stdin to stdout. name: of the rendition; parent: the number of that process."""
    limit()
    stay_with(int(parent))
    with open(0, "rb") as file:
        try:
            rendered = originals.render(file, name, Renderer())
        except RenditionImpossible as error:
            answer({"reason": error.detail, "lasting": error.lasting})
            return
    content, width, height = rendered.rendition
    answer(
        {
            "width": width,
            "height": height,
            "color": rendered.color,
            "thumbhash": rendered.thumbhash,
        },
        content,
    )


def answer(facts, content=b""):
    """Write the facts and the content to stdout."""
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n" + content)
    sys.stdout.buffer.flush()


def limit():
    """Limit the memory and time of this process. A limit that the system lacks is left out."""
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: MOST_CPU_SECONDS,
        resource.RLIMIT_DATA: used_memory() + MOST_MEMORY,
    }
    for kind, most in limits.items():
        with contextlib.suppress(ValueError, OSError):
            # At the first the system tells the reason, at the second it kills.
            resource.setrlimit(kind, (most, most + (kind == resource.RLIMIT_CPU)))
    # Waiting costs no CPU time.
    signal.alarm(MOST_SECONDS)


def used_memory():
    """Return how many bytes of data this process has, as Linux tells."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[5])
    except OSError:
        return MOST_MEMORY // 2
    return pages * resource.getpagesize()


def stay_with(parent):
    """End together with the parent, where the system offers it; it may have ended already."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)
