"""What two processes of a server share: its limits, one sweep, one announcement."""

import multiprocessing
import os
import signal

from service.running.several.sweep_turn import SweepTurn
from tests.support.servers import ROOT
from tests.test_server import start  # noqa: F401

ON_ONE_PROCESSOR = f"""
import os, runpy
os.sched_setaffinity(0, {{min(os.sched_getaffinity(0))}})
runpy.run_path({str(ROOT / "main.py")!r}, run_name="__main__")
"""
SWEPT = '"sweep ended"'


def wait_for(server, text):
    """Read the server's log up to the line that has a text."""
    return next(line for line in server.process.stderr if text in line)


def test_one_processor_has_one_worker(start):  # noqa: F811
    server = start("-c", ON_ONE_PROCESSOR, LOG_LEVEL="INFO").wait_until_up()
    wait_for(server, SWEPT)

    assert len(server.workers()) == 1


def test_the_rate_limit_is_that_of_the_whole_server(start):  # noqa: F811
    server = start(WORKERS="2", RATE_LIMIT="20/day").wait_until_up()
    statuses = [server.status("/images") for _ in range(15)]
    for worker in server.workers():
        os.kill(int(worker), signal.SIGKILL)
    statuses += [server.status("/images") for _ in range(15)]

    assert statuses == [200] * 20 + [429] * 10


def test_one_worker_sweeps_until_it_ends(start):  # noqa: F811
    server = start(WORKERS="2", LOG_LEVEL="INFO").wait_until_up()
    wait_for(server, SWEPT)
    while len(server.workers()) < 2:
        server.status("/health")
    first = server.workers()
    for worker in first:
        os.kill(int(worker), signal.SIGKILL)
    wait_for(server, SWEPT)
    assert server.status("/health") == 200

    assert not set(first) & set(server.workers())
    # All end at once: of two that stop, the second one may take over.
    server.process.kill()
    announced, logged = server.process.communicate(timeout=20)
    assert announced == ""
    assert SWEPT not in logged


def hold(turn, report):
    """Take a turn, tell it, and wait for the end."""
    report.put(turn.is_mine())
    signal.pause()


def test_another_process_sweeps_when_the_first_is_killed():
    turn, context = SweepTurn(), multiprocessing.get_context("fork")
    report = context.SimpleQueue()
    process = context.Process(target=hold, args=(turn, report))
    process.start()
    assert report.get()
    assert not turn.is_mine()

    process.kill()
    process.join()
    turn.wait(0.01)

    assert turn.is_mine()
    turn.file.close()
