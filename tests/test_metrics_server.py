"""Metrics of a whole server: several workers, one page."""

import os
import signal
import urllib.request

from tests.support import pictures
from tests.support.gateway_events import multipart
from tests.support.servers import ROOT
from tests.test_server import start  # noqa: F401

# A limit that only the files of figures exceed, as if the disk were full.
FULL = f"""
import resource, runpy
resource.setrlimit(resource.RLIMIT_FSIZE, (49152, 49152))
runpy.run_path({str(ROOT / "main.py")!r}, run_name="__main__")
"""


def page(server):
    """Return the lines of the metrics page."""
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=5) as response:
        return response.read().decode().splitlines()


def counted(server):
    """Return the number of requests to /health on the metrics page."""
    lines = page(server)
    name = "image_service_http_request_duration_seconds_count{"
    return sum(float(line.split()[-1]) for line in lines if name in line and '"/health"' in line)


def test_the_page_sums_all_workers_also_dead_ones(start, tmp_path):  # noqa: F811
    server = start(METRICS="1", WORKERS="2", TMPDIR=str(tmp_path)).wait_until_up()
    folder = next(tmp_path.glob("image-service-metrics-*"))
    for _ in range(20):
        assert server.status("/health") == 200
    before = counted(server)

    for worker in server.workers():
        os.kill(int(worker), signal.SIGKILL)

    assert before == 20
    assert counted(server) == 20
    assert server.stop()[0] == 0
    assert not folder.exists()


def test_each_worker_tells_all_that_is_stored(start):  # noqa: F811
    server = start(METRICS="1", WORKERS="2").wait_until_up()
    for number in range(6):
        body, content_type = multipart(pictures.png(8, 8), user_id="ana")
        url = f"http://127.0.0.1:{server.port}/images"
        headers = {"Content-Type": content_type}
        request = urllib.request.Request(url, body, headers)
        urllib.request.urlopen(request, timeout=5).close()

        told = [line for line in page(server) if line.startswith("image_service_stored_images{")]

        assert [line.split()[1] for line in told] == [f"{number + 1}.0", "0.0"]


def test_the_page_passes_over_an_empty_file(start, tmp_path):  # noqa: F811
    server = start(METRICS="1", TMPDIR=str(tmp_path)).wait_until_up()
    assert server.status("/health") == 200
    folder = next(tmp_path.glob("image-service-metrics-*"))

    (folder / "histogram_999999.db").touch()

    assert counted(server) == 1
    assert server.stop() == (0, "")


def test_the_files_of_figures_have_no_holes(start, tmp_path):  # noqa: F811
    server = start(METRICS="1", TMPDIR=str(tmp_path)).wait_until_up()
    for path in ("/", "/docs", "/health", "/images", "/images/a", "/problems/a", "/ready"):
        for method in ("GET", "HEAD", "OPTIONS", "POST", "DELETE"):
            server.send(f"{method} {path} HTTP/1.0\r\nHost: a\r\n\r\n".encode())
    files = [file.stat() for file in tmp_path.glob("image-service-metrics-*/*.db")]

    # A write to a hole would end the process when the disk is full.
    assert max(file.st_size for file in files) > 1 << 16
    assert all(file.st_blocks * 512 >= file.st_size for file in files)


def test_requests_are_answered_without_room_for_figures(start, tmp_path):  # noqa: F811
    server = start("-c", FULL, METRICS="1", TMPDIR=str(tmp_path)).wait_until_up()

    assert [server.status(path) for path in ("/health", "/health", "/metrics")] == [200] * 3
    assert counted(server) == 0
    assert server.stop() == (0, "")
