"""What others make, for comparison: installed when first measured, in pinned versions.

Where one cannot be installed, its figures say "not measured".
"""

import shutil
import subprocess
import sys

from tests.bench.processes import ROOT

FOLDER = ROOT / ".tools/bench/peers"
INSTALL_SECONDS = 600


def environment(name, pin):
    """Return the folder of an environment with one package of PyPI, or None."""
    folder = FOLDER / name
    subcommand = [folder / "bin/pip", "install", "--quiet", "--disable-pip-version-check"]
    return installed(folder, [pin], subcommand, [sys.executable, "-m", "venv", folder])


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
