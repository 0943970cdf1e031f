"""Small requests to S3: sent in another way than by the SDK, with the same bytes and results."""

import hashlib
import io
from base64 import b64encode

import pytest
from botocore.exceptions import ClientError

from service.common import config
from service.repositories.aws import clients
from tests.support.raw_server import raw_server

SETTINGS = {"BUCKET_NAME": "images", "TABLE_NAME": "images", "USE_LOCALSTACK": "1"}
CONTENT = bytes(range(256)) * 800
SHA256 = b64encode(hashlib.sha256(CONTENT).digest()).decode()
STORED = b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: 0\r\n\r\n'
GONE = b"<DeleteResult></DeleteResult>"
DELETED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1d\r\n%b\r\n0\r\n\r\n" % GONE
BUSY = b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
STANDS = b"<Error><Code>PreconditionFailed</Code></Error>"
STANDS = b"HTTP/1.1 412 No\r\nContent-Length: %d\r\n\r\n%b" % (len(STANDS), STANDS)
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.fixture
def server():
    with raw_server() as server:
        yield server


@pytest.fixture
def new_client(server):
    """Make S3 clients, fast or not, and tell of what was left to the SDK."""
    made = []

    def make(fast="1", on_fallback=lambda _operation: None):
        settings = config.load(SETTINGS | {"FAST_DYNAMODB": fast})
        session = clients.new_session(settings, on_fallback)
        url = f"http://127.0.0.1:{server.port}"
        made.append(clients.new_client(session, settings, "s3", url, read_timeout=2))
        return made[-1]

    yield make
    for client in made:
        client.close()


def put(client, body=CONTENT, **more):
    """Put an object."""
    place = {"Bucket": "images", "Key": "a b/\u00e9#?;.jpg"}
    return client.put_object(**place, Body=body, ChecksumSHA256=SHA256, **more)


def kept(request):
    """Return a request without what differs from call to call."""
    head, _, body = request.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if line[:4].lower() not in (b"x-am", b"auth")]
    names = (b"amz-sdk-invocation-id", b"expect")
    return sorted(line for line in lines if not line.lower().startswith(names)), body


def test_a_put_is_sent_at_once_with_the_same_bytes(server, new_client):
    server.answers = [[STORED], [CONTINUE, STORED]]

    ours, theirs = put(new_client()), put(new_client("0"))

    assert ours["ETag"] == theirs["ETag"] == '"1"'
    first, second = server.requests
    assert kept(first) == kept(second)
    assert b"Expect" in second
    assert b"Expect" not in first
    assert first.endswith(CONTENT)


def test_a_file_is_announced_as_by_the_sdk(server, new_client, tmp_path):
    (tmp_path / "a").write_bytes(CONTENT)
    server.answers = [[CONTINUE, STORED]]

    with open(tmp_path / "a", "rb") as file:
        put(new_client(), file)

    assert b"Expect" in server.requests[0]


def test_another_length_is_the_sdks(server, new_client):
    server.answers = [[CONTINUE, STORED]]

    put(new_client(), ContentLength=len(CONTENT) - 1, body=io.BytesIO(CONTENT))

    assert b"Expect" in server.requests[0]


def test_a_repeat_sends_the_same_bytes(server, new_client):
    server.answers = [[BUSY, None], [STORED]]

    put(new_client())

    assert [request.endswith(CONTENT) for request in server.requests] == [True, True]
    assert server.connections == [1, 2]


def test_a_broken_connection_is_repeated(server, new_client):
    server.answers = [[None], [STORED]]

    put(new_client())

    assert len(server.requests) == 2


def test_a_refusal_is_told_by_its_code(server, new_client):
    server.answers = [[STANDS]]

    with pytest.raises(ClientError, match="PreconditionFailed"):
        put(new_client(), IfNoneMatch="*")


def test_deletes_are_read_as_by_the_sdk(server, new_client):
    server.answers = [[DELETED]] * 2
    objects = {"Objects": [{"Key": "a"}, {"Key": "b"}], "Quiet": True}

    for client in (new_client(), new_client("0")):
        assert client.delete_objects(Bucket="images", Delete=objects)["ResponseMetadata"]
    first, second = server.requests
    assert kept(first) == kept(second)


def test_what_nobody_expects_is_left_to_the_sdk(server, new_client):
    told = []
    client = new_client(on_fallback=told.append)
    server.answers = [[CONTINUE, STORED]] * 2
    client._endpoint.http_session.sender.pools = None

    for _ in range(2):
        put(client)

    assert told == ["sending to S3"]
    assert all(b"Expect" in request for request in server.requests)
