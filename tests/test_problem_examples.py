"""Each problem's example is what the service really answers: each is caused here."""

import contextlib
import io

import pytest

from service.api.problems.problem_body import KINDS
from service.api.problems.problem_types import ANY_IMAGE, DETAILS, problem_types
from service.repositories.embedded.room import Room, Space
from tests.repositories.sample_images import sample
from tests.support import pictures
from tests.support.hostile_pictures import gif_screen
from tests.support.signed_tokens import SECRET, bearer

KEY = {"Idempotency-Key": "k1"}
# The server in front of the app answers these (tests/test_server.py), or nothing does.
OWN_MEMBERS = dict.fromkeys(
    ("changed-meanwhile", "image-not-ready", "image-trashed", "rendition-impossible"), ["instance"]
)
OWN_MEMBERS["idempotency-key-reused"] = ["image_id"]
OUTSIDE = {"expectation-failed", "headers-too-large", "image-refused", "request-timeout"}


class Broken:
    """A service with a fault."""

    def view(self, _user_id, _image_id, _rendition):
        raise RuntimeError("a fault")


class Interrupted:
    """Objects that call a function before their first put."""

    def __init__(self, objects, first):
        self.objects = objects
        self.first = first
        self.answer = None

    def put(self, image, file, thumb):
        first, self.first = self.first, None
        self.answer = first() if first else self.answer
        return self.objects.put(image, file, thumb)

    def __getattr__(self, name):
        return getattr(self.objects, name)


def post(client, data=None, headers=None, **fields):
    """Upload a picture of Ana's."""
    file = (io.BytesIO(pictures.png(8, 8) if data is None else data), "cat.png")
    form = {"user_id": "ana", "image_data": file} | fields
    return client.post("/images", data=form, headers=headers)


def key_in_progress(new_app):
    """Upload while an upload with the same key is being stored."""
    app = new_app()
    client, writes = app.test_client(), app.extensions["image_service"].writes
    writes.objects = Interrupted(writes.objects, lambda: post(app.test_client(), headers=KEY))
    assert post(client, headers=KEY).status_code == 201
    return writes.objects.answer


def key_reused(new_app):
    """Upload another picture with the same key."""
    client = new_app().test_client()
    post(client, headers=KEY)
    return post(client, pictures.png(9, 9), headers=KEY)


def key_spent(new_app):
    """Upload a deleted image again, with its key."""
    client = new_app().test_client()
    image_id = post(client, headers=KEY).json["image_id"]
    client.delete(f"/images/{image_id}")
    return post(client, headers=KEY)


def fault(new_app):
    """View an image of a service with a fault."""
    app = new_app()
    app.extensions["image_service"] = Broken()
    return app.test_client().get(ANY_IMAGE)


def busy(new_app):
    """Upload a picture while as many others as possible are being checked."""
    app = new_app()
    turns = app.extensions["image_service"].inspector.turns
    turns.seconds = 0
    with contextlib.ExitStack() as others:
        for _ in range(turns.small.free):
            others.enter_context(turns.one("bob", is_small=True))
        return post(app.test_client())


def refused(new_app):
    """View a direct upload whose bytes are not as declared; return the image's problem."""
    client, picture = new_app().test_client(), pictures.png(8, 8)
    fields = {"user_id": "ana", "filename": "a", "content_type": "image/jpeg"}
    begun = client.post("/images", json=fields | {"size": len(picture)}).json
    client.put(begun["upload"]["url"], data=picture, content_type="image/jpeg")
    return client.get(f"/images/{begun['image_id']}").json["problem"]


def no_length(new_app):
    """Send the bytes of a direct upload without a length, to a URL that is always the same."""
    app = new_app()
    image_id = "0123456789abcdef0123456789abcdef"
    app.extensions["image_service"].images.begin(sample(image_id=image_id, direct=True))
    address = f"/incoming/{image_id}/0123456789abcdef"
    fields = {"method": "PUT", "size": "137", "type": "image/png"}
    url, _end = app.extensions["store"].file_urls.presign(address.removeprefix("/"), 60, fields)
    return app.test_client().put(url)


def no_store(new_app):
    """View an image while a file has the name of the store's folder."""
    return new_app(DATA_DIR=__file__).test_client().get(ANY_IMAGE)


def no_room(new_app):
    """Upload to a full disk."""
    app = new_app()
    room = Room(app.extensions["settings"].data_dir, 0, lambda _folder: Space(0, 0))
    app.extensions["store"].objects.room = room
    return post(app.test_client())


def no_keys(new_app):
    """Send a token while the issuer's keys cannot be fetched: nothing listens on that port."""
    closed = new_app(AUTH="jwt", JWT_JWKS_URL="http://127.0.0.1:9/keys").test_client()
    return closed.get("/images", headers=bearer("ana"))


def no_token(new_app):
    """Send no token where one is required."""
    return new_app(AUTH="jwt", JWT_SECRET=SECRET).test_client().get("/images")


def another_user(new_app):
    """Ask for Bob's images with a token of Ana's."""
    closed = new_app(AUTH="jwt", JWT_SECRET=SECRET).test_client()
    return closed.get("/images?user_id=bob", headers=bearer("ana"))


def no_rendition(new_app):
    """Ask for a rendition of a file whose structure is right, and whose picture is none."""
    client = new_app().test_client()
    image = post(client, pictures.avif()[:-60] + bytes(60)).json
    return client.get(f"/images/{image['image_id']}?rendition=thumb")


def quota_exceeded(new_app):
    """Upload a second picture where the quota is one."""
    client = new_app(MAX_IMAGES_PER_USER="1").test_client()
    post(client)
    return post(client)


def too_many(new_app):
    """Send two requests in a minute where one is allowed."""
    client = new_app(RATE_LIMIT="1/minute").test_client()
    client.get("/images")
    return client.get("/images")


def changed(new_app, state, headers=None):
    """Change an image in a state: one of Ana's, or one that waits for its bytes."""
    client = new_app().test_client()
    fields = {"user_id": "ana", "filename": "a", "content_type": "image/jpeg", "size": 9}
    image = client.post("/images", json=fields) if state == "pending" else post(client)
    path = f"/images/{image.json['image_id']}"
    if state == "trashed":
        client.delete(f"{path}?trash=true")
    return client.patch(path, json={"tags": ["a"]}, headers=headers)


# By code: the upload's fields, the posted body, the path to GET, or a function that causes it.
UPLOADS = {
    "empty-image": {"data": b""},
    "strip-impossible": {"data": pictures.gif(), "strip": "true"},
    "too-many-pixels": {"data": gif_screen(20000, 10000)},
    "unreadable-image": {"data": pictures.png()[:-20]},
    "unsupported-image": {"data": b"I am a picture"},
}
BODIES = {
    "bad-request": {"json": []},
    "too-large": {"json": {"user_id": "ana", "filename": "a", "image_data": "AAAA" * 3495254}},
    "unsupported-body": {"data": "x"},
}
PATHS = {
    "image-not-found": ANY_IMAGE,
    "invalid-cursor": "/images?cursor=x",
    "invalid-fields": "/images?limit=0",
    "invalid-url": f"/files{ANY_IMAGE}/0123456789abcdef",
    "not-found": "/nothing",
    "url-too-long": "/images?tags=" + "a" * 8190,
}
SITUATIONS = {
    "changed-meanwhile": lambda new_app: changed(new_app, "ready", {"If-Match": '"x"'}),
    "image-not-ready": lambda new_app: changed(new_app, "pending"),
    "image-trashed": lambda new_app: changed(new_app, "trashed"),
    "forbidden": another_user,
    "idempotency-key-in-progress": key_in_progress,
    "idempotency-key-reused": key_reused,
    "idempotency-key-spent": key_spent,
    "internal-error": fault,
    "keys-unavailable": no_keys,
    "length-required": no_length,
    "quota-exceeded": quota_exceeded,
    "rendition-impossible": no_rendition,
    "service-busy": busy,
    "storage-full": no_room,
    "storage-unavailable": no_store,
    "too-many-requests": too_many,
    "unauthorized": no_token,
}


def cause(code, new_app):
    """Cause a problem; return the answer."""
    if code in SITUATIONS:
        return SITUATIONS[code](new_app)
    client = new_app().test_client()
    if code in UPLOADS:
        return post(client, **UPLOADS[code])
    if code in BODIES:
        return client.post("/images", **BODIES[code])
    return client.get(PATHS[code]) if code in PATHS else client.put("/images")


def test_the_example_is_what_a_refused_image_tells(new_app):
    problem = refused(new_app)

    assert problem.items() <= problem_types()["not-as-declared"].example.items()


def test_no_example_is_left_over():
    assert set(DETAILS) <= set(KINDS) - OUTSIDE


@pytest.mark.parametrize("code", sorted(set(KINDS) - OUTSIDE - {"not-as-declared"}))
def test_the_example_is_what_is_answered(code, new_app):
    kind = problem_types()[code]

    response = cause(code, new_app)

    assert response.content_type == "application/problem+json"
    assert response.status_code == kind.status
    own = {name: kind.example[name] for name in {"request_id", *OWN_MEMBERS.get(code, ())}}
    assert response.json | own == kind.example
    assert set(kind.headers) <= set(response.headers.keys())
