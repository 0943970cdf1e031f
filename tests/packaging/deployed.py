"""Ask AWS, or its emulator, about a deployment.

python -m tests.packaging.deployed sweep FUNCTION | kept BUCKET TABLE
"""

import json
import sys

import boto3

from service.models.renditions import own_keys
from tests.support.gateway_events import SCHEDULED


def sweep(function):
    """Send the schedule's event: the sweep answers its figures."""
    answer = boto3.client("lambda").invoke(FunctionName=function, Payload=json.dumps(SCHEDULED))
    figures = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, figures
    assert figures["left_due"] is False, figures
    sys.stdout.write(f"{figures}\n")


def kept(bucket, table):
    """Check that the image of the removed deployment is still there."""
    objects = boto3.client("s3").list_objects_v2(Bucket=bucket, Prefix="images/")
    records = boto3.client("dynamodb").scan(TableName=table, Select="COUNT")
    keys = [one["Key"] for one in objects.get("Contents", [])]
    # The image, its thumb and its large rendition.
    assert keys == sorted(own_keys(min(keys, key=len))), objects
    assert records["Count"] >= 2, records


if __name__ == "__main__":
    {"sweep": sweep, "kept": kept}[sys.argv[1]](*sys.argv[2:])
