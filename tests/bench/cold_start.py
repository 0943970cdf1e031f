"""The time from the start of a process to its first answer, and the size of the service."""

import compileall
import shutil
import sys
from importlib.metadata import distribution
from pathlib import Path

import botocore
from packaging.requirements import Requirement

from tests.bench import rounds
from tests.bench.processes import ROOT, run
from tests.bench.report import Figure

PACKAGES = ROOT / ".tools/bench/packages"
# The Dockerfile keeps these of botocore's 400 services.
KEPT_SERVICES = ("dynamodb", "s3", "sts")
BARE = """
import boto3, os
address = os.environ["AWS_ENDPOINT_URL"]
dynamodb = boto3.client("dynamodb", endpoint_url=address)
s3 = boto3.client("s3", endpoint_url=address)
dynamodb.get_item(TableName="images", Key={"image_id": {"S": "1"}})
s3.put_object(Bucket="images", Key="key", Body=b"1")
"""
SERVICE = """
import main
event = {"httpMethod": "GET", "path": "/images/%s", "requestContext": {}, "headers": {}}
assert main.handler(event, None)["statusCode"] == 200
"""


def figures(parts, count):
    """Return the CPU time of a cold start against bare boto3's, both clients and first calls."""
    image_id = parts.floor.image.image_id
    service = [sys.executable, "-c", SERVICE % image_id]
    trimmed = parts.settings | {"PYTHONPATH": str(trimmed_packages())}
    cases = {
        "floor": lambda: run([sys.executable, "-c", BARE], parts.settings),
        "installed": lambda: run(service, parts.settings),
        "trimmed": lambda: run(service, trimmed),
    }
    measured = rounds.interleaved(cases, count)
    floor = measured["floor"]
    return [
        Figure(
            name, rounds.ratios(measured[case], floor), "× bare boto3", facts(floor, case, measured)
        )
        for name, case in (("cold start", "trimmed"), ("cold start, botocore whole", "installed"))
    ]


def facts(floor, case, measured):
    """Return the measurements from which a ratio is calculated."""
    return {"floor_ms": floor, "route_ms": measured[case]}


def package_size():
    """Return the size of the service and its packages, without Python."""
    total = sum(sizes(ROOT / "service")) + (ROOT / "main.py").stat().st_size
    total += sum(package_bytes(name) for name in needed())
    return [Figure("package size", [round(total / 1e6, 1)], "MB")]


def needed():
    """Return the names of all packages that the service needs to run."""
    lines = (ROOT / "requirements-run.txt").read_text().splitlines()
    direct = [Requirement(line) for line in lines if line and not line.startswith("#")]
    waiting = [one for one in direct if applies(one, [""])]
    names = set()
    while waiting:
        required = waiting.pop()
        name = required.name.lower()
        if name in names:
            continue
        names.add(name)
        further = map(Requirement, distribution(name).requires or [])
        waiting += [one for one in further if applies(one, required.extras or [""])]
    return names


def applies(requirement, extras):
    """Tell whether a requirement holds on this machine, for any of these extras."""
    marker = requirement.marker
    return not marker or any(marker.evaluate({"extra": extra}) for extra in extras)


def package_bytes(name):
    """Return a package's size without compiled files and without what the image leaves out."""
    files = distribution(name).files or []
    kept = [file for file in files if file.suffix != ".pyc" and in_image(file)]
    return sum(file.locate().stat().st_size for file in kept if file.locate().exists())


def in_image(file):
    """Tell whether the Dockerfile keeps a file of a package."""
    parts = file.parts
    if parts[:2] != ("botocore", "data") or len(parts) < 4:
        return True
    return parts[2] in KEPT_SERVICES


def sizes(folder):
    """Yield the sizes of the Python files below a folder."""
    for path in folder.rglob("*.py"):
        yield path.stat().st_size


def trimmed_packages():
    """Return a folder with botocore's data reduced as in the Dockerfile, compiled."""
    version = PACKAGES / botocore.__version__
    if not version.exists():
        shutil.rmtree(PACKAGES, ignore_errors=True)
        whole = Path(botocore.__file__).parent
        shutil.copytree(whole, PACKAGES / "botocore", ignore=unwanted)
        compileall.compile_dir(PACKAGES, quiet=1)
        version.touch()
    return PACKAGES


def unwanted(folder, names):
    """Return the names that the Dockerfile removes: folders of services that are not used."""
    if Path(folder).name != "data":
        return {"__pycache__"}
    return {name for name in names if (Path(folder) / name).is_dir() and name not in KEPT_SERVICES}
