"""Bucket, table and indexes: from nothing, or from what a user made by hand."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from service.app import new_store
from service.common import config
from service.models.query import Query
from service.repositories.aws import clients
from service.repositories.aws.dynamodb.items import INDEXES
from service.repositories.aws.dynamodb.table import texts
from service.repositories.aws.provision import cors_rule, provision, read_table
from tests.repositories.sample_images import DUE_AT, add, walk

MISSING = [f"index {name}" for name in INDEXES]
BY_HAND = {
    "KeySchema": [{"AttributeName": "image_id", "KeyType": "HASH"}],
    "AttributeDefinitions": texts("image_id"),
}


@pytest.fixture
def settings_for(dynamodb_local, ministack, monkeypatch):
    """Settings of a new store; the SDK reads the emulators' addresses from the environment."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", dynamodb_local)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", ministack)

    def load(name, region="us-east-1"):
        values = {"BUCKET_NAME": name, "TABLE_NAME": name, "AWS_DEFAULT_REGION": region}
        settings = config.load(values | {"USE_LOCALSTACK": "1"})
        settings.aws_endpoint_url = settings.public_s3_endpoint_url = None
        return settings

    return load


def test_all_is_made_from_nothing(settings_for):
    settings = settings_for("from-nothing")
    store = new_store(settings)

    provision(settings)

    assert store.images.missing() == store.objects.missing() == []
    assert walk(store.images, Query(), 5) == [[]]


@pytest.mark.parametrize("times", [1, 2])
def test_a_table_made_by_hand_is_completed(settings_for, times):
    settings = settings_for(f"by-hand-{times}")
    images = new_store(settings).images
    images.client.create_table(
        TableName=settings.table_name, BillingMode="PAY_PER_REQUEST", **BY_HAND
    )
    foreign = {"image_id": {"S": "order 7"}, "doc": {"S": "theirs"}}
    images.client.put_item(TableName=settings.table_name, Item=foreign)
    old = [add(images, tags=["beach"], second=second) for second in range(3)]
    images.bury(old[0], f"bury {old[0].nonce}", DUE_AT)
    missing = images.missing()

    for _ in range(times):
        provision(settings)

    new = add(images, tags=["beach"], second=9)
    expected = [new.image_id, old[2].image_id, old[1].image_id]
    assert missing == MISSING
    assert images.missing() == []
    for query in (Query(), Query("ana"), Query("ana", ["beach"]), Query(None, ["beach"])):
        assert sum(walk(images, query, 2), []) == expected


def test_two_may_provision_at_once(settings_for):
    settings = settings_for("at-once")

    with ThreadPoolExecutor() as threads:
        list(threads.map(provision, [settings] * 3))

    store = new_store(settings)
    assert store.images.missing() == store.objects.missing() == []


def test_indexes_share_the_tables_kind_of_billing(settings_for):
    settings = settings_for("provisioned")
    images = new_store(settings).images
    throughput = {"ReadCapacityUnits": 7, "WriteCapacityUnits": 3}
    images.client.create_table(
        TableName=settings.table_name, ProvisionedThroughput=throughput, **BY_HAND
    )

    provision(settings)

    indexes = read_table(images.client, settings.table_name)["GlobalSecondaryIndexes"]
    units = {index["ProvisionedThroughput"]["ReadCapacityUnits"] for index in indexes}
    assert len(indexes) == len(INDEXES)
    assert units == {7}


def test_a_bucket_lies_in_the_region_asked_for(settings_for):
    settings = settings_for("in-ireland", "eu-west-1")

    provision(settings)

    s3 = clients.s3_client(clients.new_session(settings), settings)
    assert s3.get_bucket_location(Bucket="in-ireland")["LocationConstraint"] == "eu-west-1"


def test_the_bucket_lets_the_pages_in_that_the_service_does(settings_for):
    settings = settings_for("origins")
    settings.cors_origins = ("https://app.example.com",)
    settings.public_url = "https://photos.example.com/api"

    for _ in range(2):
        provision(settings)

    s3 = clients.s3_client(clients.new_session(settings), settings)
    assert s3.get_bucket_cors(Bucket="origins")["CORSRules"] == [
        cors_rule(["https://app.example.com", "https://photos.example.com"])
    ]
