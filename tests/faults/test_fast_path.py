"""What the fast path does not expect leaves an operation to the SDK; nobody else notices."""

import json
import logging

import pytest
from botocore.stub import Stubber

from service.app import create_app
from service.common import config
from service.repositories.aws import clients, provision
from service.repositories.aws.dynamodb.images import DynamodbImages
from service.repositories.aws.fast.fallbacks import ALL
from tests.faults import strange_clients as strange
from tests.faults.world import World
from tests.repositories.stores import AwsStores
from tests.support.prepared_answers import FOUND, Wire, get, learn

SETTINGS = {"BUCKET_NAME": "images", "TABLE_NAME": "images", "USE_LOCALSTACK": "1"}
SETTINGS |= {"FAST_DYNAMODB": "1"}
IMAGE_ID = "0123456789abcdef0123456789abcdef"
KEY = {"image_id": {"S": "1"}}


STRANGE = [
    strange.drop_target,
    strange.change_protocol,
    strange.change_body,
    strange.change_address,
    strange.sign_otherwise,
    strange.add_header,
    strange.hide_signer,
    strange.hide_credentials,
    strange.hide_session,
]
LATER = [strange.hide_credentials, strange.hide_session, strange.want_context]


@pytest.fixture
def told():
    """The operations that were left to the SDK, as the metrics hear of them."""
    return []


class Warnings(logging.Handler):
    """Keeps the operations that the log tells of."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.operations = []

    def emit(self, record):
        self.operations.append(record.operation)


@pytest.fixture
def warnings():
    """The operations that were left to the SDK, as the log tells of them."""
    log = logging.getLogger("service.repositories.aws.fast.fallbacks")
    handler = Warnings()
    log.addHandler(handler)
    log.setLevel(logging.WARNING)
    yield handler.operations
    log.removeHandler(handler)
    log.setLevel(logging.NOTSET)


@pytest.fixture
def client(told):
    settings = config.load(SETTINGS)
    return clients.dynamodb_client(clients.new_session(settings, told.append), settings)


@pytest.fixture
def wire(client):
    return Wire(client)


def check_left(client, wire, told, warnings):
    """Make three calls; the SDK makes each, and one warning and one count tell so."""
    wire.answers = [(200, FOUND)] * 3
    before = len(wire.requests)
    answers = [get(client) for _ in range(3)]

    assert [answer["Item"] for answer in answers] == [KEY] * 3
    # Only the SDK writes it.
    assert all("ResponseMetadata" in answer for answer in answers)
    assert len(wire.requests) == before + 3
    assert told == warnings == ["GetItem"]


@pytest.mark.parametrize("make_strange", STRANGE)
def test_a_strange_first_call_stays_with_the_sdk(client, wire, told, warnings, make_strange):
    make_strange(client)

    check_left(client, wire, told, warnings)


@pytest.mark.parametrize("make_strange", LATER)
def test_a_strange_later_call_is_the_sdks(client, wire, told, warnings, make_strange):
    learn(client, wire)
    wire.answers = [(200, FOUND)]
    assert "ResponseMetadata" not in get(client)
    make_strange(client)

    check_left(client, wire, told, warnings)


def test_binary_values_are_encoded_by_the_sdk(client, wire, told, warnings):
    learn(client, wire)
    wire.answers = [(200, FOUND)]

    client.get_item(TableName="images", Key={"image_id": {"B": b"1"}})

    assert json.loads(wire.requests[0].body)["Key"] == {"image_id": {"B": "MQ=="}}
    assert told == warnings == ["GetItem"]


def test_after_a_fault_in_sending_the_sdk_repeats(client, wire, told, warnings):
    learn(client, wire)
    wire.answers = [TypeError("send takes other arguments"), (200, FOUND)]

    assert get(client)["Item"] == KEY
    first, second = (request.headers["amz-sdk-invocation-id"] for request in wire.requests)
    assert first == second
    check_left(client, wire, told, warnings)


def test_an_answer_that_came_is_read_by_the_sdk(client, wire, told, warnings):
    learn(client, wire)
    wire.answers = [(200, FOUND)]

    def need(context, **_more):
        assert context["client_config"]

    client.meta.events.register("after-call", need)

    assert get(client)["Item"] == KEY
    assert len(wire.requests) == 1
    check_left(client, wire, told, warnings)


def test_other_operations_stay_fast(client, wire, told):
    learn(client, wire)
    wire.answers = [(200, b"{}")]
    client.put_item(TableName="images", Item={"image_id": {"B": b"1"}})
    wire.answers = [(200, FOUND)]

    assert "ResponseMetadata" not in get(client)
    assert told == ["PutItem"]


def test_other_arguments_of_the_private_method_are_the_sdks(client, wire, told, warnings):
    wire.answers = [(200, FOUND)] * 2
    arguments = {"TableName": "images", "Key": KEY}

    for _ in range(2):
        answer = client._make_api_call(operation_name="GetItem", api_params=arguments)
        assert answer["Item"] == KEY
    assert told == warnings == [ALL]


def test_another_event_of_a_new_client_does_no_harm(told, warnings):
    session = clients.new_session(config.load(SETTINGS), told.append)

    session.events.emit("creating-client-class.dynamodb", class_attributes={})

    assert told == warnings == [ALL]


def test_a_stubber_added_first_answers(client, wire, told):
    with Stubber(client) as stubber:
        stubber.add_response("get_item", {"Item": KEY})

        assert get(client)["Item"] == KEY
    assert (wire.requests, told) == ([], [])


def test_it_can_be_switched_off(told):
    settings = config.load(SETTINGS | {"FAST_DYNAMODB": "0"})
    client = clients.dynamodb_client(clients.new_session(settings, told.append), settings)
    wire = Wire(client)
    wire.answers = [(200, FOUND)] * 2

    assert all("ResponseMetadata" in get(client) for _ in range(2))
    assert told == []


def test_a_view_works_with_a_strange_client(new_app, moto):
    stores = AwsStores(fast="1")
    images, objects = stores.new_images(), stores.new_objects()
    image_id = World(new_app(), images, objects).upload().json["image_id"]
    client = clients.dynamodb_client(clients.new_session(stores.settings), stores.settings)
    strange.drop_target(client)
    world = World(new_app(), DynamodbImages(client, images.table_name), objects)

    for _ in range(2):
        assert world.view(image_id).status_code == 200


@pytest.fixture
def strange_app(moto):
    """Build apps that count on DynamoDB and S3, with a strange client."""

    def build(**given):
        settings = config.load(SETTINGS)
        settings.aws_endpoint_url = None
        session = clients.new_session(settings)
        provision.make_table(clients.dynamodb_client(session, settings), "images")
        given |= SETTINGS | {"USE_LOCALSTACK": "0", "AUTH": "none", "METRICS": "1"}
        app = create_app(given)
        strange.drop_target(app.extensions["image_service"].images.client)
        return app

    return build


def test_prometheus_counts_what_is_left(strange_app):
    client = strange_app().test_client()

    for _ in range(2):
        assert client.get(f"/images/{IMAGE_ID}").status_code == 404
    counted = 'image_service_fast_path_fallbacks_total{operation="GetItem"} 1.0'
    assert counted in client.get("/metrics").text


def test_cloudwatch_counts_what_is_left_once(strange_app, capsys):
    client = strange_app(AWS_LAMBDA_FUNCTION_NAME="api").test_client()

    for _ in range(2):
        assert client.get(f"/images/{IMAGE_ID}").status_code == 404
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    measured = [line for line in lines if "_aws" in line]
    assert [line.get("FastPathFallbacks") for line in measured] == [1, None]
    names = [told["Metrics"][0]["Name"] for told in measured[0]["_aws"]["CloudWatchMetrics"]]
    assert "FastPathFallbacks" in names
