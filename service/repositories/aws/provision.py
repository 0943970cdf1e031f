"""Makes bucket, table and indexes, or adds what is missing. It can be repeated at any time."""

import contextlib
import logging
import time

from botocore.exceptions import ClientError

from service.common.errors import StorageUnavailable
from service.models.page_headers import EXPOSED_HEADERS
from service.repositories.aws import clients
from service.repositories.aws.dynamodb.items import INDEXES
from service.repositories.aws.dynamodb.table import find_index, index_addition, table_definition

log = logging.getLogger(__name__)

# These limits are long: no request waits for them, and an emulator may be slow.
READ_SECONDS = 60
ATTEMPTS = 4
BUCKET_SECONDS = TABLE_SECONDS = 600
# DynamoDB needs long to fill a new index of a large table.
INDEX_SECONDS = 3600
# Errors while another process changes the same part, or of throttling.
RETRYABLE = {"BucketAlreadyOwnedByYou", "OperationAborted"}
RETRYABLE |= {"ResourceInUseException", "ResourceNotFoundException", "LimitExceededException"}


def provision(settings):
    """Make what is missing and wait until it can be used.

    Raises StorageUnavailable; its detail names the existing parts and the part that failed.
    """
    complete(settings, *patient_clients(clients.new_session(settings), settings))


def patient_clients(session, settings):
    """Return clients of DynamoDB and S3 with long time limits."""
    limits = {"read_timeout": READ_SECONDS, "attempts": ATTEMPTS}
    return [
        clients.new_client(session, settings, name, settings.aws_endpoint_url, **limits)
        for name in ("dynamodb", "s3")
    ]


def complete(settings, dynamodb, s3):
    """Make what is missing, with these clients. Raises the same as `provision`."""
    table_name = settings.table_name
    steps = [(f"bucket {settings.bucket_name}", make_bucket, s3, settings)]
    if settings.bucket_origins:
        steps += [("the bucket's CORS rule", allow_origins, s3, settings)]
    steps += [(f"table {table_name}", make_table, dynamodb, table_name)]
    steps += [(f"index {name}", make_index, dynamodb, table_name, name) for name in INDEXES]
    existing = []
    for part, make, *arguments in steps:
        with explained(existing, part):
            make(*arguments)
        existing.append(part)


@contextlib.contextmanager
def explained(existing, part):
    """Raise an error that names the existing parts and the part that could not be made."""
    try:
        with clients.storage_errors("provision"):
            yield
    except StorageUnavailable as error:
        code = error.facts["code"]
        found = "".join(f"{name} is there; " for name in existing)
        text = f"{found}making {part} failed ({code}). Run it again: it continues from there."
        raise StorageUnavailable(text[0].upper() + text[1:], code=code) from error


def make_bucket(s3, settings):
    """Make the bucket unless it exists."""
    arguments = {"Bucket": settings.bucket_name}
    # S3 accepts every region here but us-east-1, its default.
    if settings.aws_default_region != "us-east-1":
        arguments["CreateBucketConfiguration"] = {"LocationConstraint": settings.aws_default_region}
    for _ in tries(BUCKET_SECONDS):
        if has_bucket(s3, settings.bucket_name):
            return
        if attempt(s3.create_bucket, arguments):
            log.info("bucket made", extra={"bucket": settings.bucket_name})
            return


def has_bucket(s3, bucket_name):
    """Tell whether the bucket exists."""
    try:
        s3.head_bucket(Bucket=bucket_name)
    except ClientError as error:
        if clients.error_code(error) not in ("404", "NoSuchBucket"):
            raise
        return False
    return True


def allow_origins(s3, settings):
    """Let the pages of `bucket_origins` use presigned URLs; other rules of the bucket stay."""
    ours = cors_rule(settings.bucket_origins)
    for _ in tries(BUCKET_SECONDS):
        rules = read_cors(s3, settings.bucket_name)
        kept = [rule for rule in rules if rule.get("ID") != ours["ID"]]
        if rules == [*kept, ours]:
            return
        configuration = {"CORSRules": [*kept, ours]}
        arguments = {"Bucket": settings.bucket_name, "CORSConfiguration": configuration}
        if attempt(s3.put_bucket_cors, arguments):
            log.info("origins allowed", extra={"bucket": settings.bucket_name})
            return


def cors_rule(origins):
    """Return the bucket's rule for pages of these origins."""
    return {
        "ID": "image-service",
        "AllowedOrigins": list(origins),
        "AllowedMethods": ["GET", "HEAD", "PUT", "POST"],
        "AllowedHeaders": ["*"],
        "ExposeHeaders": list(EXPOSED_HEADERS),
        "MaxAgeSeconds": 3600,
    }


def read_cors(s3, bucket_name):
    """Return the CORS rules of the bucket."""
    try:
        return s3.get_bucket_cors(Bucket=bucket_name)["CORSRules"]
    except ClientError as error:
        if clients.error_code(error) != "NoSuchCORSConfiguration":
            raise
        return []


def make_table(dynamodb, table_name):
    """Make the table with its indexes and on-demand billing, unless it exists."""
    for _ in tries(TABLE_SECONDS):
        table = read_table(dynamodb, table_name)
        if not table:
            create_table(dynamodb, table_name)
        elif table["TableStatus"] in ("ACTIVE", "UPDATING"):
            return


def create_table(dynamodb, table_name):
    """Start to make the table; do nothing if another process changes it."""
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
    """Start to add an index to the table; do nothing if another process changes it."""
    if attempt(dynamodb.update_table, index_addition(table, name)):
        log.info("index made", extra={"table": table["TableName"], "index": name})


def tries(seconds):
    """Yield with growing pauses. Raises StorageUnavailable after `seconds`."""
    end = time.monotonic() + seconds
    pause = 0.01
    while time.monotonic() < end:
        yield
        time.sleep(pause)
        pause = min(2 * pause, 5)
    raise StorageUnavailable(code=f"not ready after {seconds} s")


def attempt(call, arguments):
    """Make a call. Returns False after a RETRYABLE error: then check again what exists."""
    try:
        call(**arguments)
    except ClientError as error:
        if clients.error_code(error) not in RETRYABLE:
            raise
        return False
    return True


def read_table(dynamodb, table_name):
    """Return the description of the table, or an empty one if there is no table."""
    try:
        return dynamodb.describe_table(TableName=table_name)["Table"]
    except ClientError as error:
        if clients.error_code(error) != "ResourceNotFoundException":
            raise
        return {}
