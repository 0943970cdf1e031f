"""How the issuer's keys are fetched: within a deadline, in nobody's way, and what a fault means."""

import contextlib
import gzip
import socket
import threading
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from service.api.access.jwks import IssuerKeys
from service.common.errors import KeysUnavailable
from tests.support.key_server import Clock, drip, ec_jwk, running_issuer, send_pieces

MINUTE = 61
HOUR = 3601
DAY = 86401


@pytest.fixture(scope="session")
def ec_key():
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def issuer(ec_key):
    with running_issuer(ec_jwk(ec_key)) as issuer:
        yield issuer


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def keys(issuer, clock):
    """The issuer's keys; a request that finds them old waits for the new ones, as on Lambda."""
    return IssuerKeys(issuer.url, clock, waits=True)


class Impatient(IssuerKeys):
    """Keys whose fetch has a short timeout."""

    fetch_seconds = 0.2


class Patient(IssuerKeys):
    """Keys whose fetch has a long timeout."""

    fetch_seconds = 60


@pytest.fixture
def raw_issuer():
    """Serve bytes, piece by piece, at a URL; return the URL."""
    with contextlib.ExitStack() as stack:

        def serve(pieces, pause=0.1):
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            stopped = threading.Event()
            thread = threading.Thread(target=send_pieces, args=(listener, pieces, pause, stopped))
            thread.start()
            stack.callback(thread.join)
            stack.callback(stopped.set)
            return f"http://127.0.0.1:{listener.getsockname()[1]}/keys"

        yield serve


@pytest.mark.parametrize(
    "answer",
    [
        (500, {}, b"{}"),
        (404, {}, b"not here"),
        (302, {"Location": "/elsewhere"}, b""),
        (307, {"Location": "/elsewhere"}, b""),
        (200, {}, b""),
        (200, {}, b"<html>"),
        (200, {}, b"[]"),
        (200, {}, b"null"),
        (200, {}, b"{}"),
        (200, {}, b'{"keys": null}'),
        (200, {}, b'{"keys": {"kid": "r"}}'),
        (200, {}, b'{"keys": [], "keys": []}'),
        (200, {}, b'{"keys": [{"kid": "r", "kid": "r"}]}'),
        (200, {}, b'{"keys": []} {"keys": []}'),
        (200, {"Content-Encoding": "gzip"}, gzip.compress(b'{"keys": []}')),
        (200, {"Content-Encoding": "gzip"}, gzip.compress(bytes(50_000_000))),
        (200, {}, b'{"keys": [], "n": ' + b"9" * 100_000 + b"}"),
        (204, {}, b""),
        (206, {}, b'{"keys": []}'),
        (304, {}, b""),
        (503, {}, b'{"keys": []}'),
        (200, {}, b"[" * 100_000),
        (200, {"Content-Length": "9"}, b"{"),
    ],
)
def test_old_keys_are_kept_after_a_bad_answer(keys, issuer, clock, answer):
    found = keys.find("e")
    issuer.answer = answer
    clock.now += HOUR

    assert found
    assert keys.find("e") == found
    assert keys.find("new") == []
    assert issuer.paths == ["/keys"] * 2


def test_an_issuers_fault_is_bridged_for_a_day(keys, issuer, clock):
    found = keys.find("e")
    issuer.answer = (500, {}, b"")
    for _ in range(20):
        clock.now += HOUR
        assert keys.find("e") == found

    clock.now += DAY - 20 * HOUR

    with pytest.raises(KeysUnavailable):
        keys.find("e")


def test_the_day_counts_from_the_last_good_set(keys, issuer, clock):
    for _ in range(40):
        clock.now += HOUR
        assert keys.find("e")


def test_without_any_key_the_next_try_comes_soon(keys, issuer, clock, ec_key):
    issuer.answer = (500, {}, b"")
    for _ in range(5):
        with pytest.raises(KeysUnavailable):
            keys.find("e")
    assert len(issuer.paths) == 1

    issuer.publish(ec_jwk(ec_key))
    clock.now += 6

    assert keys.find("e")


def test_an_issuer_that_does_not_answer_is_given_up(issuer):
    issuer.may_answer.clear()
    keys = Impatient(issuer.url)

    with pytest.raises(KeysUnavailable):
        keys.find("e")

    assert issuer.answered == 0


def test_an_answer_that_does_not_end_is_given_up(issuer):
    _status, _headers, content = issuer.answer
    issuer.answer = (200, {}, drip(content, issuer.stopped))

    with pytest.raises(KeysUnavailable):
        Impatient(issuer.url).find("e")


SLOW = {
    "status line": [b"H", b"T"] * 100,
    "a header": [b"HTTP/1.1 200 OK\r\nA: "] + [b"a"] * 200,
    "headers": [b"HTTP/1.1 200 OK\r\n"] + [b"A: a\r\n"] * 200,
    "100 Continue": [b"HTTP/1.1 100 Continue\r\n\r\n"] * 200,
    "body": [b"HTTP/1.1 200 OK\r\n\r\n"] + [b" "] * 200,
    "chunks": [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"] + [b"1\r\n \r\n"] * 200,
    "chunk size": [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"] + [b"0"] * 200,
}


@pytest.mark.parametrize("part", SLOW)
def test_one_deadline_is_for_the_whole_answer(raw_issuer, part):
    keys = Impatient(raw_issuer(SLOW[part]))
    begun = time.monotonic()

    with pytest.raises(KeysUnavailable):
        keys.find("e")

    # All pieces would take 20 s.
    assert time.monotonic() - begun < 10
    keys.thread.join(10)
    assert not keys.thread.is_alive()


def test_the_deadline_holds_with_tls(raw_issuer):
    keys = Impatient(raw_issuer([b"\x16"] * 200).replace("http:", "https:"))

    with pytest.raises(KeysUnavailable):
        keys.find("e")

    keys.thread.join(1)
    assert not keys.thread.is_alive()


def test_an_endless_answer_is_not_read(raw_issuer):
    endless = [b"HTTP/1.1 200 OK\r\n\r\n"] + [b" " * 65536] * 1000
    keys = IssuerKeys(raw_issuer(endless, pause=0))

    with pytest.raises(KeysUnavailable):
        keys.find("e")


def test_an_answer_that_is_too_large_is_not_read(keys, issuer):
    _status, _headers, content = issuer.answer
    issuer.answer = (200, {}, b" " * 256 * 1024 + content)

    with pytest.raises(KeysUnavailable):
        keys.find("e")


def test_an_unreachable_issuer_is_keys_unavailable():
    with pytest.raises(KeysUnavailable):
        Impatient("http://127.0.0.1:1/keys").find("e")


@pytest.mark.parametrize("content_type", ["text/html", "application/jwk-set+json", "nonsense"])
def test_the_content_type_does_not_matter(keys, issuer, content_type):
    _status, _headers, content = issuer.answer
    issuer.answer = (200, {"Content-Type": content_type}, b"\xef\xbb\xbf" + content)

    assert keys.find("e")


def test_many_at_once_fetch_once(keys, issuer):
    issuer.may_answer.clear()
    found = []
    threads = [threading.Thread(target=lambda: found.append(keys.find("e"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    issuer.asked.wait(5)

    issuer.may_answer.set()
    for thread in threads:
        thread.join()

    assert all(found)
    assert len(issuer.paths) == 1


def test_known_keys_do_not_wait_for_a_fetch(issuer, clock):
    keys = Patient(issuer.url, clock)
    found = keys.find("e")
    issuer.may_answer.clear()
    clock.now += HOUR
    begun = time.monotonic()

    assert [keys.find("e") for _ in range(20)] == [found] * 20
    assert time.monotonic() - begun < 30
    assert keys.thread.is_alive()

    issuer.publish()
    issuer.may_answer.set()
    keys.thread.join()
    assert keys.find("e") == []
    assert len(issuer.paths) == 2


def test_only_so_many_requests_wait_for_a_fetch(issuer, clock):
    keys = Patient(issuer.url, clock, most_waiting=0)
    issuer.may_answer.clear()
    begun = time.monotonic()

    with pytest.raises(KeysUnavailable):
        keys.find("e")

    assert time.monotonic() - begun < 30
    issuer.may_answer.set()
    keys.thread.join()
    assert keys.find("e")
