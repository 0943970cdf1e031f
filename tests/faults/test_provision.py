"""Creating bucket, table and indexes despite every fault, also where an earlier run ended."""

import contextlib
import itertools
import re
import socket

import pytest
from botocore.exceptions import ReadTimeoutError

from service.app import create_app, new_store
from service.common import config
from service.common.errors import StorageUnavailable
from service.repositories.aws import clients, provision
from service.repositories.aws.dynamodb.items import INDEXES
from service.repositories.aws.dynamodb.table import texts
from tests.faults.proxy import store_behind_a_proxy
from tests.faults.wire import Wire, answer, deliver, failure

BY_HAND = {
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "image_id", "KeyType": "HASH"}],
    "AttributeDefinitions": texts("image_id"),
}
RULE = "the bucket's CORS rule"
# The purpose of each call, in order: from nothing, and with a table made by hand.
FROM_NOTHING = ["bucket"] * 2 + [RULE] * 2 + ["table"] * 3 + [f"index {name}" for name in INDEXES]
COMPLETED = ["bucket"] * 2 + [RULE] * 2 + ["table"]
COMPLETED += [f"index {name}" for name in INDEXES for _ in range(3)]
CALLS = [("nothing", *call) for call in enumerate(FROM_NOTHING)]
# The other indexes are made as the first one.
CALLS += [("by hand", *call) for call in enumerate(COMPLETED[:8])][4:]
# The errors while others create, change or delete the same part; the wire names calls by method.
NOT_NOW = [
    ("nothing", "PutObject", 409, "OperationAborted"),
    ("nothing", "PutObject", 409, "BucketAlreadyOwnedByYou"),
    ("nothing", "CreateTable", 400, "LimitExceededException"),
    ("nothing", "CreateTable", 400, "ResourceInUseException"),
    ("by hand", "UpdateTable", 400, "LimitExceededException"),
    ("by hand", "UpdateTable", 400, "ResourceInUseException"),
    ("by hand", "UpdateTable", 400, "ResourceNotFoundException"),
]
EMULATOR = {"BUCKET_NAME": "emulated", "TABLE_NAME": "emulated", "USE_LOCALSTACK": "1"}
numbers = itertools.count(1)


class Indexes(Wire):
    """A wire to moto. It refuses a change while an index is being created, as DynamoDB does."""

    def send(self, request):
        try:
            return super().send(request)
        except ValueError:
            return failure(request, 400, "ResourceInUseException")

    def lost(self, request):
        with contextlib.suppress(ValueError):
            deliver(request)
        self.time_out(request)


class Store:
    """Bucket and table on moto: the clients that make them, and others that only look."""

    def __init__(self, settings, clock, clients, lookers):
        settings.bucket_name = settings.table_name = self.name = f"provisioned-{next(numbers)}"
        self.settings = settings
        self.dynamodb, self.s3 = lookers
        self.clients = clients
        self.wire = Indexes(clock, *clients)
        self.clock = clock

    def begin(self, start):
        """Begin with nothing, or with a table made by hand."""
        if start == "by hand":
            self.dynamodb.create_table(TableName=self.name, **BY_HAND)

    def provision(self):
        """Create what is missing, over the wire."""
        provision.complete(self.settings, *self.clients)

    def parts(self):
        """Return the existing parts, as provision names them."""
        table = provision.read_table(self.dynamodb, self.name)
        indexes = table.get("GlobalSecondaryIndexes", [])
        parts = {f"table {self.name}"} if table else set()
        parts |= {f"index {index['IndexName']}" for index in indexes}
        if provision.has_bucket(self.s3, self.name):
            parts |= {f"bucket {self.name}"}
            parts |= {RULE} if provision.read_cors(self.s3, self.name) else set()
        return parts

    def is_complete(self):
        """Tell whether nothing is missing."""
        return len(self.parts()) == 3 + len(INDEXES)

    def slow(self, seconds):
        """Return the fault of a call that takes so many seconds; it is done even so."""
        patience = self.clients[0].meta.config.read_timeout

        def respond(request):
            made = deliver(request)
            self.clock.sleep(min(seconds, patience))
            if seconds > patience:
                raise ReadTimeoutError(endpoint_url=request.url)
            return made

        return respond


@pytest.fixture(scope="module")
def settings():
    overrides = {"AWS_DEFAULT_REGION": "eu-west-1", "CORS_ORIGINS": "https://app.example.com"}
    settings = config.load(EMULATOR | overrides)
    settings.aws_endpoint_url = None
    return settings


@pytest.fixture(scope="module")
def session(moto, settings):
    return clients.new_session(settings)


@pytest.fixture(scope="module")
def lookers(session, settings):
    return provision.patient_clients(session, settings)


@pytest.fixture
def store(settings, clock, session, lookers):
    # New clients each time, because one that met many faults soon stops its retries.
    return Store(settings, clock, provision.patient_clients(session, settings), lookers)


@pytest.fixture
def dead_address():
    """An address at which no server listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def said(error):
    """Return (existing parts, parts that could not be created) from an error's text."""
    head, _, rest = error.detail.partition("aking ")
    there = {part[0].lower() + part[1:] for part in re.findall(r"([^;]+) is there; ", head)}
    return there, rest.partition(" failed (")[0]


@pytest.mark.parametrize(("start", "calls"), [("nothing", FROM_NOTHING), ("by hand", COMPLETED)])
def test_it_works(store, start, calls):
    store.begin(start)

    store.provision()

    assert store.is_complete()
    assert len(store.wire.calls) == len(calls)
    store.wire.listen()
    store.provision()
    assert not {"CreateTable", "UpdateTable", "PutObject"} & set(store.wire.calls)


@pytest.mark.parametrize("fault", ["refused", "lost"])
@pytest.mark.parametrize(("start", "number", "purpose"), CALLS)
def test_a_fault_met_once_is_survived(store, start, number, purpose, fault):
    store.begin(start)
    store.wire.fail(number, fault, 1)

    store.provision()

    assert store.wire.left == 0
    assert store.is_complete()


@pytest.mark.parametrize("fault", ["refused", "lost"])
@pytest.mark.parametrize(("start", "number", "purpose"), CALLS)
def test_a_failure_tells_what_there_is(store, start, number, purpose, fault):
    store.begin(start)
    store.wire.fail(number, fault, provision.ATTEMPTS)

    with pytest.raises(StorageUnavailable) as caught:
        store.provision()

    there, failed = said(caught.value)
    assert store.wire.left == 0
    assert failed.replace(f" {store.name}", "") == purpose
    assert there <= store.parts()
    assert caught.value.detail.endswith("Run it again: it continues from there.")
    store.provision()
    assert store.is_complete()


@pytest.mark.parametrize(("start", "call", "status", "code"), NOT_NOW)
def test_what_cannot_be_made_now_is_made_later(store, start, call, status, code):
    store.begin(start)
    refuse = lambda request: failure(request, status, code)  # noqa: E731
    store.wire.fail(call, refuse, 2 * provision.ATTEMPTS)

    store.provision()

    assert store.wire.left == 0
    assert store.is_complete()


def test_what_takes_long_is_waited_for(store):
    store.wire.fail("CreateTable", store.slow(10), provision.ATTEMPTS)

    store.provision()

    assert store.is_complete()
    assert store.wire.left == provision.ATTEMPTS - 1


def test_a_table_may_take_minutes(store):
    creating = '{"Table": {"TableStatus": "CREATING"}}'
    store.wire.fail("DescribeTable", lambda request: answer(request, 200, creating), 60)

    store.provision()

    assert store.wire.left == 0
    assert 180 < store.clock.waited < provision.TABLE_SECONDS
    assert store.is_complete()


def test_a_table_that_never_gets_ready_is_named(store):
    creating = '{"Table": {"TableStatus": "CREATING"}}'
    store.wire.fail("DescribeTable", lambda request: answer(request, 200, creating), 9999)

    with pytest.raises(StorageUnavailable) as caught:
        store.provision()

    assert caught.value.detail == (
        f"Bucket {store.name} is there; {RULE} is there; making table {store.name} failed (not "
        "ready after 600 s). Run it again: it continues from there."
    )


def test_a_table_deleted_meanwhile_is_made_anew(store):
    def delete(request):
        store.dynamodb.delete_table(TableName=store.name)
        return deliver(request)

    store.wire.fail(FROM_NOTHING.index("index by_user"), delete, 1)

    store.provision()

    assert store.wire.left == 0
    assert store.is_complete()


def test_the_command_says_what_there_is(clock, dead_address):
    nothing = {name: "" for name, *_ in config.SETTINGS}
    app = create_app(nothing | EMULATOR | {"AWS_ENDPOINT_URL": dead_address})

    result = app.test_cli_runner().invoke(args=["provision"])

    app.extensions["readiness"].askers.shutdown()
    assert result.exit_code == 1
    assert result.output == (
        "Error: Making bucket emulated failed (EndpointConnectionError). Run it again: it "
        "continues from there.\n"
    )


def test_nobody_at_the_emulators_address_ends_with_a_line(clock, dead_address):
    store = new_store(config.load(EMULATOR | {"AWS_ENDPOINT_URL": dead_address}))

    start = clock.monotonic()
    with pytest.raises(StorageUnavailable) as caught:
        store.prepare(lambda _line: None)

    assert "does not work (EndpointConnectionError): start it" in caught.value.detail
    assert 30 <= clock.monotonic() - start < 45


def test_an_emulator_that_starts_late_is_waited_for(clock, moto):
    said = []
    with store_behind_a_proxy() as proxy:
        settings = config.load(EMULATOR | {"AWS_ENDPOINT_URL": proxy.url})
        proxy.fail(*["reset"] * 3 * provision.ATTEMPTS)

        assert new_store(settings).prepare(said.append) is None

    settings.aws_endpoint_url = None
    dynamodb, s3 = provision.patient_clients(clients.new_session(settings), settings)
    assert proxy.faults == []
    assert said == [f"Making bucket and table at {proxy.url}, if it answers in 30 s."]
    assert provision.read_table(dynamodb, "emulated")
    assert provision.has_bucket(s3, "emulated")
