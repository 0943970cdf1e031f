"""Each function's role has what the function does, and nothing else."""

import shutil

import pytest

from service.business.upkeep.sweep import OUTCOMES
from tests.permissions import deeds
from tests.permissions.rights import OPTIONS, Right, rights_of
from tests.support.deployment import ACCOUNT, ROOT, SERVICE, Deployment

ROLES = "deployment/roles.yml"
LOGS = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/lambda/{SERVICE}-"
QUOTA = {"MAX_IMAGES_PER_USER": "100"}
# Through which services a function uses a KMS key, beside DynamoDB.
VIA = {"ApiRole": {"s3", "sqs"}, "SweepRole": {"sqs"}}
# A change of the file, by the role that it changes: one right less, one more, or a wider one.
CHANGES = [
    ("ApiRole", "[s3:GetObject, ", "["),
    ("ApiRole", "- dynamodb:BatchGetItem\n", "\n"),
    ("ApiRole", "- dynamodb:BatchGetItem\n", "- dynamodb:BatchWriteItem\n"),
    ("ApiRole", "- dynamodb:BatchGetItem\n", "- dynamodb:*\n"),
    ("ApiRole", "Action: [s3:ListBucket]", "Action: [s3:ListBucket, s3:GetBucketVersioning]"),
    ("ApiRole", "index/by_user", "index/*"),
    ("ApiRole", "/images/*", "/*"),
    ("ApiRole", "- !Sub s3.${AWS::Region}", "- !Sub ec2.${AWS::Region}"),
    ("SweepRole", "[s3:DeleteObject]", "[s3:DeleteObject, s3:GetObject]"),
    ("SweepRole", "[images/*, incoming/*]", "[images/*]"),
    ("SweepRole", '{StringLike: {"s3:prefix": [images/*, incoming/*]}}', "null"),
    ("SweepRole", "index/by_due", "index/by_user"),
    ("SweepRole", "/incoming/*", "/*"),
    ("SweepRole", "-sweep:*", "-*"),
]


@pytest.fixture(scope="module")
def lived(recorder):
    """The API function after it has done everything, and what that needed."""
    api = recorder.new_function(**QUOTA)
    with recorder.recording() as needs:
        deeds.live(api, recorder)
    return api, needs


@pytest.fixture(scope="module")
def swept(recorder, lived):
    """The figures of sweeps, and what they needed."""
    deeds.leave_work(recorder.new_function(TRASH_DAYS="0", **QUOTA))
    function = recorder.new_function(**QUOTA)
    with recorder.recording() as needs:
        figures = deeds.sweep(function)
    return figures, needs


@pytest.fixture
def needs(lived, swept):
    """What each function needs, by its role."""
    called = {"ApiRole": lived[1], "SweepRole": swept[1]}
    return {role: called[role] | beside(role) for role in called}


def beside(role):
    """Return what AWS itself does in the name of a role, so that no recorded request tells of it.

    Logs, traces, the queue of failed events, and the key.
    """
    group = f"{LOGS}{role.removesuffix('Role').lower()}:*"
    keys = {("Decrypt", via) for via in VIA[role] | {"dynamodb"}}
    keys |= {("GenerateDataKey", via) for via in VIA[role]}
    return {
        *(Right(f"logs:{action}", group) for action in ("CreateLogStream", "PutLogEvents")),
        *(Right(f"xray:{action}", "*") for action in ("PutTraceSegments", "PutTelemetryRecords")),
        *(Right(f"kms:{act}", "key", f"{via}.us-east-1.amazonaws.com") for act, via in keys),
        Right("sqs:SendMessage", "${DeadLetters.Arn}"),
    }


@pytest.mark.parametrize("role", ["ApiRole", "SweepRole"])
def test_a_role_has_what_its_function_needs(needs, role):
    assert rights_of(role) == needs[role]


def test_the_api_function_did_all_it_can(lived):
    rules = lived[0].app.url_map.iter_rules()

    assert lived[0].used >= {
        (method, rule.rule) for rule in rules for method in rule.methods - {"HEAD", "OPTIONS"}
    }


def test_the_sweep_did_all_it_can(swept):
    done = {*OUTCOMES, "tags_corrected"} - {"unknown", "skipped", "failed"}

    assert swept[0].keys() & {*OUTCOMES, "tags_corrected"} == done


@pytest.mark.parametrize(("role", "text", "other"), CHANGES)
def test_one_right_more_or_less_is_noticed(needs, tmp_path, role, text, other):
    file = (ROOT / ROLES).read_text()
    assert text in file
    shutil.copy(ROOT / "serverless.yml", tmp_path)
    shutil.copytree(ROOT / "deployment", tmp_path / "deployment")

    (tmp_path / ROLES).write_text(file.replace(text, other))

    assert rights_of(role, folder=tmp_path) != needs[role]


@pytest.mark.parametrize(("option", "service"), [("kms_key", "kms"), ("tracing", "xray")])
@pytest.mark.parametrize("role", ["ApiRole", "SweepRole"])
def test_an_option_adds_its_own_rights_only(role, option, service):
    added = rights_of(role, {option: OPTIONS[option]}) - rights_of(role, {})

    assert {right.action.partition(":")[0] for right in added} == {service}


@pytest.mark.parametrize("role", ["ApiRole", "SweepRole"])
def test_only_lambda_takes_a_role(role):
    (statement,) = Deployment().properties(role)["AssumeRolePolicyDocument"]["Statement"]

    assert statement == {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }


def test_each_function_has_its_own_role():
    deployment = Deployment()
    roles = {name: function["role"] for name, function in deployment.functions.items()}

    assert roles == {"api": "ApiRole", "sweep": "SweepRole"}
    assert deployment.of_type("AWS::IAM::Role").keys() == set(roles.values())
