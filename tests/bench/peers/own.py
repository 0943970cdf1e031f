"""This service beside its peers: on either store, as shipped, with AUTH=jwt."""

import contextlib
import time

import jwt

from tests.bench import processes, samples
from tests.bench.peers.contestants import (
    FETCH,
    LIST,
    UPLOAD,
    VIEW,
    Contestant,
    Work,
    fresh_deletes,
)
from tests.bench.peers.messages import form_request, request, send
from tests.bench.stand_in import address

NAME = "this service"
SECRET = "a secret of thirty-two characters"
USER = samples.FIELDS["user_id"]
LIST_OF_20 = f"/images?user_id={USER}&limit=20"
APART = "this service, validation and thumb apart"
NOT_DONE = "nothing is left out"
NOT_CHECKED = "checks no picture, makes no thumb: it was told before what it would find"
UNCHECKED = "tests.bench.known:app"
OF_STORES = "nothing is left out; S3 and DynamoDB flush for themselves"


def authorised():
    """Return headers with a token of the user that is good for a day."""
    now = int(time.time())
    said = {"sub": USER, "iat": now, "exp": now + 86400}
    return {"Authorization": f"Bearer {jwt.encode(said, SECRET, algorithm='HS256')}"}


@contextlib.contextmanager
def embedded(folder, app="main:app"):
    """Run the service with its data in a folder; give a Contestant."""
    with served({"DATA_DIR": str(folder)}, app) as server:
        yield on_files(server)


@contextlib.contextmanager
def on_aws(store, images, app="main:app"):
    """Run the service on a stand-in for S3 and DynamoDB; give a Contestant.

    images: what the stand-in has. Whatever is deleted there, it answers the same.
    """
    settings = {"BUCKET_NAME": "images", "TABLE_NAME": "images", "AWS_ENDPOINT_URL": address(store)}
    headers = authorised()
    image_id = images[0].image_id
    with served(settings, app) as server:
        works = [
            Work(VIEW, [request("GET", f"/images/{image_id}", headers)]),
            Work(LIST, [request("GET", LIST_OF_20, headers)]),
            Work(UPLOAD, [upload_request(headers)]),
        ]

        def deletes(count):
            return [deleting(headers)(image_id)] * count

        yield Contestant(NAME, server, works, deletes, OF_STORES)


@contextlib.contextmanager
def apart(started):
    """Give a Contestant's uploads alone. started: one that runs the app of UNCHECKED."""
    with started as known:
        known.name, known.not_done, known.deletes = APART, NOT_CHECKED, None
        known.works = [work for work in known.works if work.kind == UPLOAD]
        yield known


def served(settings, app):
    """Run the service with these settings and AUTH=jwt."""
    return processes.gunicorn(settings | {"AUTH": "jwt", "JWT_SECRET": SECRET}, app=app)


def on_files(server):
    """Return the Contestant on the embedded store, its first images uploaded."""
    headers = authorised()
    upload = upload_request(headers)
    for _ in range(40):
        send(server.port, upload)
    page = request("GET", LIST_OF_20, headers)
    kept = send(server.port, page)["images"]

    def newest():
        cursor = ""
        while cursor is not None:
            path = f"/images?user_id={USER}&limit=100{cursor and f'&cursor={cursor}'}"
            found = send(server.port, request("GET", path, headers))
            yield from (one["image_id"] for one in found["images"])
            cursor = found["next_cursor"]

    works = [
        Work(VIEW, [request("GET", f"/images/{one['image_id']}", headers) for one in kept]),
        Work(LIST, [page]),
        Work(FETCH, [samples.load_from(one["url"]).bytes for one in kept]),
        Work(UPLOAD, [upload]),
    ]
    ids = {one["image_id"] for one in kept}
    deletes = fresh_deletes(server, upload, newest, ids, deleting(headers))
    return Contestant(NAME, server, works, deletes, NOT_DONE)


def upload_request(headers):
    """Return the upload of the small picture with its three tags."""
    return form_request("/images", headers, samples.FIELDS, "image_data")


def deleting(headers):
    """Return a function that returns the request to delete an image."""
    return lambda image_id: request("DELETE", f"/images/{image_id}", headers)
