"""Direct uploads to a deployment: its S3 event completes them, and S3 itself refuses wrong bytes.

python -m tests.packaging.direct_upload ADDRESS [--host NAME]
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.packaging.journey import Service, fetch
from tests.system.large_pictures import jpeg_of

SIZE = 10_485_760
EVENT_SECONDS = 60


def begin(service, data, method):
    """Ask for a direct upload; return the image."""
    fields = {"user_id": "direct", "filename": "photo.jpg", "content_type": "image/jpeg"}
    fields |= {"size": len(data), "method": method}
    body = json.dumps(fields).encode()
    status, image, _ = service.call("POST", "/images", body, "application/json")
    assert (status, image["status"]) == (202, "pending"), (status, image)
    return image


def send(upload, data):
    """Run the curl line of an upload; return the status that S3 answers."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "photo.jpg").write_bytes(data)
        report = ["-s", "-o", "answer", "-w", "%{http_code}"]
        command = f"{upload['curl']} {' '.join(report)}"
        return int(subprocess.check_output(command, shell=True, cwd=folder, text=True))


def travel(service, method, data):
    """Upload by one method, wait until the event has listed it, open it, delete it."""
    image = begin(service, data, method)
    for wrong in (data[:-1], data + b"1"):
        assert send(image["upload"], wrong) in (400, 403), "another length was taken"
    begun = time.monotonic()
    assert send(image["upload"], data) in (200, 204), "the bytes were not taken"
    while not listed(service):
        assert time.monotonic() < begun + EVENT_SECONDS, "no event has completed it"
    seconds = time.monotonic() - begun
    path = f"/images/{image['image_id']}"
    _, viewed, _ = service.call("GET", path)
    assert viewed["sha256"] == hashlib.sha256(data).hexdigest(), viewed
    assert fetch(viewed["url"]) == (200, data), "the URL serves other bytes"
    assert send(image["upload"], data[::-1]) in (200, 204), "an open URL does not work again"
    assert fetch(viewed["url"]) == (200, data), "the image changed"
    assert service.call("DELETE", path)[0] == 204
    sys.stdout.write(f"       {len(data):>10,} bytes by {method}, listed after {seconds:.1f} s\n")


def listed(service):
    """Tell whether a direct upload is listed."""
    return service.call("GET", "/images?user_id=direct")[1]["count"]


def main():
    """Travel by PUT and by POST."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("--host", help="the Host header")
    arguments = parser.parse_args()
    service = Service(arguments.address, arguments.host)
    data = jpeg_of(SIZE)
    for method in ("PUT", "POST"):
        travel(service, method, data)


if __name__ == "__main__":
    main()
