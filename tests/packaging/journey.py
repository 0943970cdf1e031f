"""Use the service over HTTP as clients do: its page; upload, list, open, delete, byte for byte.

python -m tests.packaging.journey ADDRESS [--host NAME] [--keep] [--find] SIZE...
SIZE: bytes of a picture
"""

import argparse
import base64
import hashlib
import json
import random
import re
import struct
import sys
import time
import urllib.error
import urllib.request
from urllib.parse import urljoin

from tests.support.gateway_events import multipart

WIDTH = 1000
# 64 x 48 pixels. An upload does not decode it, so its thumb is made later.
AVIF = (
    "AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUIAAADrbWV0YQAAAAAAAAAhaGRscgAAAAAAAAAAcGljdAAAAAAA"
    "AAAAAAAAAAAAAAAOcGl0bQAAAAAAAQAAAB5pbG9jAAAAAEQAAAEAAQAAAAEAAAETAAAAZQAAAChpaW5mAAAAAAABAAAA"
    "GmluZmUCAAAAAAEAAGF2MDFDb2xvcgAAAABqaXBycAAAAEtpcGNvAAAAFGlzcGUAAAAAAAAAQAAAADAAAAAQcGl4aQAA"
    "AAADCAgIAAAADGF2MUOBAAwAAAAAE2NvbHJuY2x4AAEADQAGgAAAABdpcG1hAAAAAAAAAAEAAQQBAoMEAAAAbW1kYXQS"
    "AAoJGBV/vaICGg0IMlYUx4eGZQIIIJ5BAADbKqk3qosf6xuBOP22ApvhaghS1zEIRXf9/rBO0eo7c709qQecj0tziAWU"
    "RVKF329Usc93ThVoBgo0XgqOQKErmiAllOaO6s/MUA=="
)


class Service:
    """The service at an address, reached under another host name where one is given."""

    def __init__(self, address, host):
        self.address = address
        self.headers = {"Host": host} if host else {}

    def call(self, method, path, body=None, content_type=None):
        """Return (status, JSON of the body or None, milliseconds)."""
        headers = self.headers | ({"Content-Type": content_type} if content_type else {})
        request = urllib.request.Request(self.address + path, body, headers, method=method)
        begun = time.perf_counter()
        status, content = fetch(request)
        milliseconds = round((time.perf_counter() - begun) * 1000)
        return status, json.loads(content) if content else None, milliseconds

    def show(self, path):
        """Return (status, text) of what a browser gets there."""
        headers = self.headers | {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
        status, content = fetch(urllib.request.Request(self.address + path, headers=headers))
        return status, content.decode()


def fetch(request):
    """Return (status, body) of a request or URL."""
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def picture(size):
    """Return a bitmap of random noise of about `size` bytes."""
    height = size // (3 * WIDTH)
    pixels = random.randbytes(3 * WIDTH * height)
    head = struct.pack("<LllHHLLllLL", 40, WIDTH, height, 1, 24, 0, len(pixels), 0, 0, 0, 0)
    return b"BM" + struct.pack("<LHHL", 54 + len(pixels), 0, 0, 54) + head + pixels


def travel(service, size, *, keep):
    """Upload, list, open and delete one picture; an AssertionError names the step that failed."""
    sent = picture(size)
    body, content_type = multipart(sent, user_id="ana", tags="beach", description="Été")
    status, image, milliseconds = service.call("POST", "/images", body, content_type)
    assert status == 201, (status, image)
    assert image["sha256"] == hashlib.sha256(sent).hexdigest(), image
    path = f"/images/{image['image_id']}"

    status, page, _ = service.call("GET", "/images?user_id=ana&tags=beach")
    assert status == 200, (status, page)
    assert page["images"][0]["image_id"] == image["image_id"], page

    status, viewed, _ = service.call("GET", f"{path}?download=true&expires_in=600")
    assert status == 200, (status, viewed)
    assert viewed["description"] == "Été", viewed
    status, opened = fetch(viewed["url"])
    assert status == 200, (status, viewed["url"], opened[:500])
    assert opened == sent, "the URL serves other bytes"

    check_renditions(service, path, image)
    if not keep:
        status, _, _ = service.call("DELETE", path)
        assert status == 204, status
        status, problem, _ = service.call("GET", path)
        assert (status, problem["type"]) == (404, "/problems/image-not-found"), problem
        assert fetch(viewed["url"])[0] == 404, "the URL of a deleted image still opens"
    end = "kept" if keep else "deleted"
    say(f"{len(sent):>9,} bytes uploaded in {milliseconds} ms, listed, opened, {end}")


def check_renditions(service, path, image):
    """Load the thumb of an upload, make a large rendition, and one that a child process makes."""
    status, large, milliseconds = service.call("GET", f"{path}?rendition=large")
    assert status == 200, (status, large)
    body, content_type = multipart(base64.b64decode(AVIF), user_id="ana", filename="a.avif")
    status, other, _ = service.call("POST", "/images", body, content_type)
    assert (status, other["renditions"]) == (201, {}), other
    status, thumbed, slow = service.call("GET", f"/images/{other['image_id']}?rendition=thumb")
    assert status == 200, (status, thumbed)
    for url in (image["renditions"]["thumb"]["url"], large["url"], thumbed["url"]):
        status, content = fetch(url)
        assert (status, content[8:12]) == (200, b"WEBP"), (status, url, content[:500])
    status, _, _ = service.call("DELETE", f"/images/{other['image_id']}")
    assert status == 204, status
    say(f"          thumb opened, large in {milliseconds} ms, of an AVIF in {slow} ms")


def check_page(service):
    """Open the gallery's page, and everything that it names: no file was left behind."""
    status, page = service.show("/")
    assert (status, "<noscript>" in page) == (200, True), (status, page[:500])
    paths = {urljoin("/", link) for link in re.findall(r'(?:href|src)="([^"]*gallery/.+?)"', page)}
    for path in paths:
        status, text = service.show(path)
        assert (status, bool(text)) == (200, True), (status, path, text[:500])
    scripts = [path for path in paths if path.endswith(".js")]
    assert scripts, page
    say(f"          page opened with {len(paths)} files, {len(scripts)} of them scripts")


def say(line):
    """Print a line at once."""
    sys.stdout.write(f"       {line}\n")


def main():
    """Run the journey with a picture of each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("sizes", type=int, nargs="+")
    parser.add_argument("--host", help="the Host header")
    parser.add_argument("--keep", action="store_true", help="leave the images there")
    parser.add_argument("--find", action="store_true", help="expect the one image of another day")
    arguments = parser.parse_args()
    service = Service(arguments.address, arguments.host)
    check_page(service)
    for size in arguments.sizes:
        travel(service, size, keep=arguments.keep)
    if arguments.find:
        status, page, _ = service.call("GET", "/images?user_id=ana")
        assert (status, page["count"]) == (200, 1), page
    status, problem, _ = service.call("GET", "/nowhere")
    assert (status, problem["type"]) == (404, "/problems/not-found"), (status, problem)


if __name__ == "__main__":
    main()
