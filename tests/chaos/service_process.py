"""The service as users run it, in a process group of its own, so that one kill ends all of it."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.system import emulators

START_SECONDS = 30
# So short that a sweep during the load finds uploads that are still running.
GRACE_SECONDS = 1


class Service:
    """`python main.py`, and the operator's commands beside it, in one process group."""

    def __init__(self, folder, settings, log=None):
        self.port = emulators.free_port()
        self.log = Path(log or folder / "log")
        defaults = {"PORT": str(self.port), "LOG_LEVEL": "WARNING", "FLASK_APP": "main"}
        defaults |= {"GRACE_SECONDS": str(GRACE_SECONDS), "PATH": os.environ["PATH"]}
        self.environ = defaults | settings
        self.process = None

    def start(self):
        """Start the server without waiting for it."""
        self.process = self.run("main.py", group=0)

    def run(self, *command, group):
        """Start a Python program in a process group; 0 is a new one."""
        with open(self.log, "ab") as log:
            return subprocess.Popen(
                [sys.executable, *command],
                cwd=emulators.ROOT,
                env=self.environ,
                stdout=log,
                stderr=log,
                process_group=group,
            )

    def start_sweep(self):
        """Start a sweep that will be killed with the server."""
        self.run("-m", "flask", "sweep", group=self.process.pid)

    def wait_until_up(self):
        """Wait until the server listens. Raises RuntimeError when it ends instead."""
        end = time.monotonic() + START_SECONDS
        while emulators.is_free(self.port):
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"the server did not start:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.005)

    def kill(self):
        """Kill the whole process group, and wait until its port is free."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        while not emulators.is_free(self.port):
            time.sleep(0.005)

    def sweep(self, *options):
        """Run a sweep or an audit to its end, without a grace time; return its figures."""
        command = [sys.executable, "-m", "flask", "sweep", *options]
        environ = self.environ | {"GRACE_SECONDS": "0"}
        with open(self.log, "ab") as log:
            swept = subprocess.run(
                command, cwd=emulators.ROOT, env=environ, stdout=subprocess.PIPE, stderr=log
            )
        return json.loads(swept.stdout)

    def command(self, *words):
        """Run an operator's command to its end; return its exit code."""
        command = [sys.executable, "-m", "flask", *words]
        with open(self.log, "ab") as log:
            return subprocess.call(
                command, cwd=emulators.ROOT, env=self.environ, stdout=log, stderr=log
            )
