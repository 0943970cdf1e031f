"""What the error codes of AWS mean for the operator of the service, and what to do."""

import re
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from service.operators.doctor.findings import Fault
from service.repositories.aws import clients

CALL_ERRORS = (BotoCoreError, ClientError, ResponseParserError)

WRONG_KEY = "AWS does not know the access key: set AWS_ACCESS_KEY_ID to a key that exists."
WRONG_SECRET = "The secret does not belong to the access key: set AWS_SECRET_ACCESS_KEY again."
ENDED = "The AWS credentials have expired: log in again, or renew AWS_SESSION_TOKEN."
CLOCK = "This machine's clock is wrong, so signatures are refused: set it (chrony, timesyncd)."
FORBIDDEN = "The credentials do not allow this call: allow what docs/aws.md lists for it."
KEY = "The KMS key of the bucket cannot be used: enable it, or cancel its deletion."
REGION = "The bucket is in another region: set AWS_DEFAULT_REGION to the bucket's."
SIGNATURE_VERSION = "S3 requires signature version 4: a proxy removes or changes the signature."
NO_TABLE = (
    "There is no table {table_name} in {aws_default_region}: check both settings, or run `python "
    "main.py provision`."
)
NO_BUCKET = "There is no bucket {bucket_name}: check its name, or run `python main.py provision`."
NO_ANSWER = (
    "AWS does not answer in {aws_default_region}: check AWS_DEFAULT_REGION, the network, and "
    "AWS_ENDPOINT_URL."
)
NOT_AWS = "The answer is not from DynamoDB or S3: check AWS_ENDPOINT_URL and proxies."

# By error code of DynamoDB and S3, or by class name of an SDK error.
MEANINGS = {
    "UnrecognizedClientException": WRONG_KEY,
    "InvalidClientTokenId": WRONG_KEY,
    "InvalidAccessKeyId": WRONG_KEY,
    "InvalidSignatureException": WRONG_SECRET,
    "SignatureDoesNotMatch": WRONG_SECRET,
    "ExpiredToken": ENDED,
    "ExpiredTokenException": ENDED,
    "RequestExpired": ENDED,
    "RequestTimeTooSkewed": CLOCK,
    "AccessDenied": FORBIDDEN,
    "AccessDeniedException": FORBIDDEN,
    "403": FORBIDDEN,
    "KMS.DisabledException": KEY,
    "KMS.KMSInvalidStateException": KEY,
    "KMS.NotFoundException": KEY,
    "PermanentRedirect": REGION,
    "AuthorizationHeaderMalformed": REGION,
    "301": REGION,
    "400": REGION,
    "InvalidRequest": SIGNATURE_VERSION,
    "ResourceNotFoundException": NO_TABLE,
    "NoSuchBucket": NO_BUCKET,
    "404": NO_BUCKET,
    "EndpointConnectionError": NO_ANSWER,
    "ConnectTimeoutError": NO_ANSWER,
    "ReadTimeoutError": NO_ANSWER,
    "ResponseParserError": NOT_AWS,
}
# DynamoDB has the same code for a wrong secret and a wrong clock; its text shows which it is.
CLOCK_WORDS = ("Signature expired", "Signature not yet current")

WRONG_HOST = (
    "S3 does not see the host {host} in the request, because a proxy changes it: set "
    "PUBLIC_S3_ENDPOINT_URL to the address that S3 sees, or let the proxy keep the Host header."
)
OTHER_STORE = (
    "{host} is not the S3 to which the service writes: set PUBLIC_S3_ENDPOINT_URL to the address "
    "at which your users reach that S3."
)
URL_MEANINGS = {
    "SignatureDoesNotMatch": WRONG_HOST,
    "NoSuchBucket": OTHER_STORE,
    "NoSuchKey": OTHER_STORE,
    "AccessDenied": "{host} refuses the URL: allow s3:GetObject on the bucket's images/*, and "
    "kms:Decrypt on the bucket's key, if it has one.",
    "AuthorizationQueryParametersError": REGION,
    "PermanentRedirect": REGION,
    "RequestTimeTooSkewed": CLOCK,
    "InvalidRequest": SIGNATURE_VERSION,
    "InvalidAccessKeyId": OTHER_STORE,
}


def call_fault(error, settings):
    """Return the Fault for a botocore error of a call."""
    code, text = type(error).__name__, str(error)
    if hasattr(error, "response"):
        code = clients.error_code(error)
    if any(words in text for words in CLOCK_WORDS):
        return Fault(CLOCK)
    meaning = MEANINGS.get(code, "AWS refuses: {text}")
    return Fault(meaning.format(text=text, **vars(settings)) + f" ({code})")


def explain_url(answer, url, reason=None):
    """Return a text: why a presigned URL does not open, and what to do."""
    host = urlsplit(url).netloc
    if answer is None:
        return (
            f"Presigned URLs lead to {host}, which does not answer ({reason}): set "
            "PUBLIC_S3_ENDPOINT_URL to the address at which your users reach S3."
        )
    found = re.search(rb"<Code>(\w+)</Code>", answer.body)
    code = found[1].decode() if found else ""
    if code in URL_MEANINGS:
        return URL_MEANINGS[code].format(host=host) + f" ({code})"
    return (
        f"{host} answers {answer.status} {code}, but not with the image, so it is not the S3 of "
        "the service: set PUBLIC_S3_ENDPOINT_URL to the address at which your users reach S3."
    )
