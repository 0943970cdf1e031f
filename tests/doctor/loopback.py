"""Servers on this machine: one with the answers of a test, one that is the public S3 of moto."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import boto3
from botocore.exceptions import ClientError
from werkzeug.wrappers import Request, Response

from service.common import config
from service.repositories.aws import clients
from service.repositories.aws.fast.s3_presigner import S3Presigner
from service.repositories.aws.fast.signed_gets import QUERY_NAMES

SETTINGS = {"BUCKET_NAME": "images", "TABLE_NAME": "images", "AUTH": "none"}


def site(respond):
    """Return a WSGI app; respond(path, host) returns (status, body, headers)."""

    @Request.application
    def answer(request):
        status, body, headers = respond(request.environ["REQUEST_URI"], request.headers["Host"])
        return Response(body, status, {"Content-Type": "application/xml"} | headers)

    return answer


def s3_site(path, host):
    """Answer a presigned URL with an object of moto's bucket, if it was signed for this host."""
    if "X-Amz-Date" not in path:
        return refusal(403, "AccessDenied")
    if path != signed_path(path, host):
        return refusal(403, "SignatureDoesNotMatch")
    _, bucket_name, object_key = urlsplit(path).path.split("/", 2)
    try:
        answer = boto3.client("s3").get_object(Bucket=bucket_name, Key=object_key)
    except ClientError as error:
        return refusal(404, error.response["Error"]["Code"])
    return 200, answer["Body"].read(), {}


def signed_path(path, host):
    """Return the same path and query, signed for a host as the service signs them."""
    parameters = {name: texts[0] for name, texts in parse_qs(urlsplit(path).query).items()}
    then = datetime.strptime(parameters["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    settings = config.load(SETTINGS | {"PUBLIC_S3_ENDPOINT_URL": f"http://{host}"})
    _, bucket_name, object_key = urlsplit(path).path.split("/", 2)
    client = clients.public_s3_client(clients.new_session(settings), settings)
    presigner = S3Presigner(client, bucket_name, 3600, clock=lambda: then)
    added = {name: parameters[text] for name, text in QUERY_NAMES.items() if text in parameters}
    url, _end = presigner.presign_get(object_key, int(parameters["X-Amz-Expires"]), added)
    return urlsplit(url)._replace(scheme="", netloc="").geturl()


def refusal(status, code):
    """Return S3's answer to a request it refuses."""
    return status, f"<Error><Code>{code}</Code></Error>".encode(), {}
