"""The request of a DynamoDB call, and the result that its caller gets."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from zlib import crc32

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, NoCredentialsError, ReadTimeoutError

from service.common import config, deadlines
from service.common.errors import ServiceBusy
from service.repositories.aws import clients
from tests.support.prepared_answers import FOUND, Wire, get, learn

SETTINGS = {"BUCKET_NAME": "images", "TABLE_NAME": "images", "USE_LOCALSTACK": "1"}
SETTINGS |= {"FAST_DYNAMODB": "1"}
THROTTLED = b'{"__type": "com.amazonaws.dynamodb#ThrottlingException", "message": "slow down"}'
REFUSED = b'{"__type": "com.amazonaws.dynamodb#ConditionalCheckFailedException"}'


@pytest.fixture
def client():
    settings = config.load(SETTINGS)
    return clients.dynamodb_client(clients.new_session(settings), settings)


@pytest.fixture
def wire(client):
    """The network, after the SDK has made a first call."""
    wire = Wire(client)
    learn(client, wire)
    return wire


def test_a_success_is_the_stores_answer(client, wire):
    wire.answers = [(200, FOUND)]

    assert get(client)["Item"] == {"image_id": {"S": "1"}}
    assert wire.requests[0].headers["Authorization"].startswith(b"AWS4-HMAC-SHA256 ")


@pytest.mark.parametrize(
    "fault",
    [
        (503, b""),
        (400, THROTTLED),
        (200, b"<html>"),
        (200, b"[]"),
        (200, FOUND, {"x-amz-crc32": "1"}),
        ReadTimeoutError(endpoint_url="http://store"),
    ],
)
def test_a_second_attempt_follows_a_fault(client, wire, fault):
    wire.answers = [fault, (200, FOUND)]

    assert get(client)["Item"] == {"image_id": {"S": "1"}}
    first, second = (request.headers["amz-sdk-invocation-id"] for request in wire.requests)
    assert first == second


def test_two_faults_end_the_call(client, wire):
    wire.answers = [(400, THROTTLED), (400, THROTTLED), (200, FOUND)]

    with pytest.raises(ClientError, match="ThrottlingException.*slow down"):
        get(client)
    assert len(wire.requests) == 2


def test_a_checked_success_is_the_stores_answer(client, wire):
    wire.answers = [(200, FOUND, {"x-amz-crc32": str(crc32(FOUND))})]

    assert get(client)["Item"] == {"image_id": {"S": "1"}}


@pytest.mark.parametrize("answer", [(400, REFUSED), (503, b"")], ids=["refused", "fault"])
def test_time_for_both_attempts_is_checked_once(client, wire, monkeypatch, request, answer):
    moments = [0]
    monkeypatch.setattr(time, "monotonic", lambda: moments[-1])
    deadlines.start(clients.WORST_CASE["dynamodb"] + 1)
    request.addfinalizer(deadlines.stop)
    wire.meanwhile = lambda: moments.append(moments[-1] + 2)
    wire.answers = [answer, (400, REFUSED)]

    with pytest.raises(client.exceptions.ConditionalCheckFailedException):
        get(client)
    with pytest.raises(ServiceBusy):
        get(client)


def test_a_refusal_ends_the_call(client, wire):
    wire.answers = [(400, REFUSED)]

    with pytest.raises(client.exceptions.ConditionalCheckFailedException):
        get(client)


def test_a_call_is_what_the_sdk_would_send(client, wire):
    arguments = {"TableName": "images", "Key": {"image_id": {"S": 'é\u202e"\\😀'}}}
    wire.answers = [(503, b""), (200, FOUND)]

    client.get_item(**arguments, ConsistentRead=True)

    ours, theirs = wire.requests
    assert (ours.method, ours.url, ours.body) == (theirs.method, theirs.url, theirs.body)
    # Each attempt has its own time; the connection adds length and host if they are missing.
    # The SDK adds the host itself if the package awscrt is installed.
    own = {"authorization", "x-amz-date", "amz-sdk-request", "content-length", "host"}
    named = [headers_of(request, own) for request in (ours, theirs)]
    assert named[0] == named[1]
    assert {"x-amz-target", "content-type", "amz-sdk-invocation-id"} <= set(named[0])


def headers_of(request, omitted):
    """Return a request's headers as text, in lower case, without the omitted ones."""
    headers = {name.lower(): text for name, text in request.headers.items()}
    return {
        name: text.decode() if isinstance(text, bytes) else text
        for name, text in headers.items()
        if name not in omitted
    }


@pytest.mark.parametrize("token", [None, "IQoJb3JpZ2luX2VjE/+=="], ids=["keys", "session"])
@pytest.mark.parametrize(
    "endpoint",
    [None, "http://localhost:4566", "https://LOCALHOST:443", "https://example.com/store/a b"],
)
def test_the_signature_is_botocores(monkeypatch, endpoint, token):
    credentials = Credentials("AKIA", "secret", token)
    session = clients.new_session(config.load(SETTINGS))
    client = session.client("dynamodb", endpoint_url=endpoint, region_name="eu-central-1")
    client._request_signer._credentials = credentials
    wire = Wire(client)
    learn(client, wire)
    wire.answers = [(200, FOUND)]

    get(client)

    (sent,) = wire.requests
    headers = {name: text.decode() for name, text in sent.headers.items()}
    ours = headers.pop("Authorization")
    del headers["amz-sdk-invocation-id"]
    moment = datetime.strptime(headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: moment)
    request = AWSRequest(sent.method, sent.url, headers, sent.body)
    botocore.auth.SigV4Auth(credentials, "dynamodb", "eu-central-1").add_auth(request)
    assert ours == request.headers["Authorization"]


def test_changed_credentials_sign_the_next_call(client, wire):
    wire.answers = [(200, FOUND)] * 2
    get(client)
    client._request_signer._credentials = Credentials("AKIB", "other", "fresh")

    get(client)

    assert b"Credential=AKIB/" in wire.requests[1].headers["Authorization"]
    assert wire.requests[1].headers["X-Amz-Security-Token"] == b"fresh"


@pytest.mark.parametrize("is_first", [True, False])
def test_no_credentials_are_the_sdks_error(client, wire, is_first):
    if is_first:
        client.templates.clear()
    client._request_signer._credentials = None

    with pytest.raises(NoCredentialsError):
        get(client)
    assert wire.requests == []


def test_every_call_is_sent_once_also_the_first_of_many(client):
    wire = Wire(client)
    wire.answers = [(200, FOUND)] * 40

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: get(client), range(40)))

    assert len(wire.requests) == 40
    assert [answer["Item"] for answer in answers] == [json.loads(FOUND)["Item"]] * 40


def test_what_hooks_add_is_each_calls_own(client, wire, monkeypatch):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "images")
    wire.answers = [(200, FOUND)] * 2
    for trace in ("Root=1-1", "Root=1-2"):
        monkeypatch.setenv("_X_AMZN_TRACE_ID", trace)
        get(client)

    traces = [request.headers["X-Amzn-Trace-Id"] for request in wire.requests]
    assert traces == [b"Root=1-1", b"Root=1-2"]


def test_successes_allow_repeats_again(client, wire):
    wire.answers = [(503, b"")] * 400
    for _ in range(200):
        with pytest.raises(ClientError):
            get(client)
    spent = len(wire.requests)
    wire.answers = [(200, FOUND)] * 10 + [(503, b""), (200, FOUND)]
    for _ in range(11):
        get(client)

    assert spent < 400
    assert len(wire.requests) == spent + 12
