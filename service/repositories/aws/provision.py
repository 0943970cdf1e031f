"""Bucket, table and indexes: made or completed. Safe to repeat, wherever the last run ended."""

import contextlib
import logging
import time

from botocore.exceptions import ClientError

from service.common.errors import StorageUnavailable
from service.repositories.aws import clients
from service.repositories.aws.dynamodb_items import INDEXES
from service.repositories.aws.dynamodb_table import find_index, index_addition, table_definition

log = logging.getLogger(__name__)

# No request waits here, and an emulator may take long to make a table.
READ_SECONDS = 60
ATTEMPTS = 4
BUCKET_SECONDS = TABLE_SECONDS = 600
# Filling an index of a large table takes its time.
INDEX_SECONDS = 3600
# Somebody is making, changing or deleting the same thing just now, or too much at once.
NOT_NOW = {"BucketAlreadyOwnedByYou", "OperationAborted"}
NOT_NOW |= {"ResourceInUseException", "ResourceNotFoundException", "LimitExceededException"}


def provision(settings):
    """Make what is missing and wait until it can be used.

    Raises StorageUnavailable, whose detail says what is there and what could not be made.
    """
    complete(settings, *patient_clients(clients.new_session(settings), settings))


def patient_clients(session, settings):
    """Return clients of DynamoDB and S3 that wait for minutes."""
    limits = {"read_timeout": READ_SECONDS, "attempts": ATTEMPTS}
    return [
        clients.new_client(session, settings, name, settings.aws_endpoint_url, **limits)
        for name in ("dynamodb", "s3")
    ]


def complete(settings, dynamodb, s3):
    """Make what is missing, with these clients. Raises as `provision`."""
    table_name = settings.table_name
    steps = [(f"bucket {settings.bucket_name}", make_bucket, s3, settings)]
    if settings.cors_origins:
        steps += [("the bucket's rule for CORS_ORIGINS", allow_origins, s3, settings)]
    steps += [(f"table {table_name}", make_table, dynamodb, table_name)]
    steps += [(f"index {name}", make_index, dynamodb, table_name, name) for name in INDEXES]
    there = []
    for what, make, *given in steps:
        with explained(there, what):
            make(*given)
        there.append(what)


@contextlib.contextmanager
def explained(there, what):
    """Let an error say what is there and what could not be made."""
    try:
        with clients.storage_errors("provision"):
            yield
    except StorageUnavailable as error:
        code = error.facts["code"]
        found = "".join(f"{name} is there; " for name in there)
        text = f"{found}making {what} failed ({code}). Run it again: it goes on from there."
        raise StorageUnavailable(text[0].upper() + text[1:], code=code) from error


def make_bucket(s3, settings):
    """Make the bucket unless it is there."""
    given = {"Bucket": settings.bucket_name}
    # us-east-1 is the one region that must not be named.
    if settings.aws_default_region != "us-east-1":
        given["CreateBucketConfiguration"] = {"LocationConstraint": settings.aws_default_region}
    for _ in tries(BUCKET_SECONDS):
        if has_bucket(s3, settings.bucket_name):
            return
        if attempt(s3.create_bucket, given):
            log.info("bucket made", extra={"bucket": settings.bucket_name})
            return


def has_bucket(s3, bucket_name):
    """Tell whether the bucket is there."""
    try:
        s3.head_bucket(Bucket=bucket_name)
    except ClientError as error:
        if clients.error_code(error) not in ("404", "NoSuchBucket"):
            raise
        return False
    return True


def allow_origins(s3, settings):
    """Let pages of CORS_ORIGINS use presigned URLs; the rules of others stay."""
    ours = cors_rule(settings.cors_origins)
    for _ in tries(BUCKET_SECONDS):
        rules = read_cors(s3, settings.bucket_name)
        kept = [rule for rule in rules if rule.get("ID") != ours["ID"]]
        if rules == [*kept, ours]:
            return
        configuration = {"CORSRules": [*kept, ours]}
        given = {"Bucket": settings.bucket_name, "CORSConfiguration": configuration}
        if attempt(s3.put_bucket_cors, given):
            log.info("origins allowed", extra={"bucket": settings.bucket_name})
            return


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
        if clients.error_code(error) != "NoSuchCORSConfiguration":
            raise
        return []


def make_table(dynamodb, table_name):
    """Make the table with its indexes, on demand billing, unless it is there."""
    for _ in tries(TABLE_SECONDS):
        table = read_table(dynamodb, table_name)
        if not table:
            create_table(dynamodb, table_name)
        elif table["TableStatus"] in ("ACTIVE", "UPDATING"):
            return


def create_table(dynamodb, table_name):
    """Begin to make the table, if that can be done now."""
    if attempt(dynamodb.create_table, table_definition(table_name)):
        log.info("table made", extra={"table": table_name})


def make_index(dynamodb, table_name, name):
    """Add an index unless the table has it; DynamoDB builds only one at a time."""
    for _ in tries(INDEX_SECONDS):
        table = read_table(dynamodb, table_name)
        found = find_index(table, name)
        if found and found["IndexStatus"] == "ACTIVE":
            return
        if not table:
            create_table(dynamodb, table_name)
        elif not found and table["TableStatus"] == "ACTIVE":
            add_index(dynamodb, table, name)


def add_index(dynamodb, table, name):
    """Begin to add an index to the table, if that can be done now."""
    if attempt(dynamodb.update_table, index_addition(table, name)):
        log.info("index made", extra={"table": table["TableName"], "index": name})


def tries(seconds):
    """Yield again and again, at growing distances. Raises StorageUnavailable after that time."""
    end = time.monotonic() + seconds
    pause = 0.01
    while time.monotonic() < end:
        yield
        time.sleep(pause)
        pause = min(2 * pause, 5)
    raise StorageUnavailable(code=f"not ready after {seconds} s")


def attempt(call, given):
    """Make a call; return whether it was done. If not, look again what is there."""
    try:
        call(**given)
    except ClientError as error:
        if clients.error_code(error) not in NOT_NOW:
            raise
        return False
    return True


def read_table(dynamodb, table_name):
    """Return the table's description, empty when there is none."""
    try:
        return dynamodb.describe_table(TableName=table_name)["Table"]
    except ClientError as error:
        if clients.error_code(error) != "ResourceNotFoundException":
            raise
        return {}
