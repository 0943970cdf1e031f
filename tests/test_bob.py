"""Bob is another user with a token of his own: none of his requests may reach Ana's images."""

import pytest

from tests.support.signed_tokens import SECRET, bearer

ANA, BOB = bearer("ana"), bearer("bob")
ADMIN = bearer("root", scope="openid images:admin")
KEY = {"Idempotency-Key": "k1"}


@pytest.fixture
def app(new_app):
    return new_app(AUTH="jwt", JWT_SECRET=SECRET)


@pytest.fixture
def image_id(upload):
    """The id of an image of Ana's."""
    return upload(tags="cat,pet", headers=ANA).json["image_id"]


@pytest.fixture(params=["ready", "trashed", "pending", "refused"])
def any_image_id(request, image_id, begin, send, client, picture):
    """The id of an image of Ana's, in each state that is visible to her."""
    if request.param == "trashed":
        client.delete(f"/images/{image_id}?trash=true", headers=ANA)
    if request.param in ("ready", "trashed"):
        return image_id
    begun = begin(headers=ANA)
    if request.param == "refused":
        send(begun.json["upload"], bytes(len(picture)))
        client.get(begun.headers["Location"], headers=ANA)
    return begun.json["image_id"]


@pytest.fixture
def listed(client):
    """Return the image_ids that a caller can list."""

    def get(headers, **query):
        page = client.get("/images", query_string=query, headers=headers).json
        return [image["image_id"] for image in page["images"]]

    return get


@pytest.mark.parametrize("query", ["", "?download=true", "?expires_in=1"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_bob_views_no_image_of_anas(client, any_image_id, method, query):
    response = client.open(f"/images/{any_image_id}{query}", method=method, headers=BOB)

    assert response.status_code == 404


def test_bob_deletes_no_image_of_anas(client, any_image_id):
    response = client.delete(f"/images/{any_image_id}", headers=BOB)

    assert response.status_code == 404
    viewed = client.get(f"/images/{any_image_id}", headers=ANA)
    assert viewed.status_code == 200
    assert (
        not viewed.json["url"] or client.get(viewed.json["url"], buffered=True).status_code == 200
    )


@pytest.mark.parametrize("method", ["GET", "DELETE", "PATCH"])
def test_anas_image_looks_like_none_at_all(client, any_image_id, method):
    body = {"tags": ["a"]} if method == "PATCH" else None
    hers = client.open(f"/images/{any_image_id}", method=method, json=body, headers=BOB)
    none = client.open(f"/images/{'0' * 32}", method=method, json=body, headers=BOB)

    own = {"instance": 0, "request_id": 0}
    assert hers.json | own == none.json | own
    assert set(hers.headers.keys()) == set(none.headers.keys())


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_view_and_delete_take_no_user_id(client, image_id, method):
    path = f"/images/{image_id}?user_id=ana"

    assert client.open(path, method=method, headers=BOB).status_code == 400
    assert client.open(path, method=method, headers=ANA).status_code == 400


def test_bob_counts_his_own_tags_only(upload, client, image_id):
    upload(tags="cat", user_id="bob", headers=BOB)

    def tags(headers, query=""):
        rows = client.get(f"/tags{query}", headers=headers).json["tags"]
        return {row["tag"]: row["count"] for row in rows}

    assert tags(BOB) == tags(BOB, "?user_id=bob") == {"cat": 1}
    assert tags(ANA) == {"cat": 1, "pet": 1}
    assert tags(ADMIN) == {"cat": 2, "pet": 1}
    assert tags(ADMIN, "?user_id=ana") == tags(ANA)
    assert client.get("/tags?user_id=ana", headers=BOB).status_code == 403
    assert client.get("/tags").status_code == 401


def test_bob_lists_his_own_only(upload, listed, image_id):
    his = upload(tags="cat,pet", user_id="bob", headers=BOB).json["image_id"]

    assert listed(BOB) == listed(BOB, user_id="bob") == [his]
    assert listed(BOB, tags="cat") == [his]
    assert listed(BOB, tags="cat,pet", match="all") == [his]
    assert listed(ANA) == [image_id]


@pytest.mark.parametrize("query", [
    {"q": "cat"}, {"none": "dog"}, {"content_type": "image/png"}, {"order": "oldest"},
    {"created_after": "2026-01-01"}, {"tags": "cat,pet", "match": "all", "q": "PET"},
])  # fmt: skip
def test_no_filter_shows_bob_what_is_anas(upload, client, listed, image_id, query):
    his = upload(tags="cat,pet", user_id="bob", headers=BOB).json["image_id"]

    assert listed(BOB, **query) == listed(BOB, user_id="bob", **query) == [his]
    assert listed(BOB, **query, status="trashed") == []
    assert listed(ANA, **query) == [image_id]
    query |= {"user_id": "ana"}
    assert client.get("/images", query_string=query, headers=BOB).status_code == 403


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("user_id=ana", 403),
        ("user_id=nobody", 403),
        ("user_id=ana&tags=cat", 403),
        ("user_id=ana&limit=1", 403),
        ("user_id=BOB", 403),
        ("user_id=bob&user_id=ana", 400),
        ("user_id=", 200),
        ("user_id=*", 400),
        ("user_id=bob%23cat", 400),
        ("user=ana", 400),
        ("sub=ana", 400),
    ],
)
def test_bob_lists_only_his_own(client, image_id, query, status):
    response = client.get(f"/images?{query}", headers=BOB)

    assert response.status_code == status
    assert image_id not in response.text


@pytest.mark.parametrize("query", [{}, {"user_id": "ana"}, {"tags": "cat"}])
@pytest.mark.parametrize("whose", [ANA, ADMIN])
def test_anothers_cursor_is_refused(upload, client, query, whose):
    for user_id in ("ana", "ana", "bob", "root", "root"):
        upload(tags="cat", user_id=user_id, headers=ADMIN)
    first_page = {"limit": 1} | query
    page = client.get("/images", query_string=first_page, headers=whose).json

    next_page = {"cursor": page["next_cursor"], "tags": query.get("tags", "")}
    response = client.get("/images", query_string=next_page, headers=BOB)

    assert (response.status_code, response.json["type"]) == (400, "/problems/invalid-cursor")


def test_bobs_pages_stay_his(upload, client):
    for user_id in ("ana", "bob", "ana", "bob"):
        upload(user_id=user_id, headers=bearer(user_id))

    first = client.get("/images?limit=1", headers=BOB)
    second = client.get(first.headers["Link"].split(">")[0].lstrip("<"), headers=BOB)

    owners = [image["user_id"] for image in first.json["images"] + second.json["images"]]
    assert (owners, second.json["next_cursor"]) == (["bob", "bob"], None)


@pytest.mark.parametrize("key", [None, KEY])
def test_bob_uploads_nothing_for_ana(upload, upload_json, begin, listed, tmp_path, key):
    headers = BOB | (key or {})
    for post in (upload, upload_json, begin):
        response = post(headers=headers)
        assert (response.status_code, response.json["type"]) == (403, "/problems/forbidden")

    assert listed(ADMIN) == []
    assert not (tmp_path / "data" / "objects" / "images").exists()


def test_bob_names_ana_nowhere_else(upload, upload_json, client, listed):
    statuses = [
        upload(user_id=["bob", "ana"], headers=BOB).status_code,
        upload_json(user_id=["ana"], headers=BOB).status_code,
        upload_json(user_id="ana ", headers=BOB).status_code,
        upload_json(owner="ana", headers=BOB).status_code,
        client.post("/images?user_id=ana", json={}, headers=BOB).status_code,
    ]

    assert statuses == [400] * 5
    assert listed(ADMIN) == []


def test_an_upload_without_user_id_is_the_callers(upload, listed):
    his = upload(user_id=None, headers=BOB).json

    assert (his["user_id"], listed(BOB), listed(ANA)) == ("bob", [his["image_id"]], [])


def test_keys_are_each_users_own(upload, client):
    hers = upload(user_id=None, headers=ANA | KEY).json
    his = upload(user_id=None, headers=BOB | KEY).json
    again = upload(user_id=None, headers=ANA | KEY).json

    assert (hers["user_id"], his["user_id"]) == ("ana", "bob")
    assert again["image_id"] == hers["image_id"] != his["image_id"]
    assert client.get(f"/images/{hers['image_id']}", headers=BOB).status_code == 404


def test_a_signed_url_opens_its_own_image_only(upload, client):
    hers = upload(headers=ANA).json["url"]
    his = upload(user_id="bob", headers=BOB).json["url"]
    path, query = hers.split("?")[0], his.split("?")[1]

    assert client.get(f"{path}?{query}", headers=BOB).status_code == 403
    assert client.get(path, headers=BOB).status_code == 403
    assert client.get(hers, buffered=True).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"X-User-Id": "ana"},
        {"X-Forwarded-User": "ana"},
        {"X-Amzn-Oidc-Identity": "ana"},
        {"X-Amzn-Request-Context": '{"authorizer": {"jwt": {"claims": {"sub": "ana"}}}}'},
        {"X-Original-URL": "/health"},
        {"X-HTTP-Method-Override": "GET"},
        {"Remote-User": "ana"},
        {"Cookie": "user_id=ana"},
    ],
)
def test_headers_a_caller_sets_say_nothing(client, image_id, headers):
    path = f"/images/{image_id}"

    assert client.get(path, headers=headers).status_code == 401
    assert client.get(path, headers=BOB | headers).status_code == 404
    assert client.delete(path, headers=BOB | headers).status_code == 404


@pytest.mark.parametrize(
    "claims",
    [
        {"scope": "images:admin"},
        {"scope": "openid images:admin email"},
        {"scope": ["images:admin"]},
        {"scp": ["openid", "images:admin"]},
        {"scp": "images:admin", "scope": "openid"},
    ],
)
def test_an_admin_acts_for_anyone(upload, client, listed, image_id, claims):
    admin = bearer("root", **claims)
    his = upload(user_id="bob", headers=admin).json["image_id"]
    own = upload(user_id=None, headers=admin).json

    assert own["user_id"] == "root"
    assert set(listed(admin)) == {image_id, his, own["image_id"]}
    assert (listed(admin, user_id="ana"), listed(BOB)) == ([image_id], [his])
    assert client.get(f"/images/{image_id}", headers=admin).status_code == 200
    assert client.delete(f"/images/{image_id}", headers=admin).status_code == 204
    assert listed(ANA) == []


@pytest.mark.parametrize(
    "claims",
    [
        {"scope": "images:admins"},
        {"scope": "IMAGES:ADMIN"},
        {"scope": "images:admin,openid"},
        {"scope": [["images:admin"]]},
        {"scope": {"images:admin": True}},
        {"scope": True},
        {"scopes": "images:admin"},
        {"roles": ["images:admin"]},
        {"admin": True},
    ],
)
def test_nothing_else_makes_an_admin(client, image_id, claims):
    headers = bearer("bob", **claims)

    assert client.get(f"/images/{image_id}", headers=headers).status_code == 404
    assert client.get("/images?user_id=ana", headers=headers).status_code == 403
