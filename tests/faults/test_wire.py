"""The wire itself: it refuses what S3 would, and a delayed request does not change others."""

import base64
import hashlib

import pytest
from botocore.exceptions import ClientError

BYTES = b"a picture"
SHA256 = base64.b64encode(hashlib.sha256(BYTES).digest()).decode()


@pytest.fixture
def put(wire, aws_stores):
    """Put bytes with the size and digest of BYTES; return the stored bytes."""
    bucket_name = aws_stores.new_objects().bucket_name

    def put(body):
        arguments = {"ContentLength": len(BYTES), "ChecksumSHA256": SHA256}
        aws_stores.s3.put_object(Bucket=bucket_name, Key="a", Body=body, **arguments)
        return aws_stores.s3.get_object(Bucket=bucket_name, Key="a")["Body"].read()

    return put


def test_it_works(put):
    assert put(BYTES) == BYTES


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"", "IncompleteBody"), (BYTES[1:], "IncompleteBody"), (b"8 picture", "BadDigest")],
)
def test_other_bytes_than_announced_are_refused(put, body, code):
    with pytest.raises(ClientError, match=code):
        put(body)


@pytest.mark.parametrize("fault", ["refused", "lost", "delayed"])
def test_a_repeat_sends_the_same_bytes(put, wire, fault):
    wire.fail("PutObject", fault, 1)

    assert put(BYTES) == BYTES
    assert wire.left == 0
    wire.land()
