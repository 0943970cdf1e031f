"""Connections that are kept for the next request."""

import contextlib
import http.client
import select
import threading

from service.running.gunicorn_threads import RequestThreads
from tests.support.servers import POST
from tests.test_server import server, start  # noqa: F401

GET = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


class Pipeline:
    """Requests sent all at once on one connection; counts the answers as they come."""

    def __init__(self, connection, count):
        self.connection = connection
        self.answered = 0
        self.reader = threading.Thread(target=self.read)
        self.reader.start()
        connection.sendall(GET * (count - 1) + LAST)

    def read(self):
        """Count until the server closes."""
        rest = b""
        while piece := self.connection.recv(65536):
            *answers, rest = (rest + piece).split(b"HTTP/1.1 200 OK")
            self.answered += len(answers)


def test_pipelined_requests_are_all_answered(server):  # noqa: F811
    assert server.send(GET * 5 + LAST).count(b"HTTP/1.1 200 OK") == 6


def test_more_kept_connections_than_threads_are_answered(start):  # noqa: F811
    running = start(THREADS="2").wait_until_up()
    with contextlib.ExitStack() as stack:
        kept = [http.client.HTTPConnection("127.0.0.1", running.port) for _ in range(6)]
        for connection in kept * 3:
            stack.callback(connection.close)
            connection.request("GET", "/health")
            response = connection.getresponse()

            assert (response.status, response.will_close) == (200, False)
            response.read()


def test_a_client_that_never_pauses_does_not_block_others(start):  # noqa: F811
    running, many = start(THREADS="2").wait_until_up(), 2000
    with contextlib.ExitStack() as stack:
        greedy = [Pipeline(stack.enter_context(running.connect()), many) for _ in range(2)]

        assert running.status("/health") == 200
        assert max(one.answered for one in greedy) < many
        for one in greedy:
            one.reader.join()
            assert one.answered == many


def test_health_is_answered_before_a_crowd(start):  # noqa: F811
    running, crowd = start(THREADS="1").wait_until_up(), []
    running.status("/images")
    with contextlib.ExitStack() as stack:
        for _ in range(600):
            crowd.append(stack.enter_context(running.connect()))
            crowd[-1].sendall(b"GET /images HTTP/1.1\r\nHost: a\r\n\r")
        for connection in crowd:
            connection.sendall(b"\n")

        assert running.status("/health") == 200
        answered = select.select(crowd, [], [], 0)[0]
    assert len(answered) < 500


def test_urgent_tasks_take_turns_with_others():
    threads = RequestThreads(0, None)
    for task in "abc":
        threads.add(task)
        threads.add_urgent(task.upper())

    assert "".join(threads.take()[0] for _ in range(6)) == "AaBbCc"


def test_a_body_in_two_codings_is_the_last_of_its_connection(server):  # noqa: F811
    body = b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    answer = server.send(POST + body + GET)

    assert answer.count(b"HTTP/1.1 ") == 1
