"""Bob has a token of his own, and changes no image of Ana's: for him it is not there."""

import json

import pytest

from tests.support.signed_tokens import SECRET, bearer

ANA, BOB = bearer("ana"), bearer("bob")
ADMIN = bearer("root", scope="images:admin")
# By name: method, what follows the image's path, body.
CHANGES = {
    "change": ("PATCH", "", {"description": "Bob"}),
    "trash": ("DELETE", "?trash=true", None),
    "restore": ("POST", "/restore", None),
}


@pytest.fixture
def app(new_app):
    return new_app(AUTH="jwt", JWT_SECRET=SECRET)


@pytest.fixture(params=["ready", "trashed", "pending", "refused"])
def image_id(request, begin, send, client, picture):
    """The id of an image of Ana's, in each state that is visible to her."""
    begun = begin(headers=ANA)
    image_id = begun.json["image_id"]
    if request.param != "pending":
        refused = request.param == "refused"
        send(begun.json["upload"], bytes(len(picture)) if refused else picture)
    if request.param == "trashed":
        client.delete(f"/images/{image_id}?trash=true", headers=ANA)
    assert client.get(f"/images/{image_id}", headers=ANA).json["status"] == request.param
    return image_id


def seen_by_ana(client, path):
    """Return what may change of an image, as Ana sees it."""
    image = client.get(path, headers=ANA).json
    return [image[name] for name in ("status", "version", "description", "trashed_at")]


@pytest.mark.parametrize("verb", CHANGES)
@pytest.mark.parametrize("condition", [{}, {"If-Match": "*"}, {"If-Match": '"x"'}])
def test_bob_changes_no_image_of_anas(client, image_id, verb, condition):
    path = f"/images/{image_id}"
    before = seen_by_ana(client, path)
    method, rest, body = CHANGES[verb]

    response = client.open(path + rest, method=method, json=body, headers=BOB | condition)

    assert response.status_code == 404
    assert seen_by_ana(client, path) == before


@pytest.mark.parametrize("action", ["delete", "trash", "restore", "update"])
def test_bobs_batches_reach_no_image_of_anas(client, image_id, action):
    path = f"/images/{image_id}"
    before = seen_by_ana(client, path)
    body = {"image_ids": [image_id, "0" * 32], "action": action}
    body |= {"changes": {"description": "Bob"}} if action == "update" else {}

    hers, none = client.post("/images/batch", json=body, headers=BOB).json["results"]

    assert hers["status"] == 404
    assert json.dumps(hers).replace(image_id, "0" * 32) == json.dumps(none)
    assert seen_by_ana(client, path) == before


@pytest.mark.parametrize("image_id", ["ready"], indirect=True)
def test_an_admin_changes_anyones(client, image_id):
    path = f"/images/{image_id}"
    for method, rest, body in CHANGES.values():
        assert client.open(path + rest, method=method, json=body, headers=ADMIN).status_code < 300
    batch = {"image_ids": [image_id], "action": "delete"}
    done = client.post("/images/batch", json=batch, headers=ADMIN).json["results"]

    assert [row["status"] for row in done] == [204]
