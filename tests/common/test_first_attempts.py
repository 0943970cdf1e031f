"""A DynamoDB call as it goes over the wire, and what its caller gets."""

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, ReadTimeoutError

from service.common import aws, config

FOUND = b'{"Item": {"image_id": {"S": "1"}}}'
THROTTLED = b'{"__type": "com.amazonaws.dynamodb#ThrottlingException", "message": "slow down"}'
REFUSED = b'{"__type": "com.amazonaws.dynamodb#ConditionalCheckFailedException"}'


class Raw:
    """A body as urllib3 gives it."""

    def __init__(self, body):
        self.body = body

    def stream(self, **_options):
        """Yield it whole."""
        yield self.body


class Wire:
    """The network of a client: gives out prepared answers, keeps the requests."""

    def __init__(self, client):
        self.answers = []
        self.requests = []
        client._endpoint.http_session = self

    def send(self, request):
        """Answer with the next one, or raise it."""
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body = answer
        return AWSResponse(request.url, status, {}, Raw(body))


@pytest.fixture
def client():
    given = {"BUCKET_NAME": "images", "TABLE_NAME": "images", "USE_LOCALSTACK": "1"}
    settings = config.load(given)
    return aws.dynamodb_client(aws.new_session(settings), settings)


@pytest.fixture
def wire(client):
    return Wire(client)


def get(client):
    """Get an item."""
    return client.get_item(TableName="images", Key={"image_id": {"S": "1"}})


def test_a_success_is_the_stores_answer(client, wire):
    wire.answers = [(200, FOUND)]

    assert get(client)["Item"] == {"image_id": {"S": "1"}}
    assert wire.requests[0].headers["Authorization"].startswith(b"AWS4-HMAC-SHA256 ")


@pytest.mark.parametrize(
    "fault",
    [(503, b""), (400, THROTTLED), (200, b"<html>"), ReadTimeoutError(endpoint_url="http://store")],
)
def test_a_fault_is_mended_by_the_second_attempt(client, wire, fault):
    wire.answers = [fault, (200, FOUND)]

    assert get(client)["Item"] == {"image_id": {"S": "1"}}
    calls = {request.headers["amz-sdk-invocation-id"] for request in wire.requests}
    assert (len(wire.requests), len(calls)) == (2, 1)


def test_two_faults_are_the_last_word(client, wire):
    wire.answers = [(400, THROTTLED), (400, THROTTLED), (200, FOUND)]

    with pytest.raises(ClientError, match="ThrottlingException.*slow down"):
        get(client)
    assert len(wire.requests) == 2


def test_a_refusal_is_told_after_one_attempt(client, wire):
    wire.answers = [(400, REFUSED)]

    with pytest.raises(client.exceptions.ConditionalCheckFailedException):
        get(client)
