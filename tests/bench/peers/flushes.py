"""How often a service asks the system to flush to disk, counted by strace."""

import contextlib
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from tests.bench.peers.generator import CONNECTIONS, generator

CALLS = ("fsync", "fdatasync", "sync_file_range", "syncfs", "sync")
UPLOADS, DELETES = 32, 32
ATTACH_SECONDS = 10


def flushes(contestant):
    """Return {work: flushes a request} of a Contestant; empty where strace cannot count them."""
    uploads = contestant.uploads(UPLOADS)
    found = {
        "upload": counted(contestant, uploads, 1),
        "upload, eight at once": counted(contestant, uploads, CONNECTIONS),
    }
    if contestant.deletes:
        found["delete"] = counted(contestant, contestant.deletes(DELETES), 1)
    return {} if None in found.values() else found


def counted(contestant, requests, connections):
    """Return the flushes a request, or None."""
    with tempfile.NamedTemporaryFile("r") as log:
        with traced(contestant, log.name) as attached:
            if not attached:
                return None
            generator.send(contestant.server.port, requests, 0, connections)
        # A call that another one interrupts has a second line, "<... fsync resumed>".
        lines = [line for line in log if "resumed>" not in line]
    return sum(any(f" {call}(" in line for call in CALLS) for line in lines) / len(requests)


@contextlib.contextmanager
def traced(contestant, log):
    """Trace a service's processes in the block; tell whether that is possible."""
    program = shutil.which("strace")
    if not program:
        yield False
        return
    pids = [pid for part in contestant.parts for pid in part.pids()]
    chosen = [word for pid in pids for word in ("-p", str(pid))]
    command = [program, "-f", "-q", "-e", f"trace={','.join(CALLS)}", "-o", log, *chosen]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        yield attached(process, pids)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def attached(process, pids):
    """Wait until all processes are traced; tell whether they are."""
    end = time.monotonic() + ATTACH_SECONDS
    while process.poll() is None and time.monotonic() < end:
        if all("TracerPid:\t0\n" not in status(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def status(pid):
    """Return /proc/PID/status; empty for a process that has ended."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/status").read_text()
    return ""
