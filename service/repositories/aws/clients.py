"""boto3: the session, its clients, and botocore's errors turned into ours."""

import contextlib
import logging

from service.common import deadlines
from service.common.errors import StorageUnavailable
from service.repositories.aws import fast

log = logging.getLogger(__name__)

# Seconds that one call may take at worst: two attempts of connect and read, and a pause between.
WORST_CASE = {"dynamodb": 2 * (1 + 2) + 1, "s3": 2 * (1 + 5) + 1}
# A fixed text: the SDK would build its own anew, twice a call, a fifth of a call's CPU.
USER_AGENT = "image-service"
# The body's own SHA-256 is a signed header: signing the body as well would hash it twice.
S3_CONFIG = {"payload_signing_enabled": False, "us_east_1_regional_endpoint": "regional"}


def new_session(settings, on_fallback=fast.ignore):
    """Return the one boto3 session. An emulator gets dummy credentials, never real ones.

    on_fallback(operation) is called when the fast path leaves a DynamoDB operation to the SDK.
    """
    import boto3

    arguments = {"region_name": settings.aws_default_region}
    if settings.use_localstack:
        arguments |= {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    session = boto3.session.Session(**arguments)
    if settings.fast_dynamodb:
        fast.register(session, on_fallback)
    return session


def dynamodb_client(session, settings):
    """Return the DynamoDB client."""
    return new_client(session, settings, "dynamodb", settings.aws_endpoint_url, read_timeout=2)


def s3_client(session, settings):
    """Return the S3 client that the service itself works with."""
    return new_client(session, settings, "s3", settings.aws_endpoint_url, read_timeout=5)


def public_s3_client(session, settings):
    """Return the S3 client that knows S3's address as the users see it; it only signs."""
    endpoint = settings.public_s3_endpoint_url
    return new_client(session, settings, "s3", endpoint, read_timeout=5)


def new_client(session, settings, name, endpoint, *, read_timeout, attempts=2):
    """Return a client with time limits, one pool for all its threads."""
    from botocore.config import Config

    config = Config(
        signature_version="v4" if name == "dynamodb" else "s3v4",
        # A presigned upload must not carry the checksum of the empty body it is signed with.
        request_checksum_calculation="when_required",
        # "auto": the bucket is in the host, but one with dots is in the path: the wildcard of AWS's
        # certificate covers no dots.
        s3=S3_CONFIG | {"addressing_style": "path" if endpoint else "auto"},
        connect_timeout=1,
        read_timeout=read_timeout,
        retries={"mode": "standard", "total_max_attempts": attempts},
        max_pool_connections=settings.threads + 20,
        # It would make calls within a call, and first attempts know of one only.
        endpoint_discovery_enabled=False,
        tcp_keepalive=True,
        user_agent=USER_AGENT,
    )
    client = session.client(name, endpoint_url=endpoint, config=config)
    client.meta.events.register("before-call", require_time(WORST_CASE[name]))
    # First: botocore's own hook there reads what this one takes away.
    client.meta.events.register_first("before-endpoint-resolution.s3", name_the_region)
    return client


def name_the_region(context, **_call):
    """Let URLs be signed for the region's own host, as calls are.

    In style "auto" botocore signs for s3.amazonaws.com, except in us-east-1. Regions newer than
    2019 refuse that host; the others redirect from it while a bucket is new, which breaks the
    signature and CORS. Style "virtual" would name the region as well, but would put the bucket into
    the host of an emulator that only the SDK knows of (AWS_ENDPOINT_URL_S3).
    """
    context.pop("use_global_endpoint", None)


def require_time(seconds):
    """Return a botocore hook that begins no call whose worst case no longer fits the request."""

    def before_call(context, **_call):
        # What goes on from a first attempt was given the time for both.
        if "retries" not in context:
            deadlines.require(seconds)

    return before_call


@contextlib.contextmanager
def storage_errors(operation):
    """Turn botocore's errors into StorageUnavailable, naming the operation in the log."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        yield
    except ClientError as error:
        raise unavailable(operation, code=error_code(error)) from error
    except (BotoCoreError, ResponseParserError) as error:
        raise unavailable(operation, code=type(error).__name__) from error


def unavailable(operation, **facts):
    """Return the StorageUnavailable of an operation."""
    detail = "The storage does not answer as it should; nothing was changed in sight. Try again."
    return StorageUnavailable(detail, operation=operation, **facts)


def error_code(error):
    """Return the code of a botocore ClientError, such as ConditionalCheckFailedException."""
    return error.response.get("Error", {}).get("Code", "")
