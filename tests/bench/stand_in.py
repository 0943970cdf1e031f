"""The stand-in for S3 and DynamoDB: compiled when needed, its answers written, run."""

import contextlib
import http.client
import json
import shutil
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

from service.repositories.aws.dynamodb import items
from tests.bench.processes import ROOT, free_port, running

SOURCE = ROOT / "tests/bench/stand_in.c"
PROGRAM = ROOT / ".tools/bench/stand_in"
# A page of twenty asks for one more, to know whether there is a next page.
LISTED = 21
DYNAMODB_HEAD = (
    "Server: Server\r\nDate: Sun, 22 Nov 2026 12:00:00 GMT\r\n"
    "Content-Type: application/x-amz-json-1.0\r\nConnection: keep-alive\r\n"
    f"x-amzn-RequestId: {'0123456789ABCDEF' * 3}\r\n"
)
S3_HEAD = (
    "x-amz-id-2: abcdefgh\r\nx-amz-request-id: 0123456789ABCDEF\r\n"
    "Date: Sun, 22 Nov 2026 12:00:00 GMT\r\nServer: AmazonS3\r\n"
)
DELETED = b'<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>'


@contextlib.contextmanager
def stand_in(answers, dynamodb_seconds=0, s3_seconds=0):
    """Run a stand-in with these answers, {operation or method: bytes}, after these delays."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in answers.items():
            (Path(folder) / name).write_bytes(content)
        port = free_port()
        delays = [round(seconds * 1e6) for seconds in (dynamodb_seconds, s3_seconds)]
        with running([compiled(), port, folder, *delays], port) as server:
            yield server


def compiled():
    """Return the program; compile it if its source is newer."""
    if not PROGRAM.exists() or PROGRAM.stat().st_mtime < SOURCE.stat().st_mtime:
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if not compiler:
            sys.exit("The benchmarks need a C compiler for tests/bench/stand_in.c: install gcc.")
        PROGRAM.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([compiler, "-O2", "-pthread", "-o", PROGRAM, SOURCE], check=True)
    return PROGRAM


def address(server):
    """Return where a server listens."""
    return f"http://127.0.0.1:{server.port}"


def counts(server):
    """Return the numbers of calls and connections, once they no longer change."""
    before = None
    while (now := read_counts(server)) != before:
        before = now
        time.sleep(0.05)
    return now


def read_counts(server):
    """Return the current figures, without the connections that read them."""
    server.asked = getattr(server, "asked", 1) + 1
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", "/counts")
    figures = json.load(connection.getresponse())
    connection.close()
    return figures | {"connections": figures["connections"] - server.asked}


def service_answers(images):
    """Return the stores' answers to the service: the record, its page entries, empty successes."""
    listed = [page_entry(image) for image in images[:LISTED]]
    last = {name: listed[-1][name] for name in ("image_id", "user_list", "listed_at")}
    return {
        "GetItem": dynamodb({"Item": items.item_of(images[0])}),
        "Query": dynamodb({"Count": LISTED, "Items": listed, "LastEvaluatedKey": last}),
        **WRITES,
    }


def page_entry(image):
    """Return a record's item in the index by_user."""
    plain = {"user_list": items.user_list(image), "listed_at": image.listed_at, "doc": image.doc()}
    return items.values({"image_id": image.image_id, **plain})


def floor_answers(images):
    """Return the stores' answers to bare boto3: items of 14 typed attributes."""
    typed = [typed_item(image) for image in images[:20]]
    last = {name: typed[-1][name] for name in ("image_id", "user_id", "created_at")}
    return {
        "GetItem": dynamodb({"Item": typed[0]}),
        "Query": dynamodb({"Count": 20, "Items": typed, "LastEvaluatedKey": last}),
        **WRITES,
    }


def typed_item(image):
    """Return an image as an item of 14 typed attributes, as most services store it."""
    names = ("image_id", "user_id", "filename", "description", "content_type", "size", "width")
    names += ("height", "sha256", "object_key", "created_at", "state", "nonce")
    item = items.values({name: getattr(image, name) for name in names})
    return item | {"tags": {"L": [{"S": tag} for tag in image.tags]}}


def dynamodb(body):
    """Return a whole answer of DynamoDB."""
    content = json.dumps(body, separators=(",", ":")).encode()
    head = f"{DYNAMODB_HEAD}x-amz-crc32: {zlib.crc32(content)}\r\n"
    return f"HTTP/1.1 200 OK\r\n{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


def s3(status, head="", body=b""):
    """Return a whole answer of S3."""
    return f"HTTP/1.1 {status}\r\n{S3_HEAD}{head}\r\n".encode() + body


WRITES = {name: dynamodb({}) for name in ("PutItem", "TransactWriteItems")} | {
    # The count of a tag.
    "UpdateItem": dynamodb({"Attributes": {"doc": {"N": "7"}}}),
    "PUT": s3("200 OK", 'ETag: "d41d8cd98f00b204e9800998ecf8427e"\r\nContent-Length: 0\r\n'),
    "DELETE": s3("204 No Content"),
    # A rendition is there; all objects are deleted.
    "HEAD": s3("200 OK", "Content-Type: image/webp\r\nContent-Length: 150000\r\n"),
    "POST": s3("200 OK", f"Content-Length: {len(DELETED)}\r\n", DELETED),
}
