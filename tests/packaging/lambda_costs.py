"""Measure the CPU time of the function's calls under AWS's Runtime Interface Emulator.

python -m tests.packaging.lambda_costs PORT EMULATOR_PID

Another program may slow the machine down, so CPU time is measured, of the function's process with
all its threads, and not the time until the answer. Of several rounds the best and the median are
shown: other programs can only add to it.
"""

import json
import statistics
import sys
import urllib.request
from pathlib import Path

from tests.bench.photographs import photograph
from tests.packaging.gateway import invoke
from tests.support.gateway_events import SCHEDULED, arrived, http_api, multipart

# Of the machine's clock in /proc/PID/stat.
TICK_MILLISECONDS = 10
ROUNDS = 5
CALLS = {"view": 200, "view thumb": 100, "list": 100, "sweep": 50}
UPLOADS = 6
FIELDS = {"user_id": "ana", "tags": "beach,sea,sunset", "description": "Summer photo"}


class Function:
    """The function at a port. process: the Python process that the emulator started."""

    def __init__(self, port, emulator):
        self.port = port
        invoke(port, http_api("GET", "/images"))
        children = Path(f"/proc/{emulator}/task").glob("*/children")
        (self.process,) = " ".join(path.read_text() for path in children).split()

    def spent(self):
        """Return the CPU time in milliseconds of the process, and of its children that ended."""
        text = Path(f"/proc/{self.process}/stat").read_text()
        return sum(map(int, text.rpartition(")")[2].split()[11:15])) * TICK_MILLISECONDS

    def answer(self, event, status=200):
        """Return the body that the function answers to an HTTP event."""
        answer = invoke(self.port, event)
        assert answer["statusCode"] == status, answer
        return json.loads(answer["body"]) if answer.get("body") else None

    def cost(self, events, status=200):
        """Return the CPU time in milliseconds that each event costs.

        status: what HTTP events are answered; None for events of S3 and of the schedule.
        """
        before = self.spent()
        answers = [invoke(self.port, event) for event in events]
        milliseconds = (self.spent() - before) / len(events)
        for answer in answers:
            assert status is None or answer["statusCode"] == status, answer
            assert answer == "ready" or "errorMessage" not in answer, answer
        return milliseconds


def main():
    """Print a line for each kind of call."""
    function = Function(*map(int, sys.argv[1:]))
    found = {"cold start": [function.spent()]}
    for _ in range(ROUNDS):
        for name, milliseconds in one_round(function):
            found.setdefault(name, []).append(milliseconds)
    for name, times in found.items():
        median, best = statistics.median(times), min(times)
        sys.stdout.write(f"       {name}: CPU median {median:.1f} ms, best {best:.1f} ms\n")


def one_round(function):
    """Yield (name, CPU milliseconds of a call)."""
    data = photograph(0, quality=94)
    events = [upload_event(data) for _ in range(UPLOADS)]
    yield "upload", function.cost(events, 201)
    page = function.answer(http_api("GET", "/images?user_id=ana&limit=20"))
    ids = [image["image_id"] for image in page["images"]]
    view = http_api("GET", f"/images/{ids[0]}")
    thumb = http_api("GET", f"/images/{ids[0]}?rendition=thumb")
    listed = http_api("GET", "/images?user_id=ana&limit=20")
    for name, event in (("view", view), ("view thumb", thumb), ("list", listed)):
        yield name, function.cost([event] * CALLS[name])
    large = [http_api("GET", f"/images/{image_id}?rendition=large") for image_id in ids[:UPLOADS]]
    yield "first view of large", function.cost(large)
    yield "change of a text", function.cost([change_event(ids[0], text) for text in range(30)])
    yield "begin a direct upload", function.cost([begin_event(data)] * UPLOADS, 202)
    arrivals = [arrival(function, data) for _ in range(UPLOADS)]
    yield "complete a direct upload", function.cost(arrivals, None)
    yield "sweep", function.cost([SCHEDULED] * CALLS["sweep"], None)
    deletes = [http_api("DELETE", f"/images/{image_id}") for image_id in ids[: UPLOADS * 2 - 1]]
    yield "delete", function.cost(deletes, 204)
    # They are due now; a sweep begins by asking what is due, which is "sweep" above.
    yield "sweep a deleted image", function.cost([SCHEDULED], None) / len(deletes)


def upload_event(data):
    """Return the event of an upload as a form."""
    body, content_type = multipart(data, **FIELDS)
    return http_api("POST", "/images", body, content_type=content_type)


def begin_event(data):
    """Return the event of the beginning of a direct upload."""
    fields = FIELDS | {"filename": "photo.jpg", "content_type": "image/jpeg", "size": len(data)}
    fields["tags"] = fields["tags"].split(",")
    return http_api("POST", "/images", json.dumps(fields), content_type="application/json")


def change_event(image_id, text):
    """Return the event of a PATCH of the description."""
    body = json.dumps({"description": f"Another description, number {text}"})
    return http_api("PATCH", f"/images/{image_id}", body, content_type="application/json")


def arrival(function, data):
    """Begin a direct upload and send its bytes; return the event of their arrival."""
    image = function.answer(begin_event(data), 202)
    offer = image["upload"]
    request = urllib.request.Request(
        offer["url"], data, headers=offer["headers"], method=offer["method"]
    )
    urllib.request.urlopen(request, timeout=60).close()
    return arrived(f"incoming/{image['image_id']}/0")


if __name__ == "__main__":
    main()
