"""The service in a process of its own, and its answers as bytes of a connection."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
POST = b"POST /images HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """`python main.py`, or another command, in a folder of its own."""

    def __init__(self, data_dir, *command, port=None, **settings):
        self.port = port or free_port()
        own = {"PORT": str(self.port), "DATA_DIR": str(data_dir), "LOG_LEVEL": "ERROR"}
        self.process = subprocess.Popen(
            [sys.executable, *(command or [ROOT / "main.py"])],
            cwd=data_dir.parent,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | own | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_until_up(self):
        self.line = self.process.stdout.readline()
        assert self.line, self.process.stderr.read()
        return self

    def stop(self, number=signal.SIGTERM):
        """Return (exit code, what it wrote to stderr)."""
        self.process.send_signal(number)
        return self.end()

    def end(self):
        _, errors = self.process.communicate(timeout=20)
        return self.process.returncode, errors

    def workers(self):
        pid = self.process.pid
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()

    def connect(self, timeout=5):
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def status(self, path, timeout=5):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        with contextlib.closing(connection):
            connection.request("GET", path)
            return connection.getresponse().status

    def send(self, content):
        """Send bytes on a connection of their own; return all bytes of the answer."""
        with self.connect() as connection:
            connection.sendall(content)
            return b"".join(iter(lambda: connection.recv(65536), b""))


def parse(answer):
    """Return (status, headers, JSON body) of the bytes of one answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return int(first.split()[1]), headers, json.loads(body)
