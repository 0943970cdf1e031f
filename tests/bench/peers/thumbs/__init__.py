"""Other makers of thumbs: sharp, ipx and thumbor."""

import contextlib
import subprocess

from tests.bench.peers import FOLDER, environment, installed
from tests.bench.processes import ROOT, Running, clean_environment, free_port, running

HERE = ROOT / "tests/bench/peers/thumbs"
NODE_PACKAGES = ("sharp@0.35.5", "ipx@3.1.1")
THUMBOR = "thumbor==7.8.0"
THUMBOR_SETTINGS = """
LOADER = "thumbor.loaders.file_loader"
FILE_LOADER_ROOT_PATH = {folder!r}
STORAGE = "thumbor.storages.no_storage"
ENGINE = {engine!r}
"""


def node():
    """Return the folder with sharp and ipx, or None."""
    folder = FOLDER / "node"
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund"]
    return installed(folder, NODE_PACKAGES, ["npm", "install", "--prefix", folder, *quiet])


def thumbor():
    """Return the folder of an environment with thumbor, or None."""
    return environment("thumbor", THUMBOR)


@contextlib.contextmanager
def ipx_server(folder):
    """Run ipx with the files of a folder; give nothing where it cannot be installed."""
    modules = node()
    if not modules:
        yield None
        return
    port = free_port()
    program = modules / "node_modules/ipx/bin/ipx.mjs"
    command = ["node", program, "serve", "--dir", folder, "--port", port, "--host", "127.0.0.1"]
    with running(command, port) as server:
        yield server


@contextlib.contextmanager
def thumbor_server(folder, *, detailed):
    """Run thumbor with the files of a folder; give nothing where it cannot be installed.

    detailed: with as many pixels decoded as in this service, for thumbs that are as good.
    """
    place = thumbor()
    if not place:
        yield None
        return
    port = free_port()
    engine = "detailed_engine" if detailed else "thumbor.engines.pil"
    settings = FOLDER / f"{engine}.conf"
    settings.write_text(THUMBOR_SETTINGS.format(folder=str(folder), engine=engine))
    command = [place / "bin/thumbor", "-p", port, "-i", "127.0.0.1", "-c", settings]
    with running([*command, "-l", "error"], port, {"PYTHONPATH": str(HERE)}) as server:
        yield server


@contextlib.contextmanager
def sharp(path, output):
    """Run sharp with a file; give a function(times) that returns the CPU seconds of a thumb.

    The thumb is written to `output`: fast.webp as sharp makes it, detailed.webp with as many
    pixels decoded as in this service. Gives nothing where sharp cannot be installed.
    """
    modules = node()
    if not modules:
        yield None
        return
    process = subprocess.Popen(
        ["node", HERE / "sharp_thumb.cjs", path, output, output.stem],
        env=clean_environment() | {"NODE_PATH": str(modules / "node_modules")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    seen = Running(process, None)

    def cost(times):
        before = seen.cpu_seconds()
        process.stdin.write(f"{times}\n")
        process.stdin.flush()
        if not process.stdout.readline():
            raise RuntimeError("sharp has ended")
        return (seen.cpu_seconds() - before) / times

    with process:
        yield cost
