"""docs/cost.md: each operation uses what its tables say, as AWS would bill it."""

from collections import Counter

import pytest
from moto import mock_aws
from moto.core.models import botocore_stubber

from service.repositories.aws.dynamodb.items import INDEXES
from tests.bench.costs import operations
from tests.bench.costs.operations import OPERATIONS
from tests.faults.wire import deliver
from tests.repositories.stores import AwsStores
from tests.support.metered_calls import projected, size_of
from tests.support.metered_service import MeteredService

# About as long as those of a function on Lambda. Every URL contains it.
TOKEN = "t" * 1000
OVERHEAD = 100


def without_stubber(client):
    """Let a client's requests reach its HTTP session."""
    client.meta.events.unregister("before-send", botocore_stubber)


@pytest.fixture(scope="module")
def service():
    """The service on moto, warm: Ana has a page of images, and the tags are counted."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
            patch.setenv(f"AWS_{name}", "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_SESSION_TOKEN", TOKEN)
        stores = AwsStores(fast="1")
        built = MeteredService(stores, lambda _send, request: deliver(request), without_stubber)
        built.fill_a_page()
        built.sweep()
        yield built
        built.readiness.askers.shutdown()


@pytest.fixture
def image_id(service):
    """A new image."""
    return service.upload()[0]


@pytest.fixture
def idle(service):
    """What a sweep uses that finds nothing."""
    return service.counted(service.sweep)


def expect(name, counts):
    """Compare what was counted with the table."""
    operation = OPERATIONS[name]

    assert {kind: counts[kind] for kind in ("read unit", "write unit", "s3 write", "s3 read")} == {
        "read unit": operation.read,
        "write unit": operation.write,
        "s3 write": operation.s3_write,
        "s3 read": operation.s3_read,
    }


def test_a_view_uses_what_the_page_says(service, image_id):
    expect("view", service.counted(lambda: service.ask("GET", f"/images/{image_id}")))


def test_a_first_view_of_large_uses_what_the_page_says(service, image_id):
    path = f"/images/{image_id}?rendition=large"

    expect("first view of large", service.counted(lambda: service.ask("GET", path)))
    expect("view of a rendition", service.counted(lambda: service.ask("GET", path)))


def test_a_page_of_twenty_uses_what_the_page_says(service, image_id):
    path = "/images?user_id=user-123&limit=20"

    expect("page of 20", service.counted(lambda: service.ask("GET", path)))


def test_uploads_use_what_the_page_says(service):
    expect("upload through Lambda", service.counted(service.upload))
    expect("upload without tags", service.counted(lambda: service.upload(tags=())))


def test_a_direct_upload_uses_what_the_page_says(service, idle):
    image_id, counts = service.begin()
    service.send(image_id)
    counts["s3 write"] += 1
    counts.update(service.counted(lambda: service.complete(image_id)))
    service.let_time_pass(image_id)

    counts.update(service.counted(service.sweep))
    counts.subtract(idle)

    expect("direct upload", counts)


def test_a_change_uses_what_the_page_says(service, image_id):
    expect("change of a text", service.counted(lambda: service.change(image_id, "x" * 60)))


def test_a_delete_and_its_sweeps_use_what_the_page_says(service, image_id, idle):
    path = f"/images/{image_id}"
    counts = service.counted(lambda: service.ask("DELETE", path, status=204))

    counts.update(service.counted(service.sweep))
    service.let_time_pass(image_id)
    counts.update(service.counted(service.sweep))
    for _ in range(2):
        counts.subtract(idle)

    expect("delete", counts)


def test_an_idle_sweep_uses_what_the_page_says(idle):
    assert idle == Counter({"dynamodb calls": 5, "read unit": operations.SWEEP.read})


@pytest.mark.parametrize(
    ("name", "path"),
    [("view", ""), ("view of a rendition", "?rendition=large"), ("page of 20", None)],
)
def test_answers_are_as_long_as_the_page_says(service, image_id, name, path):
    target = "/images?user_id=user-123&limit=20" if path is None else f"/images/{image_id}{path}"

    _, size = service.ask("GET", target)

    assert size == pytest.approx(OPERATIONS[name].answer, rel=0.03)


def test_a_record_is_as_large_as_the_page_says(service):
    before = stored(service)

    service.upload()

    table, indexes = (now - then for now, then in zip(stored(service), before, strict=True))
    assert table == pytest.approx(operations.TABLE_BYTES, rel=0.03)
    assert indexes == pytest.approx(operations.INDEX_BYTES, rel=0.03)


def stored(service):
    """Return the bytes that DynamoDB bills for the table, and for its indexes."""
    items = service.dynamodb.scan(TableName=service.images.table_name)["Items"]
    entries = [projected(item, *keys) for item in items for keys in INDEXES.values()]
    return [sum(size_of(one) + OVERHEAD for one in group if one) for group in (items, entries)]
