"""Renders an original in a child process: what hostile bytes do to a decoder stays in there."""

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from service.business.renditions.originals import TOO_LARGE
from service.business.renditions.rendering import Rendered
from service.common import deadlines
from service.common.errors import RenditionImpossible, ServiceBusy
from service.common.spooled_files import SpooledFile
from service.models.renditions import Rendition

# The child finds modules where this process does, on Lambda too, and not in the current folder.
PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from service.business.renditions import child; child.main(*sys.argv[2:])"
)
CRASHED = "The decoder failed on this image."
TOO_SLOW = "Decoding this image takes more time than the service may use for it."
BUSY = "The rendition took too long; try again."
# Outside a request, and what is left of a request's time for its answer.
MOST_SECONDS, ANSWER_SECONDS = 60, 1
# A child that has used so much CPU time by then would not do better at another try.
ENOUGH_SECONDS = 4
# On Linux a process without memory is killed by the first; none of them tells about the image.
FROM_OUTSIDE = {signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM}


def render(file, name):
    """Return the Rendered of an original. Raises RenditionImpossible, or ServiceBusy at the
    request's deadline.
    """
    with on_disk(file) as source:
        answer, code = run(source, name)
    head, _newline, content = answer.partition(b"\n")
    if code:
        raise failure(code)
    facts = json.loads(head)
    if "reason" in facts:
        raise RenditionImpossible(facts["reason"], lasting=facts["lasting"])
    rendition = Rendition(content, facts["width"], facts["height"])
    return Rendered(rendition, facts["color"], facts["thumbhash"])


@contextlib.contextmanager
def on_disk(file):
    """Yield a file with the same bytes that another process can read: itself, or a copy."""
    file.seek(0)
    try:
        file.fileno()
    except (AttributeError, io.UnsupportedOperation):
        with SpooledFile(1) as copy:
            shutil.copyfileobj(file, copy)
            copy.flush()
            yield copy
    else:
        yield file


def run(source, name):
    """Return (what the child wrote, its return code) when it has ended."""
    path = [os.path.abspath(folder) for folder in sys.path]
    command = [sys.executable, "-I", "-c", PROGRAM, json.dumps(path), name, str(os.getpid())]
    left = deadlines.seconds_left()
    seconds = MOST_SECONDS if left is None else left - ANSWER_SECONDS
    if seconds <= 0:
        raise ServiceBusy(BUSY)
    quiet = {"stdin": source, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    try:
        child = subprocess.Popen(command, **quiet)
    except OSError as error:
        raise ServiceBusy(BUSY, reason=str(error)) from error
    with child:
        try:
            with deadlines.while_waiting.get()():
                return child.communicate(timeout=seconds)[0], child.returncode
        except subprocess.TimeoutExpired as error:
            if cpu_seconds(child.pid) > ENOUGH_SECONDS:
                raise RenditionImpossible(TOO_SLOW) from error
            raise ServiceBusy(BUSY) from error
        finally:
            # Also when this thread is stopped. Nothing to a child that has ended.
            child.kill()


def cpu_seconds(number):
    """Return how many seconds of CPU time a running process has used, as Linux tells, or 0."""
    try:
        fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    # The 14th and 15th field of proc_pid_stat(5): in its own code and in the system's.
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def failure(code):
    """Return the error for a return code: below 0 a signal ended the child."""
    if code == -signal.SIGXCPU:
        return RenditionImpossible(TOO_SLOW)
    if -code in FROM_OUTSIDE:
        return RenditionImpossible(TOO_LARGE, lasting=False, code=code)
    # Not lasting unless a signal tells of a crash: a fault of the child's start is ours.
    return RenditionImpossible(CRASHED, lasting=code < 0, code=code)
