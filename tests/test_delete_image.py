import pytest


def test_it_works(client, image_id, tmp_path):
    response = client.delete(f"/images/{image_id}")

    assert (response.status_code, response.data) == (204, b"")
    assert "Content-Type" not in response.headers
    assert client.get(f"/images/{image_id}").status_code == 404
    assert client.get("/images").json["count"] == 0
    assert [path for path in tmp_path.rglob("*") if image_id in str(path)] == []


def test_a_second_delete_finds_nothing(client, image_id):
    client.delete(f"/images/{image_id}")
    response = client.delete(f"/images/{image_id}")

    assert response.status_code == 404
    assert response.json["type"] == "/problems/image-not-found"


def test_only_the_one_named_goes(client, upload):
    first, second = (upload(tags="a").json["image_id"] for _ in range(2))

    client.delete(f"/images/{first}")

    for query in ("", "?user_id=ana", "?tags=a", "?tags=a&user_id=ana"):
        listed = client.get(f"/images{query}").json["images"]
        assert [image["image_id"] for image in listed] == [second]


@pytest.mark.parametrize("image_id", ["x", "0" * 32, "%00", "entry%23a", "*", "%2e%2e"])
def test_what_is_not_there_is_not_found(client, image_id):
    assert client.delete(f"/images/{image_id}").status_code == 404


def test_parameters_are_refused(client, image_id):
    assert client.delete(f"/images/{image_id}?force=1").status_code == 400
    assert client.get(f"/images/{image_id}").status_code == 200


def test_a_lost_object_does_not_stop_it(client, image_id, tmp_path):
    for path in (tmp_path / "data/objects/images").rglob("*"):
        if path.is_file():
            path.unlink()

    assert client.delete(f"/images/{image_id}").status_code == 204
