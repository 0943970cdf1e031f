"""Readiness names the missing or slow part within two seconds, even if a store hangs."""

import threading

import pytest

from service.business.readiness import Readiness
from service.repositories.aws.dynamodb import items


class HangingStore:
    """A store that answers only after the test releases it."""

    name = "bucket photos"

    def __init__(self):
        self.asked = 0
        self.released = threading.Event()

    def missing(self):
        self.asked += 1
        self.released.wait()
        return []


class HealthyStore:
    """A store that answers at once."""

    name = "table photos"

    def missing(self):
        return []


@pytest.fixture
def hanging():
    store = HangingStore()
    yield store
    store.released.set()


def test_a_hanging_store_is_named(app, client, hanging):
    app.extensions["readiness"] = Readiness(hanging, HealthyStore())

    response = client.get("/ready")

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert "bucket photos (no answer in 1.8 s)" in response.json["detail"]
    assert "table photos" not in response.json["detail"]


def test_many_readiness_checks_do_not_block_others(hanging):
    readiness = Readiness(hanging, HealthyStore(), seconds=0.3)
    askers = [threading.Thread(target=readiness.missing) for _ in range(20)]
    for asker in askers:
        asker.start()

    missing = readiness.missing()

    assert missing == ["bucket photos (no answer in 0.3 s)"]
    assert hanging.asked == 1
    hanging.released.set()
    for asker in askers:
        asker.join()
    assert readiness.missing() == []


@pytest.mark.parametrize("name", items.INDEXES)
def test_each_index_is_named(aws_world, aws_stores, name):
    table_name = aws_world.images.table_name
    aws_stores.dynamodb.update_table(
        TableName=table_name, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": name}}]
    )

    missing = Readiness(aws_world.images, aws_world.objects).missing()

    assert missing == [f"index {name}"]


@pytest.mark.parametrize("fault", ["refused", "lost"])
@pytest.mark.parametrize(("call", "part"), [("DescribeTable", "table"), ("HeadObject", "bucket")])
def test_a_store_that_fails_is_named(aws_world, wire, fault, call, part):
    readiness = Readiness(aws_world.images, aws_world.objects)
    wire.fail(call, fault, 2)

    missing = readiness.missing()

    assert len(missing) == 1
    assert missing[0].startswith(f"{part} ")
    assert readiness.missing() == []


def test_table_and_bucket_that_are_not_there_are_named(aws_world, aws_stores):
    aws_stores.dynamodb.delete_table(TableName=aws_world.images.table_name)
    aws_stores.s3.delete_bucket(Bucket=aws_world.objects.bucket_name)

    missing = Readiness(aws_world.images, aws_world.objects).missing()

    assert [text.split()[0] for text in missing] == ["bucket", "table"]
