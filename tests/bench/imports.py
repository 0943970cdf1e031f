"""How long the import of a folder takes, against the same number of uploads alone."""

import contextlib
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import load, photographs, processes, samples
from tests.bench.processes import ROOT

# Also what the import sends at once.
CONNECTIONS = 4
KINDS = 8
ROUNDS = 4
# Of a photograph of about 200 kB.
SIZE, QUALITY = (1280, 960), 82
MOST = 1.3


def main(count):
    """Import `count` photographs in all; end with 1 when that takes longer than MOST allows."""
    with tempfile.TemporaryDirectory() as folder, served(Path(folder, "data")) as server:
        ratios = [one_round(server, Path(folder), count // ROUNDS) for _ in range(ROUNDS)]
    ratio = statistics.median(ratios)
    print(f"import / uploads alone: {ratio:.2f} (at most {MOST})")
    sys.exit(ratio > MOST)


@contextlib.contextmanager
def served(data):
    """Run the embedded service as `python main.py` does."""
    port = processes.free_port()
    settings = {"PORT": str(port), "DATA_DIR": str(data), "LOG_LEVEL": "ERROR"}
    with processes.running([sys.executable, ROOT / "main.py"], port, settings) as server:
        yield server


def one_round(server, folder, count):
    """Return the time of an import divided by that of uploads, both of new photographs."""
    steps = {
        "alone": lambda: alone(server, count),
        "import": lambda: imported(server, folder, count),
    }
    names = random.sample(sorted(steps), len(steps))
    seconds = {name: steps[name]() for name in names}
    ratio = seconds["import"] / seconds["alone"]
    rates = ", ".join(f"{name} {count / seconds[name]:.1f}/s" for name in sorted(seconds))
    print(f"{rates}, ratio {ratio:.2f}", flush=True)
    return ratio


def alone(server, count):
    """Return the seconds of uploads from the load generator."""
    requests = [samples.upload_of(content).bytes for content in new_photographs(count)]
    return load.send(server.port, requests, CONNECTIONS, count=count).seconds


def imported(server, folder, count):
    """Return the seconds of the command, its start included."""
    with tempfile.TemporaryDirectory(dir=folder) as photos:
        for number, content in enumerate(new_photographs(count)):
            Path(photos, f"IMG_{number:05}.jpg").write_bytes(content)
        words = [photos, "--to", f"http://127.0.0.1:{server.port}", "--user", f"user-{count}"]
        begun = time.perf_counter()
        done = subprocess.run(
            [sys.executable, ROOT / "main.py", "import", *words],
            check=True,
            capture_output=True,
            text=True,
        )
        seconds = time.perf_counter() - begun
    if json.loads(done.stdout)["uploaded"] != count:
        raise RuntimeError(done.stderr)
    return seconds


def new_photographs(count):
    """Yield photographs that no service has seen: each has a comment of its own."""
    kinds = [photographs.photograph(number, SIZE, quality=QUALITY) for number in range(KINDS)]
    for number in range(count):
        content = kinds[number % KINDS]
        comment = random.randbytes(16)
        yield content[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2) + comment + content[2:]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
