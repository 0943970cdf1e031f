"""serverless.yml and deployment/: what a deploy makes, and what it keeps."""

import pytest

from service.common import config
from service.models.image import INCOMING
from service.repositories.aws.dynamodb.table import table_definition
from tests.support.deployment import SERVICE, Deployment, default_params
from tests.support.gateway_events import SCHEDULED

KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
MADE = Deployment()
BUCKET = MADE.properties("Bucket")
TABLE = MADE.properties("Table")
# What protects records, beside what the service needs of the table.
PROTECTION = {"DeletionProtectionEnabled", "PointInTimeRecoverySpecification"}


def test_the_table_is_the_one_that_provision_makes():
    table = {name: value for name, value in TABLE.items() if name not in PROTECTION}
    made = table_definition("any")
    del made["TableName"]

    assert table == made


def test_the_table_is_protected():
    assert TABLE["DeletionProtectionEnabled"] is True
    assert TABLE["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_what_holds_images_outlives_the_stack():
    kept = {
        name
        for name, one in MADE.resources.items()
        if one.get("DeletionPolicy") == one.get("UpdateReplacePolicy") == "Retain"
    }

    assert kept == {"Bucket", "BucketPolicy", "Table"}


@pytest.mark.parametrize(("param", "names"), [("bucket", {"Bucket", "BucketPolicy"}),
                                              ("table", {"Table"})])  # fmt: skip
def test_what_exists_is_not_made(param, names):
    resources = Deployment(**{param: "mine"}).resources

    assert MADE.resources.keys() - resources.keys() == names


def test_versioning_of_the_bucket_is_off():
    assert "VersioningConfiguration" not in BUCKET


def test_the_bucket_is_private():
    block = BUCKET["PublicAccessBlockConfiguration"]

    assert len(block) == 4
    assert set(block.values()) == {True}
    assert BUCKET["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


def test_the_bucket_speaks_tls_only():
    policy = MADE.properties("BucketPolicy")
    (statement,) = policy["PolicyDocument"]["Statement"]

    assert policy["Bucket"] == "${Bucket}"
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert statement["Action"] == "s3:*"
    assert statement["Resource"] == ["${Bucket.Arn}", "${Bucket.Arn}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_abandoned_uploads_leave_the_bucket_after_a_day():
    parts, uploads = BUCKET["LifecycleConfiguration"]["Rules"]

    assert parts["Status"] == uploads["Status"] == "Enabled"
    assert parts["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert (uploads["Prefix"], uploads["ExpirationInDays"]) == (INCOMING, 1)
    # Nothing but the service itself deletes images.
    assert "ExpirationInDays" not in parts


def test_bucket_and_table_are_encrypted_by_aws():
    (rule,) = BUCKET["BucketEncryption"]["ServerSideEncryptionConfiguration"]

    assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    assert "SSESpecification" not in TABLE


def test_bucket_and_table_are_encrypted_with_a_key():
    deployment = Deployment(kms_key=KEY)
    (rule,) = deployment.properties("Bucket")["BucketEncryption"][
        "ServerSideEncryptionConfiguration"
    ]

    assert rule["BucketKeyEnabled"] is True
    assert rule["ServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": KEY,
    }
    assert deployment.properties("Table")["SSESpecification"] == {
        "SSEEnabled": True,
        "SSEType": "KMS",
        "KMSMasterKeyId": KEY,
    }


def test_access_logs_are_kept_if_a_bucket_is_named():
    named = Deployment(access_log_bucket="logs").properties("Bucket")

    assert "LoggingConfiguration" not in BUCKET
    assert named["LoggingConfiguration"]["DestinationBucketName"] == "logs"
    assert named["LoggingConfiguration"]["LogFilePrefix"] == f"{SERVICE}/"


def test_nobody_deploys_an_open_service_by_accident():
    assert "auth" not in default_params()


def test_bytes_that_arrive_are_an_event_of_the_api():
    pattern = MADE.functions["api"]["events"][1]["eventBridge"]["pattern"]

    assert (pattern["source"], pattern["detail-type"]) == (["aws.s3"], ["Object Created"])
    assert pattern["detail"]["object"]["key"] == [{"prefix": INCOMING}]
    assert BUCKET["NotificationConfiguration"] == {
        "EventBridgeConfiguration": {"EventBridgeEnabled": True}
    }


def test_the_handler_knows_the_schedule_of_the_sweep():
    (event,) = MADE.functions["sweep"]["events"]
    name = SCHEDULED["resources"][0].rpartition("/")[2]

    assert event["schedule"]["name"] == name == f"{SERVICE}-sweep"


def test_the_sweep_answers_nobody_and_knows_no_secret():
    deployment = Deployment(auth="jwt", jwt_secret_id="tokens")  # noqa: S106
    sweep = deployment.functions["sweep"]

    assert sweep["image"]["command"] == ["main.sweep"]
    assert [set(event) for event in sweep["events"]] == [{"schedule"}]
    assert sweep["environment"] == {"AUTH": "none"}
    assert not [name for name in deployment.environment if name.startswith(("JWT", "AUTH"))]


def test_both_functions_have_the_same_limits_per_user():
    limits = {"MAX_IMAGES_PER_USER": "5", "MAX_BYTES_PER_USER": "7"}
    deployment = Deployment(max_images_per_user="5", max_bytes_per_user="7")

    assert limits.items() <= deployment.environment.items()
    for function in deployment.functions.values():
        assert not set(limits) & set(function["environment"])


@pytest.mark.parametrize(
    ("params", "secret"),
    [
        ({"jwt_secret_id": "tokens"}, "{{resolve:secretsmanager:tokens:SecretString:::}}"),
        (
            {"jwt_secret_id": "arn:aws:secretsmanager:us-east-1:1:secret:a/b-c",
             "jwt_secret_version": "12-ab"},
            "{{resolve:secretsmanager:arn:aws:secretsmanager:us-east-1:1:secret:a/b-c:SecretString:::12-ab}}",
        ),
        ({"jwt_jwks_url": "https://issuer.example.com/keys"}, None),
    ],
)  # fmt: skip
def test_cloudformation_reads_the_secret_of_tokens(params, secret):
    environment = Deployment(auth="jwt", **params).functions["api"]["environment"]

    assert environment.get("JWT_SECRET") == secret


def test_every_variable_of_a_function_is_a_setting():
    settings = {name for name, *_ in config.SETTINGS}

    for function in MADE.functions.values():
        assert {*MADE.environment, *function["environment"]} <= settings


def test_every_function_leaves_its_gateway_or_lambda_some_time():
    assert MADE.functions["api"]["timeout"] == 29
    assert MADE.functions["sweep"]["timeout"] == 900


def test_no_function_reserves_concurrency():
    """A new account has too little of it: the first deploy would fail."""
    names = {"reservedConcurrency", "provisionedConcurrency"}

    assert set(MADE.functions) == {"api", "sweep"}
    for function in [*MADE.functions.values(), MADE.provider]:
        assert not names & set(function)
