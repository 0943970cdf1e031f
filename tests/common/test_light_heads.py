"""The heads of answers: what is read beside http.client is what http.client reads."""

import http.client
import io

import hypothesis
import pytest
from hypothesis import strategies

from service.repositories.aws.fast.light_http import LightAnswer, lines_of

PLAIN = (
    b"HTTP/1.1 200 OK\r\nServer: Server\r\nDate: Sun, 22 Nov 2026 12:00:00 GMT\r\n"
    b"Content-Type: application/x-amz-json-1.0\r\nContent-Length: 5\r\nConnection: keep-alive\r\n"
    b"x-amzn-RequestId: ABC\r\nx-amz-crc32: 7\r\n\r\n"
)
BODY = b"12345678"
REQUEST = {"User-Agent": b"image-service", "X-Amz-Target": b"DynamoDB_20120810.GetItem"}
# What may stand in the place of a piece of a head.
PIECES = [
    b"",
    b"\r\n",
    b"\n",
    b"\r",
    b" ",
    b"\t",
    b":",
    b"\0",
    b"\xe9",
    b"0",
    b"-5",
    b"+5",
    b"5, 5",
]
PIECES += [b"\r\nContent-Length: 7", b"\r\nTransfer-Encoding: chunked", b"\r\nConnection: close"]
PIECES += [
    b"\r\n folded",
    b"\r\n\r\n",
    b"HTTP/1.0",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"204",
    b"x: ",
]


class Connection:
    """A socket from which these bytes come."""

    def __init__(self, content):
        self.content = content

    def makefile(self, _mode):
        """Return its stream."""
        return io.BufferedReader(io.BytesIO(self.content))


def read(kind, content):
    """Return all that is known after a head was read, or the kind of error."""
    answer = kind(Connection(content), method="POST")
    try:
        answer.begin()
        facts = [answer.version, answer.status, answer.reason, answer.length]
        headers = sorted((name.lower(), text) for name, text in answer.headers.items())
        return [*facts, answer.will_close, answer.chunked, headers, answer.read()]
    except (http.client.HTTPException, ValueError) as error:
        return type(error)


def check(content):
    """Compare both readers."""
    # Where a header is there twice, urllib3 joins the texts, as the SDK's answers have them.
    ours, theirs = read(LightAnswer, content), read(http.client.HTTPResponse, content)
    if isinstance(theirs, list) and len({name for name, _ in theirs[6]}) < len(theirs[6]):
        ours, theirs = [one[:6] + one[7:] for one in (ours, theirs)]
    assert ours == theirs


def test_a_plain_head_is_read_beside_http_client():
    answer = LightAnswer(Connection(PLAIN + BODY), method="POST")

    answer.begin()

    assert type(answer.headers) is dict
    check(PLAIN + BODY)


@hypothesis.settings(max_examples=300, deadline=None)
@hypothesis.given(
    strategies.integers(0, len(PLAIN)),
    strategies.integers(0, 12),
    strategies.sampled_from(PIECES) | strategies.binary(max_size=3),
)
def test_a_changed_head_is_read_in_the_same_way(start, size, piece):
    check(PLAIN[:start] + piece + PLAIN[start + size :] + BODY)


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("mark", [b"\r\n", b": ", b"5", b"keep-alive", b"200 OK", b"HTTP/1.1"])
def test_every_place_may_be_strange(mark, piece):
    for place in range(PLAIN.count(mark)):
        parts = PLAIN.split(mark)
        check(mark.join(parts[: place + 1]) + piece + mark.join(parts[place + 1 :]) + BODY)
        check(PLAIN.replace(mark, mark + piece, place + 1) + BODY)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        PLAIN[:-1],
        PLAIN.replace(b"ABC", b"A" * 9000),
        PLAIN.replace(b"ABC", b"A" * 70_000),
        PLAIN.replace(b"Server: Server", b"\r\n".join([b"a%d: b" % n for n in range(101)])),
        PLAIN.replace(b"h: 5", b"h: " + b"5" * 5000),
        PLAIN.replace(b"\r\n", b"\n"),
    ],
)
def test_a_long_or_broken_head_is_http_clients(content):
    check(content + BODY)


@pytest.mark.parametrize(
    "more",
    [
        {"Host": b"elsewhere"},
        {"expect": b"100-continue"},
        {"Content-Length": b"1"},
        {"Transfer-Encoding": b"chunked"},
        {"X-Trace": b"a\r\nX-Other: b"},
        {"X-Trace\r\nX-Other": b"a"},
        {"X-Trace": b"\xe9"},
        {"X-Trace": b""},
    ],
)
def test_unusual_headers_of_a_request_are_urllib3s(more):
    assert lines_of(REQUEST)
    assert lines_of(REQUEST | more) is None


def test_urllib3_writes_its_own_name_where_there_is_none():
    assert lines_of({"X-Amz-Target": b"DynamoDB_20120810.GetItem"}) is None
