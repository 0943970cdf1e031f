"""Supabase Storage: a Node server with PostgreSQL, and files or S3.

It is measured where SUPABASE_STORAGE names a folder with its source, built, and PostgreSQL is
installed.
"""

import contextlib
import os
import time
from pathlib import Path

import jwt

from tests.bench import samples
from tests.bench.peers.contestants import FETCH, LIST, UPLOAD, VIEW, Contestant, Work
from tests.bench.peers.generator import DIGITS, NUMBER, generator
from tests.bench.peers.messages import form_request, json_request, request, send
from tests.bench.peers.own import SECRET
from tests.bench.peers.postgresql import postgresql, programs
from tests.bench.processes import free_port, running
from tests.bench.stand_in import address, s3

NAME = "Supabase Storage"
PROGRAM = "dist/start/server.js"
START_SECONDS = 30
BUCKET = "pics"
NAMES = [f"{number:03}.jpg" for number in range(20)]
NOT_DONE = "does not look at the bytes; makes no thumb at upload; counts no tags; no row policies"
SETTINGS = {
    "NODE_ENV": "production",
    "LOG_LEVEL": "error",
    "SERVER_HOST": "127.0.0.1",
    "SERVER_REGION": "local",
    "AUTH_JWT_SECRET": SECRET,
    "AUTH_JWT_ALGORITHM": "HS256",
    "DB_INSTALL_ROLES": "true",
    "DB_ANON_ROLE": "anon",
    "DB_SERVICE_ROLE": "service_role",
    "DB_AUTHENTICATED_ROLE": "authenticated",
    "DB_SUPER_USER": "postgres",
    "UPLOAD_FILE_SIZE_LIMIT": "524288000",
    "UPLOAD_FILE_SIZE_LIMIT_STANDARD": "52428800",
    "TENANT_ID": "one",
    "PG_QUEUE_ENABLE": "false",
    "IMAGE_TRANSFORMATION_ENABLED": "false",
    "RATE_LIMITER_ENABLED": "false",
    "S3_PROTOCOL_ENABLED": "false",
    "STORAGE_S3_BUCKET": "images",
    "STORAGE_S3_REGION": "us-east-1",
}
S3_MANY_SOCKETS = {"STORAGE_S3_MAX_SOCKETS": "200", "STORAGE_S3_FORCE_PATH_STYLE": "true"}


def source():
    """Return the folder of its source, or None; says why there is none."""
    folder = os.environ.get("SUPABASE_STORAGE")
    if not folder:
        print("NOT MEASURED: Supabase Storage: SUPABASE_STORAGE names no folder", flush=True)
    elif not Path(folder, PROGRAM).exists():
        print(f"NOT MEASURED: Supabase Storage: no {PROGRAM} in {folder}", flush=True)
    elif not programs():
        print("NOT MEASURED: Supabase Storage: PostgreSQL is not installed", flush=True)
    else:
        return Path(folder)
    return None


@contextlib.contextmanager
def on_files(folder):
    """Run it with its files in a folder; give a Contestant, or None."""
    settings = {"STORAGE_BACKEND": "file", "STORAGE_FILE_BACKEND_PATH": str(folder / "files")}
    with served(folder, settings) as contestant:
        yield contestant


@contextlib.contextmanager
def on_s3(folder, store):
    """Run it on a stand-in for S3; give a Contestant, or None."""
    settings = {"STORAGE_BACKEND": "s3", "STORAGE_S3_ENDPOINT": address(store)}
    with served(folder, settings | S3_MANY_SOCKETS) as contestant:
        yield contestant


@contextlib.contextmanager
def served(folder, settings):
    """Run it with these settings and a PostgreSQL of its own; give a Contestant, or None."""
    place = source()
    if not place:
        yield None
        return
    (folder / "files").mkdir()
    with postgresql(folder / "postgresql") as (database, database_address):
        port = free_port()
        own = {"SERVER_PORT": str(port), "SERVER_ADMIN_PORT": str(free_port())}
        environment = SETTINGS | settings | own | {"DATABASE_URL": database_address}
        with running(["node", place / PROGRAM], port, environment, folder=place) as server:
            yield contestant(server, database)


def contestant(server, database):
    """Return the Contestant, its bucket and first images made."""
    now = int(time.time())
    said = {"role": "service_role", "iat": now, "exp": now + 86400}
    headers = {"Authorization": f"Bearer {jwt.encode(said, SECRET, algorithm='HS256')}"}
    new_bucket(server.port, headers)

    def upload(name):
        # Its file's field has no name.
        return form_request(f"/object/{BUCKET}/{name}", headers, {"cacheControl": "3600"}, "")

    for name in NAMES:
        send(server.port, upload(f"kept/{name}"))
    return Contestant(
        NAME,
        server,
        works(headers, upload(f"new/{NUMBER}.jpg")),
        lambda count: deletes(server.port, headers, upload(f"gone/{NUMBER}.jpg"), count),
        NOT_DONE,
        database,
    )


def new_bucket(port, headers):
    """Make the bucket, as soon as the server has made its tables."""
    wanted = {"name": BUCKET, "id": BUCKET, "public": False}
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            return send(port, json_request("POST", "/bucket", headers, wanted))
        except (OSError, ValueError):
            if time.monotonic() > end:
                raise
        time.sleep(0.2)


def works(headers, upload):
    """Return what it is asked."""

    def sign(name):
        path = f"/object/sign/{BUCKET}/kept/{name}"
        return json_request("POST", path, headers, {"expiresIn": 3600})

    infos = [request("GET", f"/object/info/{BUCKET}/kept/{name}", headers) for name in NAMES]
    signs = [sign(name) for name in NAMES]
    order = {"prefix": "kept", "limit": 20, "sortBy": {"column": "created_at", "order": "desc"}}
    page = json_request("POST", f"/object/list/{BUCKET}", headers, order)
    many = {"expiresIn": 3600, "paths": [f"kept/{name}" for name in NAMES]}
    signed = json_request("POST", f"/object/sign/{BUCKET}", headers, many)
    files = [f"/object/authenticated/{BUCKET}/kept/{name}" for name in NAMES]
    pairs = [one for pair in zip(infos, signs, strict=True) for one in pair]
    return [
        Work(VIEW, pairs, 2, "info and sign, two requests"),
        Work(VIEW, signs, name="sign alone, no metadata"),
        Work(LIST, [page, signed], 2, "list and sign, two requests"),
        Work(FETCH, [request("GET", path, headers) for path in files]),
        Work(UPLOAD, [upload]),
    ]


def deletes(port, headers, upload, count):
    """Upload so many images; return the requests that delete them."""
    first = generator.number
    generator.send(port, [upload] * count)
    names = [f"gone/{number:0{DIGITS}}.jpg" for number in range(first, first + count)]
    return [request("DELETE", f"/object/{BUCKET}/{name}", headers) for name in names]


def s3_answers():
    """Return S3's answers to it, by method: of an image that is always there."""
    content = samples.picture(samples.SMALL)
    tag = 'ETag: "d41d8cd98f00b204e9800998ecf8427e"\r\n'
    told = f"{tag}Last-Modified: Sun, 22 Nov 2026 12:00:00 GMT\r\nContent-Type: image/jpeg\r\n"
    sized = f"{told}Content-Length: {len(content)}\r\n"
    return {
        "PUT": s3("200 OK", f"{tag}Content-Length: 0\r\n"),
        "DELETE": s3("204 No Content"),
        "GET": s3("200 OK", sized, content),
        "HEAD": s3("200 OK", sized),
        # A multipart upload starts and ends with the same answer, which has what both need.
        "POST": s3("200 OK", f"Content-Length: {len(MULTIPART)}\r\n", MULTIPART),
    }


MULTIPART = (
    b"<?xml version='1.0' encoding='UTF-8'?><Result><Bucket>b</Bucket><Key>k</Key>"
    b"<UploadId>u</UploadId><Location>l</Location><ETag>e</ETag></Result>"
)
