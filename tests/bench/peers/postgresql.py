"""A PostgreSQL server of its own, for the peer that needs one."""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

from tests.bench.processes import free_port, running

PLACES = "/usr/lib/postgresql/*/bin"


def programs():
    """Return the folder of PostgreSQL's programs, or None."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else sorted(Path("/").glob(PLACES[1:]))
    return folders[-1] if folders else None


@contextlib.contextmanager
def postgresql(folder):
    """Run it with its data in a folder, which other users can reach; give (process, address)."""
    folder.mkdir()
    # It refuses to run as root.
    root = os.geteuid() == 0
    user = ["runuser", "-u", "postgres", "--"] if root else []
    if root:
        shutil.chown(folder, "postgres", "postgres")
    data, port = folder / "data", free_port()
    create = [programs() / "initdb", "--username", "postgres", "--auth", "trust", data]
    subprocess.run([*user, *create], check=True, capture_output=True, cwd="/")
    server = [programs() / "postgres", "-D", data, "-p", port, "-h", "127.0.0.1", "-k", folder]
    with running([*user, *server], port) as process:
        yield process, f"postgresql://postgres@127.0.0.1:{port}/postgres"
        # Without waiting for anybody.
        stop = [programs() / "pg_ctl", "stop", "-m", "immediate", "-D", data]
        subprocess.run([*user, *stop], check=False, capture_output=True, cwd="/")
