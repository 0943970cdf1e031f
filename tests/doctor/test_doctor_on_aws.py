"""What the doctor reports about DynamoDB and S3: one test for each fault."""

import io
import json
from datetime import UTC, datetime

import pytest

from service.operators.doctor import findings
from service.operators.doctor.aws_checks import AwsChecks
from service.repositories.aws import provision
from service.repositories.aws.dynamodb.table import table_definition, texts
from tests.doctor import loopback
from tests.doctor.conftest import concerns, last

HTML = b"<html>It works!</html>"


def test_it_works(provisioned, moto):
    result = provisioned.test_cli_runner().invoke(args=["doctor", "--json"])

    answer = json.loads(result.stdout)
    assert [one for one in answer["checks"] if one["status"] != "ok"] == []
    assert (result.exit_code, answer["healthy"]) == (0, True)
    assert "Contents" not in moto[0].list_objects_v2(Bucket="images")


@pytest.fixture
def no_credentials(monkeypatch):
    """Take every source of AWS credentials away."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.usefixtures("no_credentials")
def test_no_credentials(aws_app):
    assert "fault credentials: There are no AWS credentials: set AWS_ACCESS" in last(aws_app())


@pytest.mark.usefixtures("no_credentials")
@pytest.mark.parametrize("fast", ["1", "0"])
def test_users_are_told_who_runs_the_doctor(aws_app, fast, picture):
    client = aws_app(FAST_DYNAMODB=fast).test_client()
    file = (io.BytesIO(picture), "a.png")

    answers = [
        client.get("/images"),
        client.get(f"/images/{'0' * 32}"),
        client.post("/images", data={"user_id": "ana", "image_data": file}),
    ]

    for answer in answers:
        assert (answer.status_code, answer.json["type"]) == (503, "/problems/storage-unavailable")
        assert answer.json["detail"].endswith("learns why from its command `doctor`.")


@pytest.mark.parametrize(
    ("code", "message", "said"),
    [
        ("UnrecognizedClientException", "", "AWS does not know the access key"),
        ("InvalidSignatureException", "", "secret does not belong"),
        ("InvalidSignatureException", "Signature expired: 1 is now earlier", "clock is wrong"),
        ("ExpiredTokenException", "", "have expired"),
        ("AccessDeniedException", "", "allow what docs/aws.md lists"),
        ("KMS.DisabledException", "", "The KMS key of the bucket cannot be used"),
        ("OddException", "odd", "AWS refuses: An error occurred (OddException)"),
    ],
)
def test_refused_credentials(aws_app, site, code, message, said):
    body = json.dumps({"__type": f"com.amazon.coral.service#{code}", "message": message}).encode()
    address = site(lambda *_: (400, body, {"Content-Type": "application/x-amz-json-1.0"}))

    line = last(aws_app(USE_LOCALSTACK="1", AWS_ENDPOINT_URL=address))

    assert line.startswith("fault table: ")
    assert said in line


def test_nothing_at_the_endpoint(aws_app, dead_address):
    line = last(aws_app(USE_LOCALSTACK="1", AWS_ENDPOINT_URL=dead_address))

    assert line.startswith(f"fault endpoint: Nothing answers at {dead_address}")
    assert "LOCALSTACK_AUTH_TOKEN" in line


def test_something_else_at_the_endpoint(aws_app, site):
    line = last(aws_app(USE_LOCALSTACK="1", AWS_ENDPOINT_URL=site(lambda *_: (200, HTML, {}))))

    assert line.startswith("fault table: The answer is not from DynamoDB or S3")


def test_an_emulator_without_dynamodb(aws_app, site):
    health = json.dumps({"services": {"s3": "running", "dynamodb": "disabled"}}).encode()
    address = site(lambda *_: (200, health, {}))

    line = last(aws_app(USE_LOCALSTACK="1", AWS_ENDPOINT_URL=address))

    assert "runs without dynamodb" in line
    assert "LOCALSTACK_AUTH_TOKEN" in line


@pytest.mark.parametrize(("year", "said"), [(2000, "behind the store's"), (2100, "ahead of the")])
def test_a_clock_that_is_wrong(moto, aws_app, stack, year, said):
    checks = AwsChecks(aws_app(), clock=lambda: datetime(year, 1, 1, tzinfo=UTC)).checks(stack)

    *_, finding = findings.run_checks(checks)

    assert (finding["check"], finding["status"]) == ("clock", "fault")
    assert said in finding["detail"]


def test_no_table(moto, aws_app):
    line = last(aws_app())

    assert line.startswith("fault table: There is no table images in us-east-1")
    assert "python main.py provision" in line


def test_a_table_with_another_key(moto, aws_app):
    moto[1].create_table(
        TableName="images",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=texts("id"),
    )

    assert "fault table: The key of table images is not image_id" in last(aws_app())


def test_a_missing_index(moto, aws_app):
    definition = table_definition("images")
    definition["GlobalSecondaryIndexes"].pop()
    definition["AttributeDefinitions"] = texts("image_id", "user_list", "all_list", "listed_at")
    moto[1].create_table(**definition)

    assert "fault indexes: Missing: by_due." in last(aws_app())


def test_no_bucket(provisioned, moto):
    moto[0].delete_bucket(Bucket="images")

    assert last(provisioned).startswith("fault bucket: There is no bucket images")


def test_a_bucket_in_another_region(provisioned, moto):
    moto[0].delete_bucket(Bucket="images")
    moto[0].create_bucket(
        Bucket="images", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )

    assert "fault bucket: The bucket is in eu-west-1: set AWS_DEFAULT_REGION" in last(provisioned)


def test_a_bucket_that_pages_may_not_use(provisioned, moto, aws_app):
    app = aws_app(CORS_ORIGINS="https://app.example.com")
    moto[0].delete_bucket_cors(Bucket="images")

    assert last(app).startswith("fault browser uploads: The bucket refuses uploads from pages of")
    provision.provision(app.extensions["settings"])
    assert not last(app).startswith("fault browser uploads")


def test_a_bucket_that_the_gallery_may_not_use(provisioned, moto, aws_app):
    assert concerns(provisioned) == []
    rule = provision.cors_rule(["https://app.example.com"])
    moto[0].put_bucket_cors(Bucket="images", CORSConfiguration={"CORSRules": [rule]})

    (line,) = concerns(provisioned)

    assert line.startswith("gallery uploads: The bucket refuses large uploads from the gallery")
    address = provisioned.extensions["settings"].public_s3_endpoint_url
    assert concerns(aws_app(GALLERY="0", PUBLIC_S3_ENDPOINT_URL=address)) == []


def test_versioning_is_a_concern(provisioned, moto):
    moto[0].put_bucket_versioning(Bucket="images", VersioningConfiguration={"Status": "Enabled"})

    (line,) = concerns(provisioned)

    assert line.startswith("versioning: Versioning is on: a delete keeps the bytes")


def test_a_url_host_that_does_not_answer(provisioned, aws_app, moto, dead_address):
    line = last(aws_app(PUBLIC_S3_ENDPOINT_URL=dead_address))

    assert line.startswith("fault presigned URL: Presigned URLs lead to 127.0.0.1")
    assert "set PUBLIC_S3_ENDPOINT_URL" in line
    assert "Contents" not in moto[0].list_objects_v2(Bucket="images")


def test_a_url_host_that_only_containers_know(provisioned, aws_app):
    (line,) = concerns(aws_app(PUBLIC_S3_ENDPOINT_URL="http://localstack:4566"))

    assert line.startswith("URL host: Presigned URLs lead to localstack, a name that probably only")


def test_a_proxy_that_changes_the_host(provisioned, aws_app, site):
    proxy = site(lambda path, _host: loopback.s3_site(path, "localstack:4566"))

    line = last(aws_app(PUBLIC_S3_ENDPOINT_URL=proxy))

    assert "S3 does not see the host" in line
    assert "(SignatureDoesNotMatch)" in line


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((200, HTML, {}), "answers 200 , but not with the image"),
        (loopback.refusal(404, "NoSuchBucket"), "is not the S3 to which"),
        (loopback.refusal(400, "AuthorizationQueryParametersError"), "in another region"),
        (loopback.refusal(400, "InvalidRequest"), "requires signature version 4"),
        (loopback.refusal(403, "RequestTimeTooSkewed"), "clock is wrong"),
        (loopback.refusal(403, "AccessDenied"), "allow s3:GetObject"),
    ],
)
def test_a_url_that_is_refused(provisioned, aws_app, site, answer, said):
    line = last(aws_app(PUBLIC_S3_ENDPOINT_URL=site(lambda *_: answer)))

    assert line.startswith("fault presigned URL: ")
    assert said in line


def test_the_users_localhost_from_inside_a_container(provisioned, aws_app, site, dead_address):
    users = dead_address.replace("127.0.0.1", "localhost")
    app = aws_app(PUBLIC_S3_ENDPOINT_URL=users)
    app.extensions["settings"].aws_endpoint_url = site(loopback.s3_site, host="127.0.0.2")

    assert last(app).startswith("ok delete")


def test_a_store_that_checks_no_signatures(provisioned, aws_app, site):
    def trusting_site(path, host):
        return loopback.s3_site(loopback.signed_path(path, host), host)

    (line,) = concerns(aws_app(PUBLIC_S3_ENDPOINT_URL=site(trusting_site)))

    assert line.startswith("signature: A URL with a wrong signature opens, too")


def test_a_cache_that_keeps_a_deleted_image(provisioned, aws_app, site):
    kept = {}

    def cache(path, host):
        return kept.setdefault(path, loopback.s3_site(path, host))

    assert "fault delete: The deleted image still opens" in last(
        aws_app(PUBLIC_S3_ENDPOINT_URL=site(cache))
    )
