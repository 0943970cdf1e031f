"""Processes of the benchmarks: started, measured from outside, stopped."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90
# Keeps boto3 from reading the machine's own settings; PYTHONHASHSEED makes runs comparable.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secretsecretsecretsecret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/nonexistent",
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    "PYTHONHASHSEED": "0",
}


class Running:
    """A started process and its children, seen from outside."""

    def __init__(self, process, port):
        self.process = process
        self.port = port

    def pids(self):
        """Return the ids of the process and of everything it has started."""
        found = [self.process.pid]
        for pid in found:
            with contextlib.suppress(OSError):
                for task in Path(f"/proc/{pid}/task").iterdir():
                    found += map(int, (task / "children").read_text().split())
        return found

    def cpu_seconds(self):
        """Return the CPU time, user and system, that all of them have used."""
        return sum(time.clock_gettime(cpu_clock(pid)) for pid in self.pids())

    def memory(self, line):
        """Return the largest VmRSS or VmHWM (the peak) among them, in bytes."""
        return max(memory_of(pid, line) for pid in self.pids())

    def forget_peak(self):
        """Reset the peak (VmHWM)."""
        for pid in self.pids():
            forget_peak(pid)


@contextlib.contextmanager
def running(command, port, environment=None, folder=ROOT):
    """Run a server in a folder until the block ends; it must listen on the port within 90 s."""
    process = subprocess.Popen(
        [str(word) for word in command],
        cwd=folder,
        env=clean_environment() | (environment or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port, process)
        yield Running(process, port)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def gunicorn(settings, *options, app="main:app"):
    """Run the service under gunicorn as deployed; settings may replace options."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", *options]
    values = {"HOST": "127.0.0.1", "PORT": str(port), **settings}
    with running([*command, app], port, values) as server:
        yield server


def run(command, environment):
    """Run a command to its end; return the CPU seconds it took, user and system."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=clean_environment() | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process.stderr as said:
        complaint = said.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}: {complaint[-2000:]}")
    return usage.ru_utime + usage.ru_stime


def clean_environment():
    """Return the environment without proxies and settings, with credentials of no account."""
    ours = ("AWS_", "BUCKET_NAME", "TABLE_NAME", "USE_LOCALSTACK", "PYTHONDONTWRITEBYTECODE")
    kept = {
        name: text
        for name, text in os.environ.items()
        if not name.startswith(ours) and not name.lower().endswith("_proxy")
    }
    return kept | CREDENTIALS


def wait_for(port, process):
    """Wait until a server listens on the port."""
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise RuntimeError(f"{process.args} does not listen on port {port}")


def free_port():
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_clock(pid):
    """Return Linux's id of the clock that counts a process's CPU time in nanoseconds."""
    return (~pid << 3) | 2


def forget_peak(pid):
    """Reset the peak (VmHWM) of a process."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def memory_of(pid, line):
    """Return a line of /proc/PID/status in bytes."""
    for text in Path(f"/proc/{pid}/status").read_text().splitlines():
        if text.startswith(f"{line}:"):
            return int(text.split()[1]) * 1024
    return 0
