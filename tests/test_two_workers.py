"""What two processes of a server share."""

import os
import signal

from tests.test_server import start  # noqa: F401


def test_the_rate_limit_is_that_of_the_whole_server(start):  # noqa: F811
    server = start(WORKERS="2", RATE_LIMIT="20/day").wait_until_up()
    statuses = [server.status("/images") for _ in range(15)]
    for worker in server.workers():
        os.kill(int(worker), signal.SIGKILL)
    statuses += [server.status("/images") for _ in range(15)]

    assert statuses == [200] * 20 + [429] * 10
