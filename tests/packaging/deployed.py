"""Ask AWS, or its emulator, about a deployment.

python -m tests.packaging.deployed sweep FUNCTION | kept BUCKET TABLE | protected TABLE
    | make_secret NAME TEXT | tokens API SWEEP TEXT
"""

import json
import sys

import boto3

from service.models.renditions import own_keys
from tests.support.gateway_events import SCHEDULED, http_api
from tests.support.signed_tokens import bearer


def invoke(function):
    """Send the schedule's event; return the figures of the sweep."""
    answer = boto3.client("lambda").invoke(FunctionName=function, Payload=json.dumps(SCHEDULED))
    figures = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, figures
    return figures


def sweep(function):
    """Sweep twice: the bytes of deleted images are deleted, then their records."""
    runs = [invoke(function) for _ in range(2)]
    for figures in runs:
        assert (figures["left_due"], figures["failed"]) == (False, 0), figures
    for done in ("postponed", "forgotten"):
        assert any(figures[done] for figures in runs), runs
    sys.stdout.write(f"{runs}\n")


def kept(bucket, table):
    """Check that the image of the removed deployment is still there."""
    objects = boto3.client("s3").list_objects_v2(Bucket=bucket, Prefix="images/")
    records = boto3.client("dynamodb").scan(TableName=table, Select="COUNT")
    keys = [one["Key"] for one in objects.get("Contents", [])]
    # The image, its thumb and its large rendition.
    assert keys == sorted(own_keys(min(keys, key=len))), objects
    assert records["Count"] >= 2, records


def protected(table):
    """Check that the table cannot be deleted by mistake."""
    found = boto3.client("dynamodb").describe_table(TableName=table)["Table"]
    assert found["DeletionProtectionEnabled"] is True, found


def make_secret(name, text):
    """Make a secret, as the README does."""
    boto3.client("secretsmanager").create_secret(Name=name, SecretString=text)


def tokens(api, sweep_function, text):
    """Check that the API asks for tokens signed with this secret, and that the sweep has none."""
    client = boto3.client("lambda")
    variables = [
        client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        for name in (api, sweep_function)
    ]
    assert variables[0]["JWT_SECRET"] == text
    assert text not in str(variables[1]), "the sweep has the secret"
    for headers, status in ({}, 401), (bearer("ana", key=text), 200):
        event = http_api("GET", "/images", **{k.lower(): v for k, v in headers.items()})
        answer = client.invoke(FunctionName=api, Payload=json.dumps(event))
        assert json.loads(answer["Payload"].read())["statusCode"] == status, headers
    answer = client.invoke(FunctionName=sweep_function, Payload=json.dumps(event))
    assert json.loads(answer["Payload"].read()) is None, "the sweep answers a request"


if __name__ == "__main__":
    commands = (sweep, kept, protected, make_secret, tokens)
    {command.__name__: command for command in commands}[sys.argv[1]](*sys.argv[2:])
