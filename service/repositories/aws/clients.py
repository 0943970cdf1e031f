"""boto3: the session, its clients, and StorageUnavailable in place of botocore's errors."""

import contextlib
import logging
from urllib.parse import urlsplit

from service.common import deadlines
from service.common.errors import StorageUnavailable
from service.repositories.aws import fast

log = logging.getLogger(__name__)

# The longest time of one call in seconds: two attempts to connect and read, and a pause.
WORST_CASE = {"dynamodb": 2 * (1 + 2) + 1, "s3": 2 * (1 + 5) + 1}
# The SDK builds its user agent twice for each call; a fixed text saves a fifth of a call's CPU.
USER_AGENT = "image-service"
# The SHA-256 of the body is a signed header already; signing the body too would hash it twice.
S3_CONFIG = {"payload_signing_enabled": False, "us_east_1_regional_endpoint": "regional"}

# Codes of AWS's and names of the SDK's errors that waiting does not cure.
SETUP_FAULTS = {
    "NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError",
    "TokenRetrievalError", "SSOError", "SSOTokenLoadError", "UnauthorizedSSOTokenError",
    "InvalidConfigError", "ConfigNotFound", "ProfileNotFound",
    "UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId",
    "InvalidSignatureException", "SignatureDoesNotMatch", "RequestTimeTooSkewed",
    "ExpiredToken", "ExpiredTokenException", "RequestExpired",
    "AccessDenied", "AccessDeniedException", "ResourceNotFoundException", "NoSuchBucket",
    "KMS.DisabledException", "KMS.KMSInvalidStateException", "KMS.NotFoundException",
}  # fmt: skip
FOR_OPERATOR = "The operator of this service learns why from its command `doctor`."


def new_session(settings, on_fallback=fast.ignore):
    """Return the boto3 session. For an emulator it has dummy credentials, never real ones.

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
    """Return the S3 client that makes the calls of the service."""
    return new_client(session, settings, "s3", settings.aws_endpoint_url, read_timeout=5)


def public_s3_client(session, settings, signature="s3v4"):
    """Return the S3 client for the address of S3 that users reach; it only signs URLs."""
    endpoint = settings.public_s3_endpoint_url
    return new_client(session, settings, "s3", endpoint, read_timeout=5, signature=signature)


def url_origin(session, settings):
    """Return the scheme, host and port of presigned URLs; no credentials are needed."""
    from botocore import UNSIGNED

    client = public_s3_client(session, settings, UNSIGNED)
    arguments = {"Bucket": settings.bucket_name, "Key": "K"}
    url = urlsplit(client.generate_presigned_url("get_object", Params=arguments))
    return f"{url.scheme}://{url.netloc}"


def new_client(session, settings, name, endpoint, *, read_timeout, attempts=2, signature="s3v4"):
    """Return a client with time limits and one connection pool for all threads."""
    from botocore.config import Config

    config = Config(
        signature_version="v4" if name == "dynamodb" else signature,
        # Else a presigned upload would require the checksum of the empty body that was signed.
        request_checksum_calculation="when_required",
        # "auto" puts the bucket into the host; a bucket with dots goes into the path, because AWS's
        # wildcard certificate does not cover dots.
        s3=S3_CONFIG | {"addressing_style": "path" if endpoint else "auto"},
        connect_timeout=1,
        read_timeout=read_timeout,
        retries={"mode": "standard", "total_max_attempts": attempts},
        max_pool_connections=settings.threads + 40,
        # Discovery makes a second call inside a call, and FirstAttempts expects only one.
        endpoint_discovery_enabled=False,
        tcp_keepalive=True,
        user_agent=USER_AGENT,
    )
    client = session.client(name, endpoint_url=endpoint, config=config)
    client.meta.events.register("before-call", require_time(WORST_CASE[name]))
    # Registered first, because botocore's own hook reads the value that this hook removes.
    client.meta.events.register_first("before-endpoint-resolution.s3", name_the_region)
    return client


def name_the_region(context, **_call):
    """Make botocore sign URLs for the host of the region, as it does for calls.

    In style "auto" botocore signs for s3.amazonaws.com, except in us-east-1. Regions newer than
    2019 refuse that host; the others redirect from it while a bucket is new, and a redirect
    breaks the signature and CORS. Style "virtual" would name the region as well, but it would put
    the bucket into the host of an emulator that is set only for the SDK (AWS_ENDPOINT_URL_S3).
    """
    context.pop("use_global_endpoint", None)


def require_time(seconds):
    """Return a botocore hook that stops a call if the request may end before the call does."""

    def before_call(context, **_call):
        # With "retries" this is the retry of a first attempt, which has checked the time for both.
        if "retries" not in context:
            deadlines.require(seconds)

    return before_call


@contextlib.contextmanager
def storage_errors(operation):
    """Turn botocore's errors into StorageUnavailable; the log names the operation."""
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
    remedy = FOR_OPERATOR if facts.get("code") in SETUP_FAULTS else "Try again."
    detail = f"The image store cannot be used at the moment. {remedy}"
    return StorageUnavailable(detail, operation=operation, **facts)


def error_code(error):
    """Return the code of a botocore ClientError, such as ConditionalCheckFailedException."""
    return error.response.get("Error", {}).get("Code", "")
