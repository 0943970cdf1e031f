"""Hostile images sent to a real server: the right answers, with little CPU time and memory."""

import http.client
import json
import os
import re
import sys
import uuid
from collections import namedtuple
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.hostile_classes import CLASSES
from tests.support.servers import Server

MOST_MEBIBYTES = 200
# Twice the promised limit, because test machines are slow.
MOST_SECONDS = 4
TICKS = os.sysconf("SC_CLK_TCK")

Answer = namedtuple("Answer", "status headers body")
Cost = namedtuple("Cost", "name seconds mebibytes")

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("hostile") / "data", WORKERS="1").wait_until_up()
    yield server
    code, errors = server.stop()
    assert code == 0
    # Decoders write errors to stderr, some of them for every row.
    assert len(errors) < 10_000


class Worker:
    """The one worker of a server, as Linux sees it."""

    def __init__(self, server):
        (pid,) = server.workers()
        self.folder = Path("/proc") / pid

    def seconds(self):
        """Return the CPU time it has taken so far."""
        after_name = (self.folder / "stat").read_text().rpartition(")")[2].split()
        return sum(map(int, after_name[11:13])) / TICKS

    def mebibytes(self, field):
        """Return a figure of its memory: VmRSS is the current one, VmHWM the peak."""
        return int(re.search(rf"{field}:\s*(\d+)", (self.folder / "status").read_text())[1]) >> 10

    def forget_peak(self):
        """Reset the peak VmHWM to VmRSS."""
        (self.folder / "clear_refs").write_text("5")


def ask(server, method, path, body=None, content_type=None):
    """Send a request on a connection of its own; return the Answer."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    with closing(connection):
        connection.request(method, path, body, {"Content-Type": content_type} if body else {})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())


def upload(server, data, name="cat.jpg"):
    """Upload a picture as a form; return the Answer."""
    boundary = uuid.uuid4().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="user_id"\r\n\r\nana\r\n'
    head += f"--{boundary}\r\nContent-Disposition: form-data; "
    head += f'name="image_data"; filename="{name}"\r\nContent-Type: text/html\r\n\r\n'
    body = head.encode() + data + f"\r\n--{boundary}--\r\n".encode()
    return ask(server, "POST", "/images", body, f"multipart/form-data; boundary={boundary}")


def measured(server, worker, name, data):
    """Upload a picture; return the Answer, and the CPU time and memory that it took."""
    worker.forget_peak()
    before = worker.seconds(), worker.mebibytes("VmRSS")
    answer = upload(server, data)
    cost = Cost(name, worker.seconds() - before[0], worker.mebibytes("VmHWM") - before[1])
    return answer, cost


def outcome(answer):
    """Return the status and the problem code of an answer."""
    body = json.loads(answer.body)
    return f"{answer.status} {body.get('type', '').removeprefix('/problems/')}".strip()


def check_served(server, image, data):
    """Fail unless the image is served with its own content type, and with nosniff."""
    link = json.loads(ask(server, "GET", f"/images/{image['image_id']}?download=true").body)["url"]
    for url, disposition in ((image["url"], None), (link, "attachment")):
        served = ask(server, "GET", urlsplit(url)._replace(scheme="", netloc="").geturl())
        assert (served.status, served.body) == (200, data)
        assert served.headers["Content-Type"] == image["content_type"]
        assert served.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in served.headers["Content-Security-Policy"]
        assert "sandbox" in served.headers["Content-Security-Policy"]
        assert served.headers.get("Content-Disposition", "").partition(";")[0] == (
            disposition or ""
        )


@pytest.mark.parametrize("kind", CLASSES)
def test_hostile_pictures_are_answered_cheaply(server, kind):
    expected, members = CLASSES[kind]
    upload(server, CLASSES["polyglots"][1]["html behind"]())  # Imports decoders.
    worker = Worker(server)

    costs = []
    for name, make in members.items():
        data = make()
        answer, cost = measured(server, worker, name, data)
        assert outcome(answer) == expected, name
        if answer.status == 201:
            check_served(server, json.loads(answer.body), data)
        costs.append(cost)

    assert Worker(server).folder == worker.folder
    assert [cost for cost in costs if cost.seconds > MOST_SECONDS] == []
    assert [cost for cost in costs if cost.mebibytes > MOST_MEBIBYTES] == []
    # Shown by: pytest -rP
    slowest = max(costs, key=lambda cost: cost.seconds)
    largest = max(costs, key=lambda cost: cost.mebibytes)
    sys.stdout.write(
        f"{kind}: {len(costs)} pictures, at most {slowest.seconds:.2f} s ({slowest.name}) "
        f"and {largest.mebibytes} MiB ({largest.name})\n"
    )
