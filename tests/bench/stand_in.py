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

from service.models.image import changed
from service.repositories.aws.dynamodb import items
from tests.bench import samples
from tests.bench.processes import ROOT, free_port, running

SOURCE = ROOT / "tests/bench/stand_in.c"
PROGRAMS = ROOT / ".tools/bench"
# A page of twenty asks for one more, to know whether there is a next page.
LISTED = 21
# A search that finds too few reads 2,000 rows, in eight answers as from DynamoDB; one row of each
# answer matches. Its user's lists have nothing else.
SEARCHED = 250
SEARCHED_USER = "user-few"
# A page of fifty tags asks for one more.
TAGS_LISTED = 51
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
        with running([compiled(SOURCE), port, folder, *delays], port) as server:
            yield server


def compiled(source):
    """Return the program of a source in C; compile it unless that was done with the same source."""
    program = PROGRAMS / f"{source.stem}-{zlib.crc32(source.read_bytes()):08x}"
    if not program.exists():
        if not compiler():
            sys.exit(
                f"The benchmarks need a C compiler for {source.relative_to(ROOT)}: install gcc."
            )
        PROGRAMS.mkdir(parents=True, exist_ok=True)
        subprocess.run([compiler(), "-O2", "-pthread", "-o", program, source], check=True)
    return program


def compiler():
    """Return a C compiler, or None."""
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


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
    """Return the stores' answers to the service: records, page entries, empty successes.

    images: the newest first; the first is the one that is viewed, a batch has them all.
    """
    counts = [tag_count(f"tag-{number:02}") for number in range(TAGS_LISTED)]
    return {
        "GetItem": dynamodb({"Item": items.item_of(images[0])}),
        "BatchGetItem": batch(items.item_of(image) for image in images),
        "Query": page([page_entry(image) for image in images[:LISTED]], ("user_list", "listed_at")),
        f"Query~{SEARCHED_USER}": page(searched_entries(), ("user_list", "listed_at"), behind=1),
        "Query~tl#": page(counts, ("user_list", "listed_at")),
        **WRITES,
    }


def page_entry(image):
    """Return a record's item in the index by_user."""
    plain = {"user_list": items.user_list(image), "listed_at": image.listed_at, "doc": image.doc()}
    return items.values({"image_id": image.image_id, **plain})


def searched_entries():
    """Return the rows of an answer to a search, one of which matches."""
    images = [samples.record(number) for number in range(SEARCHED, -1, -1)]
    rare = {"tags": [], "content_type": "image/png", "description": "The lighthouse."}
    images[100] = changed(images[100], **rare)
    return [page_entry(changed(image, user_id=SEARCHED_USER)) for image in images]


def tag_count(tag):
    """Return the item of a tag's count in the index by_user."""
    owner = samples.FIELDS["user_id"]
    keys = {"image_id": f"tag#{owner}#{tag}", "user_list": f"tl#{owner}", "listed_at": tag}
    return items.values(keys | {"doc": 12})


def floor_answers(images):
    """Return the stores' answers to bare boto3: items of 14 typed attributes."""
    typed = [typed_item(image) for image in images]
    searched = [typed_item(samples.record(number)) for number in range(SEARCHED, 0, -1)]
    owner = samples.FIELDS["user_id"]
    tags = [
        items.values({"image_id": owner, "user_id": owner, "tag": f"tag-{number:02}", "count": 12})
        for number in range(TAGS_LISTED - 1)
    ]
    return {
        "GetItem": dynamodb({"Item": typed[0]}),
        "BatchGetItem": batch(typed),
        "Query": page(typed[:20], ("user_id", "created_at")),
        f"Query~{SEARCHED_USER}": page(searched, ("user_id", "created_at")),
        "Query~tl#": page(tags, ("user_id", "tag")),
        **WRITES,
    }


def typed_item(image):
    """Return an image as an item of 14 typed attributes, as most services store it."""
    names = ("image_id", "user_id", "filename", "description", "content_type", "size", "width")
    names += ("height", "sha256", "object_key", "created_at", "state", "nonce")
    item = items.values({name: getattr(image, name) for name in names})
    return item | {"tags": {"L": [{"S": tag} for tag in image.tags]}}


def page(listed, names, behind=0):
    """Return the answer to a query that has more rows. names: the attributes of its last key.

    behind: how many rows at the end are left out. The next answer has the same rows, and the
    service drops a row at the position from which it reads on.
    """
    last = {name: listed[-1][name] for name in ("image_id", *names)}
    found = listed[: len(listed) - behind]
    return dynamodb({"Count": len(found), "Items": found, "LastEvaluatedKey": last})


def batch(found):
    """Return the answer to a read of many items."""
    return dynamodb({"Responses": {"images": list(found)}, "UnprocessedKeys": {}})


def dynamodb(body):
    """Return a whole answer of DynamoDB."""
    content = json.dumps(body, separators=(",", ":")).encode()
    head = f"{DYNAMODB_HEAD}x-amz-crc32: {zlib.crc32(content)}\r\n"
    return f"HTTP/1.1 200 OK\r\n{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


def s3(status, head="", body=b""):
    """Return a whole answer of S3."""
    return f"HTTP/1.1 {status}\r\n{S3_HEAD}{head}\r\n".encode() + body


WRITES = {name: dynamodb({}) for name in ("PutItem", "TransactWriteItems")} | {
    # A count of a tag, after the update.
    "UpdateItem": dynamodb({"Attributes": {"doc": {"N": "12"}}}),
    "PUT": s3("200 OK", 'ETag: "d41d8cd98f00b204e9800998ecf8427e"\r\nContent-Length: 0\r\n'),
    "DELETE": s3("204 No Content"),
    # A rendition is there; all objects are deleted.
    "HEAD": s3("200 OK", "Content-Type: image/webp\r\nContent-Length: 150000\r\n"),
    "POST": s3("200 OK", f"Content-Length: {len(DELETED)}\r\n", DELETED),
}
