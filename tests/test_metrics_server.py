"""Metrics of a whole server: several workers, one page."""

import os
import signal
import urllib.request

from tests.test_server import start  # noqa: F401


def counted(server):
    """Return the number of requests to /health on the metrics page."""
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=5) as response:
        lines = response.read().decode().splitlines()
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


def test_the_page_passes_over_an_empty_file(start, tmp_path):  # noqa: F811
    server = start(METRICS="1", TMPDIR=str(tmp_path)).wait_until_up()
    assert server.status("/health") == 200
    folder = next(tmp_path.glob("image-service-metrics-*"))

    (folder / "histogram_999999.db").touch()

    assert counted(server) == 1
    assert server.stop() == (0, "")
