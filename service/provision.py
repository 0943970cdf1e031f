"""Bucket, table and indexes: made or completed, idempotently."""

import logging
import time

from botocore.exceptions import ClientError

from service.common import aws
from service.common.errors import StorageUnavailable
from service.repositories.dynamodb_items import INDEXES

log = logging.getLogger(__name__)

TABLE_SECONDS = 60
# Filling an index of a large table takes its time.
INDEX_SECONDS = 3600
# Somebody else is making the same thing just now.
IN_THE_MAKING = {"BucketAlreadyOwnedByYou", "ResourceInUseException", "LimitExceededException"}


def provision(settings):
    """Make what is missing and wait until it can be used. Raises StorageUnavailable."""
    session = aws.new_session(settings)
    dynamodb = aws.dynamodb_client(session, settings)
    s3 = aws.s3_client(session, settings)
    with aws.storage_errors("provision"):
        make_bucket(s3, settings)
        allow_origins(s3, settings)
        make_table(dynamodb, settings.table_name)
        for name in INDEXES:
            make_index(dynamodb, settings.table_name, name)


def make_bucket(s3, settings):
    """Make the bucket unless it is there."""
    try:
        s3.head_bucket(Bucket=settings.bucket_name)
        return
    except ClientError as error:
        if aws.error_code(error) not in ("404", "NoSuchBucket"):
            raise
    given = {"Bucket": settings.bucket_name}
    # us-east-1 is the one region that must not be named.
    if settings.aws_default_region != "us-east-1":
        given["CreateBucketConfiguration"] = {"LocationConstraint": settings.aws_default_region}
    attempt(s3.create_bucket, given)
    log.info("bucket made", extra={"bucket": settings.bucket_name})


def allow_origins(s3, settings):
    """Let pages of CORS_ORIGINS use presigned URLs; the rules of others stay."""
    if not settings.cors_origins:
        return
    ours = cors_rule(settings.cors_origins)
    rules = read_cors(s3, settings.bucket_name)
    kept = [rule for rule in rules if rule.get("ID") != ours["ID"]]
    if rules != [*kept, ours]:
        configuration = {"CORSRules": [*kept, ours]}
        s3.put_bucket_cors(Bucket=settings.bucket_name, CORSConfiguration=configuration)
        log.info("origins allowed", extra={"bucket": settings.bucket_name})


def cors_rule(origins):
    """Return the bucket's rule for pages of these origins."""
    return {
        "ID": "image-service",
        "AllowedOrigins": list(origins),
        "AllowedMethods": ["GET", "HEAD", "PUT", "POST"],
        "AllowedHeaders": ["*"],
        "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": 3600,
    }


def read_cors(s3, bucket_name):
    """Return the bucket's rules for pages of other origins."""
    try:
        return s3.get_bucket_cors(Bucket=bucket_name)["CORSRules"]
    except ClientError as error:
        if aws.error_code(error) != "NoSuchCORSConfiguration":
            raise
        return []


def make_table(dynamodb, table_name):
    """Make the table with its indexes, on demand billing, unless it is there."""
    if not read_table(dynamodb, table_name):
        attempt(dynamodb.create_table, table_definition(table_name))
        log.info("table made", extra={"table": table_name})
    for table in reading(dynamodb, table_name, TABLE_SECONDS, "table"):
        if table.get("TableStatus") == "ACTIVE":
            return


def make_index(dynamodb, table_name, name):
    """Add an index unless the table has it; DynamoDB builds only one at a time."""
    for table in reading(dynamodb, table_name, INDEX_SECONDS, f"index {name} of"):
        found = find_index(table, name)
        if found and found["IndexStatus"] == "ACTIVE":
            return
        if not found and table["TableStatus"] == "ACTIVE":
            attempt(dynamodb.update_table, index_addition(table, name))
            log.info("index made", extra={"table": table_name, "index": name})


def reading(dynamodb, table_name, seconds, what):
    """Yield the table's description again and again, for so many seconds at most."""
    end = time.monotonic() + seconds
    pause = 0.05
    while time.monotonic() < end:
        yield read_table(dynamodb, table_name)
        time.sleep(pause)
        pause = min(2 * pause, 5)
    raise StorageUnavailable(f"The {what} table {table_name} is not ready after {seconds} s.")


def attempt(call, given):
    """Make a call, unless what it makes is in the making already."""
    try:
        call(**given)
    except ClientError as error:
        if aws.error_code(error) not in IN_THE_MAKING:
            raise


def read_table(dynamodb, table_name):
    """Return the table's description, empty when there is none."""
    try:
        return dynamodb.describe_table(TableName=table_name)["Table"]
    except ClientError as error:
        if aws.error_code(error) != "ResourceNotFoundException":
            raise
        return {}


def find_index(table, name):
    """Return the description of a table's index, or None."""
    indexes = table.get("GlobalSecondaryIndexes", [])
    return next((index for index in indexes if index["IndexName"] == name), None)


def table_definition(table_name):
    """Return what makes the whole table."""
    keys = [key for hash_key, range_key, _ in INDEXES.values() for key in (hash_key, range_key)]
    return {
        "TableName": table_name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "image_id", "KeyType": "HASH"}],
        "AttributeDefinitions": texts("image_id", *keys),
        "GlobalSecondaryIndexes": [index_definition(name) for name in INDEXES],
    }


def index_addition(table, name):
    """Return what adds an index to a table, with the table's own kind of billing."""
    definition = index_definition(name)
    given = table.get("ProvisionedThroughput", {})
    if given.get("ReadCapacityUnits"):
        definition["ProvisionedThroughput"] = {
            unit: given[unit] for unit in ("ReadCapacityUnits", "WriteCapacityUnits")
        }
    hash_key, range_key, _ = INDEXES[name]
    return {
        "TableName": table["TableName"],
        "AttributeDefinitions": texts(hash_key, range_key),
        "GlobalSecondaryIndexUpdates": [{"Create": definition}],
    }


def index_definition(name):
    """Return what makes an index."""
    hash_key, range_key, kept = INDEXES[name]
    projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": kept}
    return {
        "IndexName": name,
        "KeySchema": [
            {"AttributeName": hash_key, "KeyType": "HASH"},
            {"AttributeName": range_key, "KeyType": "RANGE"},
        ],
        "Projection": projection if kept else {"ProjectionType": "KEYS_ONLY"},
    }


def texts(*names):
    """Return the definitions of text attributes, each once."""
    names = sorted(set(names))
    return [{"AttributeName": name, "AttributeType": "S"} for name in names]
