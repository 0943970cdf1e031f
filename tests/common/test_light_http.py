"""Requests over the SDK's connections: every answer and every error is what the SDK's session has.

The answers come from a server of raw bytes, over plain connections.
"""

import socket

import pytest
from botocore import exceptions as sdk
from botocore.awsrequest import AWSHTTPConnectionPool, AWSPreparedRequest
from botocore.httpsession import URLLib3Session
from urllib3 import exceptions

from service.repositories.aws.fast.light_http import LightSender
from tests.support.raw_server import RawServer, raw_server

HEADERS = {"User-Agent": b"image-service", "X-Amz-Target": b"DynamoDB_20120810.GetItem"}
BODY = b'{"Key": 1}'
OK = b"HTTP/1.1 200 OK\r\n"
FOUND = OK + b"Content-Length: 2\r\nX-Amz-Crc32: 1\r\n\r\n{}"
LONG = b"x" * 100_000
REFUSED = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\nA: 1\r\na: 2\r\n\r\n{1}"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
ANSWERS = {
    "plain": [FOUND],
    "kept": [OK + b"content-length: 2\r\nConnection: keep-alive\r\n\r\n{}"],
    "closed": [OK + b"Content-Length: 2\r\nConnection: close\r\n\r\n{}", None],
    "in pieces": [FOUND[:20], FOUND[20:50], FOUND[50:]],
    "body apart": [FOUND[:-2], b"{}"],
    "long": [OK + b"Content-Length: 100000\r\n\r\n" + LONG],
    "empty": [OK + b"Content-Length: 0\r\n\r\n"],
    "no length": [OK + b"A: 1\r\n\r\n{}", None],
    "chunked": [CHUNKED + b"2\r\n{}\r\n0\r\n\r\n"],
    "chunks with extension": [CHUNKED + b"2;a=b\r\n{}\r\n", b"0\r\nTrailer: 1\r\n\r\n"],
    "broken chunk": [CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n", None],
    "half a chunk": [CHUNKED + b"9\r\n{}", None],
    "continue": [b"HTTP/1.1 100 Continue\r\n\r\n" + FOUND],
    "continue apart": [b"HTTP/1.1 100 Continue\r\nA: 1\r\n\r\n", FOUND],
    "folded": [OK + b"A: 1\r\n 2\r\nContent-Length: 2\r\n\r\n{}"],
    "not ASCII": [OK + b"A: \xe9\r\nContent-Length: 2\r\n\r\n{}"],
    "twice": [OK + b"A: 1\r\na: 2\r\nContent-Length: 2\r\n\r\n{}"],
    "lengths": [OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", None],
    "negative": [OK + b"Content-Length: -2\r\n\r\n{}", None],
    "old": [b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", None],
    "no reason": [b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}"],
    "compressed": [OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"],
    "refused": [REFUSED],
    "redirect": [b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"],
    "nothing in it": [b"HTTP/1.1 204 No Content\r\n\r\n"],
    "busy": [b"HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"],
    "long head": [OK + b"A: " + LONG[:9000] + b"\r\nContent-Length: 2\r\n\r\n{}"],
    "oversized head": [OK + b"A: " + LONG + b"\r\n\r\n", None],
    "many headers": [OK + b"A: 1\r\n" * 200 + b"\r\n", None],
    "end at once": [None],
    "half a head": [FOUND[:30], None],
    "no HTTP": [b"SSH-2.0-OpenSSH\r\n", None],
    "HTTP/2": [b"HTTP/2 200 OK\r\nContent-Length: 2\r\n\r\n{}", None],
    "no answer": [RawServer.HOLD],
    "head alone": [FOUND[:-2], RawServer.HOLD],
}


@pytest.fixture
def server():
    with raw_server() as server:
        yield server


@pytest.fixture
def session():
    """The SDK's session, which gives up after 0.3 s."""
    session = URLLib3Session(timeout=(1, 0.3))
    yield session
    session.close()


@pytest.fixture
def sender(session):
    return LightSender(session)


def request_to(server, **headers):
    """Return a request as the SDK prepares it."""
    url = f"http://127.0.0.1:{server.port}/"
    return AWSPreparedRequest("POST", url, HEADERS | headers, BODY, False)


def result(send, request):
    """Return what a caller gets: an answer's facts, or the type of the error."""
    try:
        answer = send(request)
    except sdk.BotoCoreError as error:
        return type(error)
    return answer.status_code, dict(answer.headers.items()), answer.content


@pytest.mark.parametrize("pieces", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_is_what_the_sdk_has(server, session, sender, pieces):
    request = request_to(server)
    ends = pieces[-1] in (None, RawServer.HOLD)
    facts = []

    for send in (sender.send, session.send):
        server.answers = [pieces, [FOUND]]
        facts.append(lowered(result(send, request)))
        if ends:
            server.drop()
        # The connection is as good as new, or it was closed.
        assert send(request).content == b"{}"
        assert (server.connections[-1] == server.connections[-2]) == (not ends)

    assert facts[0] == facts[1]


def lowered(facts):
    """Return an answer's facts: names in lower case, and folded texts on one line."""
    if isinstance(facts, type):
        return facts
    status, headers, content = facts
    plain = {name.lower(): " ".join(text.split()) for name, text in headers.items()}
    return status, plain, content


def test_a_long_body_is_sent_whole(server, session, sender):
    server.answers = [[FOUND]] * 2
    body = bytes(range(256)) * 2000
    request = AWSPreparedRequest("PUT", f"http://127.0.0.1:{server.port}/a?b", HEADERS, body, False)

    assert result(sender.send, request)[0] == result(session.send, request)[0] == 200
    ours, theirs = server.requests
    assert ours.endswith(b"\r\n\r\n" + body)
    assert sorted(ours.split(b"\r\n")) == sorted(theirs.split(b"\r\n"))


def test_half_a_body_is_an_error(server, sender):
    server.answers = [[FOUND[:-1], None]]

    assert result(sender.send, request_to(server)) is sdk.ConnectionClosedError


def test_a_request_is_what_the_sdk_sends(server, session, sender):
    server.answers = [[FOUND]] * 2

    sender.send(request_to(server))
    session.send(request_to(server))

    ours, theirs = (sorted(request.split(b"\r\n")) for request in server.requests)
    assert ours == theirs


@pytest.mark.parametrize(
    "headers", [{"Host": b"elsewhere"}, {"Accept-Encoding": b"gzip"}, {"X-Trace": b"\xe9"}]
)
def test_unusual_headers_are_sent_as_by_the_sdk(server, session, sender, headers):
    server.answers = [ANSWERS["compressed"]] * 2
    request = request_to(server, **headers)

    assert result(sender.send, request) == result(session.send, request)
    ours, theirs = (sorted(request.split(b"\r\n")) for request in server.requests)
    assert ours == theirs


def test_a_text_with_lines_of_its_own_is_not_sent(server, sender):
    with pytest.raises(ValueError, match="Invalid header value"):
        sender.send(request_to(server, **{"X-Trace": b"a\r\nX-Other: b"}))
    assert server.requests == []


def test_an_answer_has_more_time_than_a_connection(server):
    session = URLLib3Session(timeout=(0.2, 5))
    server.answers = [[b""] * 40 + [FOUND]] * 2

    for _ in range(2):
        assert LightSender(session).send(request_to(server)).content == b"{}"
    session.close()


def test_a_connection_is_used_again(server, sender):
    server.answers = [[FOUND]] * 5

    for _ in range(5):
        assert sender.send(request_to(server)).content == b"{}"

    assert server.connections == [1] * 5


def test_a_dead_connection_is_replaced(server, sender):
    server.answers = [[FOUND]] * 2
    sender.send(request_to(server))
    server.drop()

    assert sender.send(request_to(server)).content == b"{}"
    assert server.connections == [1, 2]


def test_nobody_listens(session, sender):
    with raw_server() as server:
        request = request_to(server)

    assert result(sender.send, request) is sdk.EndpointConnectionError
    assert result(session.send, request) is sdk.EndpointConnectionError


def test_a_closed_session_can_be_used_again(server, session, sender):
    server.answers = [[FOUND]] * 4
    sender.send(request_to(server))

    session.close()

    server.threads[1].join(5)
    assert not server.threads[1].is_alive()
    for _ in range(3):
        assert sender.send(request_to(server)).content == b"{}"
    assert server.connections == [1, 2, 2, 2]


def all_kinds(kind):
    """Return an error class of urllib3 and all that are derived from it."""
    return [kind, *(more for one in kind.__subclasses__() for more in all_kinds(one))]


@pytest.mark.parametrize("kind", all_kinds(exceptions.HTTPError))
def test_every_error_is_what_the_sdk_makes_of_it(session, sender, kind):
    class Failing(AWSHTTPConnectionPool):
        """A pool in which every request fails."""

        def urlopen(self, *_arguments, **_named):
            """Raise the error."""
            error = kind.__new__(kind)
            # Some are told with these.
            error.length, error.partial, error.expected = b"", 1, 2
            raise error

    session._manager.pool_classes_by_scheme = {"http": Failing}
    request = AWSPreparedRequest("POST", "http://store/", HEADERS, BODY, False)

    ours = result(sender.send, request)
    # Without a proxy there is none of its errors.
    expected = sdk.HTTPClientError if issubclass(kind, exceptions.ProxyError) else None
    assert ours is (expected or result(session.send, request))


def test_a_name_that_nobody_knows(session, sender, monkeypatch):
    def unknown(*_arguments, **_named):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    request = AWSPreparedRequest("POST", "http://store.invalid/", HEADERS, BODY, False)

    assert result(sender.send, request) is sdk.EndpointConnectionError
    assert result(session.send, request) is sdk.EndpointConnectionError
