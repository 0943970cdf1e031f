"""Take single rights away from the roles of a deployment: what needs them is refused.

The emulator answers 404 for an absent object also without s3:ListBucket, where S3 answers 403.

python -m tests.packaging.denials ADDRESS [--host NAME]
"""

import argparse
import contextlib
import json
import sys

import boto3

from tests.packaging.deployed import invoke
from tests.packaging.journey import Service, fetch, picture
from tests.support.gateway_events import multipart

STACK = "image-service-check"


@contextlib.contextmanager
def without(action, function="api"):
    """Take an action from the role of a function while a block runs."""
    iam = boto3.client("iam")
    settings = boto3.client("lambda").get_function_configuration(FunctionName=f"{STACK}-{function}")
    place = {"RoleName": settings["Role"].rpartition("/")[2], "PolicyName": function}
    policy = iam.get_role_policy(**place)["PolicyDocument"]
    less = json.loads(json.dumps(policy))
    for statement in less["Statement"]:
        statement["Action"] = [one for one in statement["Action"] if one != action]
    less["Statement"] = [statement for statement in less["Statement"] if statement["Action"]]
    assert less != policy, f"{function} has no right to {action}"
    iam.put_role_policy(**place, PolicyDocument=json.dumps(less))
    try:
        yield
    finally:
        iam.put_role_policy(**place, PolicyDocument=json.dumps(policy))


def upload(service):
    """Upload a picture; return (status, answer)."""
    body, content_type = multipart(picture(10_000), user_id="denied")
    return service.call("POST", "/images", body, content_type)[:2]


def check(address, host):
    """Use the service without one right after the other; an AssertionError names what worked."""
    service = Service(address, host)
    status, image = upload(service)
    assert status == 201, image
    with without("s3:PutObject"):
        assert upload(service)[0] == 503, "stored without s3:PutObject"
    with without("dynamodb:Query"):
        assert service.call("GET", "/images")[0] == 503, "listed without dynamodb:Query"
    with without("s3:GetObject"):
        assert fetch(image["url"])[0] == 403, "opened without s3:GetObject"
    assert fetch(image["url"])[0] == 200, "the right was not given back"
    assert service.call("DELETE", f"/images/{image['image_id']}")[0] == 204
    with without("s3:DeleteObject", "sweep"):
        assert invoke(f"{STACK}-sweep")["failed"] > 0, "swept without s3:DeleteObject"
    sys.stdout.write(
        "       refused without PutObject, Query, GetObject; not swept without DeleteObject\n"
    )


def main():
    """Check the deployment at an address."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("--host", help="the Host header")
    arguments = parser.parse_args()
    check(arguments.address, arguments.host)


if __name__ == "__main__":
    main()
