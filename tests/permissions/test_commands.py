"""The rights that an operator's command needs on AWS are those that the documentation lists."""

import io
import re

import boto3
import pytest

from service.operators.commands import COMMANDS
from service.operators.doctor.embedded_checks import serving
from service.repositories.aws.dynamodb.table import index_definition, table_definition, texts
from tests.doctor import loopback
from tests.permissions import deeds
from tests.support import pictures
from tests.support.deployment import ROOT

# What the documentation says before its table.
START = "## What an operator's commands need"
# What a command does only if another program works at the same time, or if something fails.
RARE = {"render": {"s3:DeleteObject", "s3:ListBucket"}, "restore": {"s3:DeleteObject"}}
QUOTA = {"MAX_IMAGES_PER_USER": "100"}


def run(function, recorder, *arguments, code=0):
    """Run a command, which ends with a code; return what it needs."""
    with recorder.recording() as needs:
        result = function.app.test_cli_runner().invoke(args=list(arguments))
    assert result.exit_code == code, result.output
    return needs


def empty(older=False):
    """Leave no bucket, and no table, or that of an earlier version, which lacks indexes."""
    bucket, table = boto3.client("s3"), boto3.client("dynamodb")
    for found in bucket.list_objects_v2(Bucket="images").get("Contents", []):
        bucket.delete_object(Bucket="images", Key=found["Key"])
    bucket.delete_bucket(Bucket="images")
    table.delete_table(TableName="images")
    if older:
        definition = table_definition("images")
        definition["GlobalSecondaryIndexes"] = [index_definition("by_user")]
        definition["AttributeDefinitions"] = texts("image_id", "user_list", "listed_at")
        table.create_table(**definition)


def provision(recorder):
    """Make everything, also the indexes that an earlier version lacks."""
    function = recorder.new_function()
    needs = set()
    for older in (True, False):
        empty(older)
        needs |= run(function, recorder, "provision")
    return needs


def sweep(recorder):
    """Sweep, audit and recount; return what it needs."""
    deeds.leave_work(recorder.new_function(TRASH_DAYS="0", **QUOTA))
    function = recorder.new_function(**QUOTA)
    needs = set()
    for options in ((), (), ("--audit",), ("--recount",)):
        needs |= run(function, recorder, "sweep", *options)
    return needs


def render(recorder):
    """Make the thumb that an image lacks; return what it needs."""
    function = recorder.new_function()
    service, file = function.app.extensions["image_service"], io.BytesIO(pictures.png())
    measured, _thumb = service.inspector.inspect(file)
    fields = {"user_id": "ana", "filename": "a.png", "tags": ["sea"]} | measured
    service.store(file, None, fields, fields, None)
    return run(function, recorder, "render", "--missing")


def doctor(recorder):
    """Check everything; return what it needs."""
    with serving(loopback.site(loopback.s3_site)) as address:
        return run(recorder.new_function(PUBLIC_S3_ENDPOINT_URL=address), recorder, "doctor")


@pytest.fixture(scope="module")
def needed(recorder, tmp_path_factory):
    """What each command needs."""
    folder = str(tmp_path_factory.mktemp("bags") / "bag")
    commands = {"provision": provision, "sweep": sweep, "doctor": doctor, "render": render}
    needs = {name: command(recorder) for name, command in commands.items()}
    function = recorder.new_function(**QUOTA)
    needs["stats"] = run(function, recorder, "stats")
    needs["export"] = run(function, recorder, "export", folder)
    lost = next(image for image in function.store.images.all() if image.is_stored)
    function.store.objects.delete(lost.object_key)
    needs["export"] |= run(function, recorder, "export", f"{folder}-of-what-is-left", code=1)
    empty()
    run(function, recorder, "provision")
    needs["restore"] = run(function, recorder, "restore", folder)
    return needs


def documented():
    """Return the actions that the documentation lists for each command."""
    text = (ROOT / "docs" / "aws.md").read_text()
    rows = re.findall(r"^\| `(\w+)`.*? \| (.*) \|(.*)\|$", text.partition(START)[2], re.MULTILINE)
    return {
        command: {f"dynamodb:{one}" for one in re.findall(r"\w+", records)}
        | {f"s3:{one}" for one in re.findall(r"\w+", objects)}
        for command, records, objects in rows
    }


@pytest.mark.parametrize(
    "command", ["doctor", "export", "provision", "render", "restore", "stats", "sweep"]
)
def test_the_documentation_lists_what_a_command_needs(needed, command):
    called = {right.action for right in needed[command]}

    assert documented()[command] == called | RARE.get(command, set())


def test_every_other_command_needs_nothing_of_aws():
    assert {command.name for command in COMMANDS} - documented().keys() == {"import", "token"}
