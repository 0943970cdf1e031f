"""The rights that calls need, by AWS's Service Authorization Reference, and those of a role."""

import json
import re
from collections import namedtuple
from urllib.parse import parse_qs, unquote, urlsplit

from tests.support.deployment import ACCOUNT, ROOT, Deployment

TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/images"
BUCKET = "arn:aws:s3:::images"
PLACE = {"bucket": "images", "table": "images"}
# The params that add rights.
OPTIONS = {"kms_key": "key", "tracing": "1"}
# The action of each part of a transaction.
PARTS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
# Calls on the bucket, by method and subresource; listing and HeadBucket need the same right.
BUCKET_CALLS = {
    ("HEAD", ""): "ListBucket",
    ("GET", "list-type"): "ListBucket",
    ("GET", "versioning"): "GetBucketVersioning",
    ("GET", "cors"): "GetBucketCORS",
    ("PUT", "cors"): "PutBucketCORS",
    ("PUT", ""): "CreateBucket",
}
OBJECT_CALLS = {"GET": "GetObject", "HEAD": "GetObject", "PUT": "PutObject"}

# One action on one resource. only: one value of a condition, such as the prefix of lists, or None.
Right = namedtuple("Right", "action resource only", defaults=(None,))


def needs_of(request, status):
    """Return the rights that a request to AWS needs. status: that of its answer."""
    if "X-Amz-Target" in request.headers:
        operation = text_of(request.headers["X-Amz-Target"]).partition(".")[2]
        return needs_of_table(operation, json.loads(request.body))
    return needs_of_bucket(request, status)


def needs_of_table(operation, arguments):
    """Return the rights that a call of DynamoDB needs."""
    if operation == "TransactWriteItems":
        parts = [kind for item in arguments["TransactItems"] for kind in item]
        return {Right(f"dynamodb:{PARTS[kind]}", TABLE) for kind in parts}
    index = arguments.get("IndexName")
    return {Right(f"dynamodb:{operation}", f"{TABLE}/index/{index}" if index else TABLE)}


def needs_of_bucket(request, status):
    """Return the rights that a call of S3 needs, or the use of a presigned URL."""
    url = urlsplit(request.url)
    key = unquote(url.path).lstrip("/")
    if not url.netloc.startswith("images."):
        key = key.removeprefix("images").lstrip("/")
    query = parse_qs(url.query, keep_blank_values=True)
    if key:
        return needs_of_object(request, key, status)
    if request.method == "POST":
        return needs_of_post(request, query)
    part = next((name for name in ("list-type", "versioning", "cors") if name in query), "")
    prefix = query["prefix"][0] if "prefix" in query else None
    action = BUCKET_CALLS[request.method, part]
    return {Right(f"s3:{action}", BUCKET, prefix and folder_of(prefix))}


def needs_of_object(request, key, status):
    """Return the rights that a call about one object needs."""
    needs = {Right(f"s3:{OBJECT_CALLS[request.method]}", f"{BUCKET}/{folder_of(key)}")}
    if "x-amz-copy-source" in request.headers:
        source = unquote(text_of(request.headers["x-amz-copy-source"])).removeprefix("images/")
        needs.add(Right("s3:GetObject", f"{BUCKET}/{folder_of(source)}"))
    if status == 404:
        # Without this right the answer would be 403.
        needs.add(Right("s3:ListBucket", BUCKET))
    return needs


def needs_of_post(request, query):
    """Return the rights that a delete of several objects needs, or a form that brings one."""
    if "delete" in query:
        keys = re.findall(r"<Key>([^<]+)</Key>", text_of(request.body))
        return {Right("s3:DeleteObject", f"{BUCKET}/{folder_of(key)}") for key in keys}
    key = re.search(rb'name="key"\r\n\r\n([^\r]+)', request.body)[1].decode()
    return {Right("s3:PutObject", f"{BUCKET}/{folder_of(key)}")}


def text_of(value):
    """Return a header's or a body's text."""
    return value.decode() if isinstance(value, bytes) else value


def folder_of(key):
    """Return what stands in a policy for all keys of an object's folder."""
    return f"{key.partition('/')[0]}/*"


def rights_of(role, options=OPTIONS, folder=ROOT):
    """Return the rights of a role on a bucket and a table `images`, in a deploy of a folder."""
    properties = Deployment(folder, **PLACE, **options).properties(role)
    assert properties.keys() == {"AssumeRolePolicyDocument", "Policies"}
    rights = set()
    for policy in properties["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            assert statement.keys() - {"Condition"} == {"Effect", "Action", "Resource"}
            assert statement["Effect"] == "Allow"
            rights |= {
                Right(action, resource, only)
                for action in listed(statement["Action"])
                for resource in listed(statement["Resource"])
                for only in values_of(statement.get("Condition"))
            }
    return rights


def values_of(condition):
    """Return the values of a condition, which has one operator and one key; [None]: there is none.

    Then each value is a right of its own.
    """
    if condition is None:
        return [None]
    ((_, keys),) = condition.items()
    ((_, values),) = keys.items()
    return listed(values)


def listed(value):
    """Return a list: policies may leave it out where there is one value."""
    return value if isinstance(value, list) else [value]
