"""Many requests at once for one missing rendition, on two processes."""

import json
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support import pictures
from tests.support.gateway_events import multipart
from tests.test_server import start  # noqa: F401

NAME = 'image_service_rendition_duration_seconds_count{rendition="large",when="later"}'


def get(server, path):
    """Return the bytes of an answer."""
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=30) as response:
        return response.read()


@pytest.mark.parametrize("count", [3])
def test_it_is_made_once_on_two_processes(start, tmp_path, count):  # noqa: F811
    server = start(METRICS="1", WORKERS="2", TMPDIR=str(tmp_path)).wait_until_up()
    paths = []
    for number in range(count):
        body, content_type = multipart(pictures.jpeg(2000 + number, 1000), user_id="ana")
        request = urllib.request.Request(
            f"http://127.0.0.1:{server.port}/images", body, {"Content-Type": content_type}
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            paths.append(f"/images/{json.load(response)['image_id']}?rendition=large")

    with ThreadPoolExecutor(24) as threads:
        answers = list(threads.map(lambda path: json.loads(get(server, path)), paths * 24))

    assert len({answer["renditions"]["large"]["size"] for answer in answers}) <= count
    assert all(answer["renditions"]["large"]["width"] == 1600 for answer in answers)
    figures = dict(line.rsplit(" ", 1) for line in get(server, "/metrics").decode().splitlines())
    assert float(figures[NAME]) == count
