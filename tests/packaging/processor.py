"""Check for which processor a deploy packages functions and image, and on which base image.

python processor.py TEMPLATE DOCKER_CALLS PARAMS
DOCKER_CALLS: one line for each call of docker by the deployment CLI, the last build at the end
"""

import json
import re
import sys
from pathlib import Path

PLATFORMS = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}
DEFAULTS = {"architecture": "x86_64", "python-image": "python:3.12-slim", "heic": "0"}


def main(template, calls, params):
    """Check both against the params; an AssertionError names what is wrong."""
    given = DEFAULTS | dict(re.findall(r"--param ([a-z-]+)=(\S+)", params))
    resources = json.loads(Path(template).read_text())["Resources"].values()
    functions = [one for one in resources if one["Type"] == "AWS::Lambda::Function"]
    assert functions, "no functions"
    for function in functions:
        # Without Architectures Lambda takes x86_64.
        (processor,) = function["Properties"].get("Architectures", ["x86_64"])
        assert processor == given["architecture"], function
    build = [line for line in Path(calls).read_text().splitlines() if line.startswith("build")][-1]
    for option in (
        f"--platform={PLATFORMS[given['architecture']]}",
        f"--build-arg PYTHON_IMAGE={given['python-image']}",
        f"--build-arg HEIC={given['heic']}",
        "--provenance=false",
    ):
        assert option in build, build


if __name__ == "__main__":
    main(*sys.argv[1:])
