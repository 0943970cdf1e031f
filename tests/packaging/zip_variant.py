"""Make the service deployable as a zip, for an emulator that runs no images.

python -m tests.packaging.zip_variant ZIP SITE_PACKAGES
reads `osls print --format json`, writes the like
"""

import json
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = {"pip", "gunicorn", "awslambdaric", "__pycache__"}
# botocore describes 400 services.
DESCRIBED = {"dynamodb", "s3", "sts"}


def main():
    """Write the zip, then the configuration whose functions use it."""
    archive, packages = (Path(argument).resolve() for argument in sys.argv[1:])
    write_zip(archive, packages)
    service = json.load(sys.stdin)
    for name in ("plugins", "custom", "params"):
        del service[name]
    del service["provider"]["ecr"]
    # `print` adds what the CLI itself refuses.
    service["provider"].pop("deploymentBucketObject", None)
    allow_plain_http(service["resources"]["Resources"])
    service["provider"]["runtime"] = "python3.12"
    service["package"] = {"artifact": str(archive)}
    for function in service["functions"].values():
        (function["handler"],) = function.pop("image")["command"]
    # The emulator knows no alarm about several metrics.
    del service["resources"]["Resources"]["TableThrottlesAlarm"]
    json.dump(service, sys.stdout)


def allow_plain_http(resources):
    """Take out of each policy the statement that demands TLS, which the emulator does not speak."""
    for name, resource in list(resources.items()):
        policy = resource["Properties"].get("PolicyDocument")
        if policy:
            policy["Statement"] = [one for one in policy["Statement"] if one["Sid"] != "OnlyTls"]
        if policy and not policy["Statement"]:
            del resources[name]


def write_zip(archive, packages):
    """Zip the service and the installed packages that Lambda needs."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        # Also the pages, scripts and styles beside the modules.
        for path in [ROOT / "main.py", *ROOT.glob("service/**/*")]:
            if path.is_file() and not LEFT_OUT & set(path.parts):
                file.write(path, path.relative_to(ROOT))
        for path in packages.rglob("*"):
            if path.is_file() and is_needed(path.relative_to(packages)):
                file.write(path, path.relative_to(packages))


def is_needed(path):
    """Tell whether Lambda needs a file of the installed packages."""
    if LEFT_OUT & set(path.parts):
        return False
    is_description = path.parts[:2] == ("botocore", "data") and len(path.parts) > 3
    return not is_description or path.parts[2] in DESCRIBED


if __name__ == "__main__":
    main()
