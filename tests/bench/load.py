"""A bounded load generator: a process of its own, one thread a connection, all kept alive."""

import concurrent.futures
import contextlib
import multiprocessing
import queue
import socket
import threading
import time

FRESH = multiprocessing.get_context("spawn")


class LoadResult:
    """The result of a load: seconds, answered requests, errors, sorted milliseconds."""

    def __init__(self, seconds, milliseconds, errors):
        self.seconds = seconds
        self.milliseconds = sorted(milliseconds)
        self.errors = errors

    @property
    def per_second(self):
        """Return how many requests were answered per second."""
        return len(self.milliseconds) / self.seconds

    def percentile(self, part):
        """Return the milliseconds within which that part of the requests was answered."""
        return self.milliseconds[int(part * (len(self.milliseconds) - 1))]


def send(port, requests, connections, *, count=None, seconds=None):
    """Send requests, one after another on each connection; return a LoadResult.

    Raises RuntimeError when one is not answered with success.
    """
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=FRESH) as pool:
        answered = pool.submit(generate, port, requests, connections, count, seconds).result()
    if answered.errors:
        raise RuntimeError(f"{len(answered.errors)} requests failed: {answered.errors[0]}")
    return answered


def generate(port, requests, connections, count, seconds):
    """Send the requests from this process; return a LoadResult with errors as texts."""
    end = time.monotonic() + (seconds or 3600)
    left = queue.SimpleQueue()
    for number in range(count or 0):
        left.put(number)
    milliseconds, errors = [], []

    def one_connection(first):
        try:
            with contextlib.closing(Connection(port)) as connection:
                number = first
                while time.monotonic() < end and (not count or take(left)):
                    began = time.perf_counter()
                    connection.exchange(requests[number % len(requests)])
                    milliseconds.append((time.perf_counter() - began) * 1000)
                    number += 1
        except Exception as error:
            errors.append(repr(error))

    threads = [threading.Thread(target=one_connection, args=[one]) for one in range(connections)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return LoadResult(time.perf_counter() - began, milliseconds, errors)


def take(left):
    """Tell whether a request is left to send, and take it."""
    try:
        left.get_nowait()
    except queue.Empty:
        return False
    return True


class Connection:
    """One kept connection; opened anew when the server closes it."""

    def __init__(self, port):
        self.port = port
        self.socket = None

    def close(self):
        """Close it."""
        if self.socket:
            self.socket.close()
        self.socket = None

    def exchange(self, request):
        """Send a request; return the body of its answer. Raises ValueError unless it is 2xx."""
        if not self.socket:
            self.socket = socket.create_connection(("127.0.0.1", self.port), 60)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(request)
        received = b""
        while b"\r\n\r\n" not in received:
            received += self.receive()
        head, _, body = received.partition(b"\r\n\r\n")
        head = head.lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        while len(body) < length:
            body += self.receive()
        if b"connection: close" in head:
            self.close()
        if head.split(b" ", 2)[1][:1] != b"2":
            raise ValueError(f"{head[:200]} {body[:300]}")
        return body

    def receive(self):
        """Return the next bytes. Raises ConnectionError at the end."""
        piece = self.socket.recv(65536)
        if not piece:
            raise ConnectionError("the server hung up")
        return piece
