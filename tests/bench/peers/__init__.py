"""Other makers of thumbs, for comparison: sharp, ipx and thumbor, installed when first measured.

Where one cannot be installed, its figures say "not measured".
"""

import contextlib
import shutil
import subprocess
import sys

from tests.bench.processes import ROOT, Running, clean_environment, free_port, running

HERE = ROOT / "tests/bench/peers"
FOLDER = ROOT / ".tools/bench/peers"
NODE_PACKAGES = ("sharp@0.35.5", "ipx@3.1.1")
THUMBOR = "thumbor==7.8.0"
INSTALL_SECONDS = 600
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
    folder = FOLDER / "thumbor"
    subcommand = [folder / "bin/pip", "install", "--quiet", "--disable-pip-version-check"]
    return installed(folder, [THUMBOR], subcommand, [sys.executable, "-m", "venv", folder])


def installed(folder, pins, install, *before):
    """Return the folder with these packages; install them if they are not there. None: impossible.

    before: commands that are run first.
    """
    stamp = folder / ".pins"
    if stamp.exists() and stamp.read_text() == " ".join(pins):
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        for command in (*before, [*install, *pins]):
            subprocess.run(command, check=True, capture_output=True, timeout=INSTALL_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"NOT MEASURED: {' '.join(pins)}: {error}", flush=True)
        return None
    stamp.write_text(" ".join(pins))
    return folder


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
    environment = thumbor()
    if not environment:
        yield None
        return
    port = free_port()
    engine = "detailed_engine" if detailed else "thumbor.engines.pil"
    settings = FOLDER / f"{engine}.conf"
    settings.write_text(THUMBOR_SETTINGS.format(folder=str(folder), engine=engine))
    command = [environment / "bin/thumbor", "-p", port, "-i", "127.0.0.1", "-c", settings]
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
