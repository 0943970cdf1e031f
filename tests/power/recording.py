"""Runs programs under recorder.c, and reads what it has recorded."""

import json
import mmap
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from collections import namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = Path(__file__).with_name("recorder.c")
PROGRAMS = Path(tempfile.gettempdir())
# As long as those of a quick disk, so that threads and processes write while others flush.
FLUSH_MICROSECONDS = 1000

# kind: a letter, see recorder.c; K is a mark, its data JSON. Paths are relative to the folder.
Call = namedtuple("Call", "kind inode offset path other data")
HEAD = struct.Struct("<IIQQQc")


def compiler():
    """Return the path of a C compiler, or None."""
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


def is_possible():
    """Tell whether programs can be recorded on this machine."""
    return sys.platform == "linux" and bool(compiler())


def compiled():
    """Return the library; compile it unless that was done with the same source."""
    library = PROGRAMS / f"recorder-{os.getuid()}-{zlib.crc32(SOURCE.read_bytes()):08x}.so"
    if not library.exists():
        part = library.with_suffix(f".{os.getpid()}")
        command = [compiler(), "-O2", "-fPIC", "-shared", "-pthread", "-o", part, SOURCE, "-ldl"]
        subprocess.run(command, check=True)
        part.replace(library)
    return library


class Recorder:
    """A new folder, below which everything that its programs do is recorded, and its log."""

    def __init__(self, place):
        self.folder = Path(place).resolve() / "disk"
        self.log = self.folder.with_name("log")
        self.lock = self.folder.with_name("lock")
        self.folder.mkdir()
        self.log.touch()
        self.lock.write_bytes(bytes(mmap.PAGESIZE))
        self.folder.with_name("folder").write_text(str(self.folder))
        self.marks = os.open(self.log, os.O_WRONLY | os.O_APPEND)

    def environ(self, **settings):
        """Return the variables with which a program is recorded, one of the service too."""
        own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LOG_LEVEL": "ERROR"}
        own |= {"DATA_DIR": str(self.folder / "data"), "GRACE_SECONDS": "1"}
        recorded = {
            "LD_PRELOAD": str(compiled()),
            "RECORD_FOLDER": str(self.folder),
            "RECORD_LOG": str(self.log),
            "RECORD_LOCK": str(self.lock),
            "FLUSH_MICROSECONDS": str(FLUSH_MICROSECONDS),
        }
        return own | recorded | settings

    def mark(self, **facts):
        """Note something between the calls: all that led to it is above it."""
        data = json.dumps(facts).encode()
        entry = HEAD.pack(0, 0, len(data), 0, 0, b"K") + data
        # One call: what others append at the same time comes before or behind it.
        assert os.write(self.marks, entry) == len(entry)

    def calls(self):
        """Return the Calls of the programs, all of which have ended."""
        os.close(self.marks)
        return read(self.folder.parent)


def read(place):
    """Return the Calls of the recording in a folder: its `log`, and of which `folder` it is."""
    folder, content = (place / "folder").read_text(), (place / "log").read_bytes()
    place, calls = 0, []

    def text(length):
        return content[place : place + length].decode().removeprefix(folder).lstrip("/")

    while place < len(content):
        first, second, size, inode, offset, kind = HEAD.unpack_from(content, place)
        place += HEAD.size
        path = text(first)
        place += first
        other = text(second)
        place += second
        if not path.endswith("-shm"):
            data = content[place : place + size]
            calls.append(Call(kind.decode(), inode, offset, path, other, data))
        place += size
    return calls
