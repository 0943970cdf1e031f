import pytest

from service.common.version import VERSION


def test_health_touches_nothing(client, tmp_path):
    response = client.get("/health")

    assert (response.status_code, response.json) == (
        200,
        {"status": "ok", "version": VERSION},
    )
    assert list(tmp_path.iterdir()) == []


def test_ready_asks_the_stores(client):
    response = client.get("/ready")

    assert (response.status_code, response.json) == (200, {"status": "ready"})


@pytest.mark.parametrize("part", ["images.db", "objects"])
def test_ready_names_what_is_broken(client, tmp_path, part):
    (tmp_path / "data").mkdir()
    if part == "objects":
        (tmp_path / "data/objects").write_text("a file where the folder should be")
    else:
        (tmp_path / "data/images.db").mkdir()

    response = client.get("/ready")

    assert response.status_code == 503
    assert response.json["type"] == "/problems/storage-unavailable"
    assert part in response.json["detail"]
    assert response.headers["Retry-After"]
    assert client.get("/health").status_code == 200


def test_broken_stores_are_unavailable_not_faults(client, upload, tmp_path):
    (tmp_path / "data").write_text("a file where the folder should be")

    for response in (upload(), client.get("/images"), client.get("/images/" + "0" * 32)):
        assert response.status_code == 503
        assert str(tmp_path) not in response.text
