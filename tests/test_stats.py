"""How much is stored: `python main.py stats` and the gauges of /metrics always agree."""

import json

import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.repositories.embedded.room import RESERVED_BYTES, Room, Space
from tests.support import pictures

GAUGES = {
    ("stored_images", "ready"): "images",
    ("stored_bytes", "ready"): "bytes",
    ("stored_images", "trashed"): "trashed_images",
    ("stored_bytes", "trashed"): "trashed_bytes",
    ("users", None): "users",
    ("free_bytes", None): "free_bytes",
}
SIZE = len(pictures.png(8, 8))


@pytest.fixture
def app(new_app, tmp_path):
    """An app with METRICS=1, on a disk with room for 1000 bytes."""
    app = new_app(METRICS="1")
    space = Space(RESERVED_BYTES + 1000, 10_000)
    app.extensions["store"].objects.room = Room(tmp_path, 0, lambda _folder: space)
    return app


def command(app, *options):
    """Return what the command prints."""
    result = app.test_cli_runner().invoke(args=["stats", *options])
    assert result.exit_code == 0, result.output
    return result.stdout


def gauges(client):
    """Return the figures on the page of metrics, by the names that the command gives them."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    samples = [sample for family in families for sample in family.samples]
    keys = {
        (sample.name.removeprefix("image_service_"), sample.labels.get("state")): sample.value
        for sample in samples
    }
    return {GAUGES[key]: value for key, value in keys.items() if key in GAUGES}


@pytest.fixture
def figures(app, client, sweep):
    """Return (images, trashed images, users): page and command agree, the audit finds no fault."""

    def read():
        told = json.loads(command(app, "--json"))
        assert gauges(client) == told
        assert told["free_bytes"] == 1000
        assert told["bytes"] == told["images"] * SIZE
        assert told["trashed_bytes"] == told["trashed_images"] * SIZE
        assert sweep("--audit")["miscounted_totals"] == 0
        return told["images"], told["trashed_images"], told["users"]

    return read


def test_people_read_lines(app, upload):
    upload(pictures.png(100, 100))

    lines = command(app).splitlines()

    assert lines[0] == "images                                 1"
    assert lines[4] == "users with images                      1"
    assert lines[5] == "bytes free for uploads             1,000 (0.0 MiB)"


def test_an_image_is_counted_where_it_is(client, upload, figures):
    assert figures() == (0, 0, 0)
    address = f"/images/{upload().json['image_id']}"
    upload(user_id="bob")
    assert figures() == (2, 0, 2)
    client.delete(f"{address}?trash=true")
    assert figures() == (1, 1, 2)
    client.patch(address, json={"tags": ["a"]})
    client.post(f"{address}/restore")
    assert figures() == (2, 0, 2)
    client.patch(address, json={"filename": "b.png", "tags": ["b"]})
    assert figures() == (2, 0, 2)
    client.delete(address)
    assert figures() == (1, 0, 1)


def test_a_direct_upload_counts_when_it_is_complete(begin, send, client, figures):
    begun = begin().json
    assert figures() == (0, 0, 0)
    send(begun["upload"])
    client.get(f"/images/{begun['image_id']}")
    assert figures() == (1, 0, 1)


def test_a_refused_direct_upload_never_counts(begin, send, client, figures):
    begun = begin().json
    send(begun["upload"], data=bytes(SIZE))

    assert client.get(f"/images/{begun['image_id']}").json["status"] == "refused"
    assert figures() == (0, 0, 0)


def test_batches_are_counted(client, upload, figures):
    image_ids = [upload(user_id=user).json["image_id"] for user in ("ana", "ana", "bob")]

    for action, after in (
        ("trash", (0, 3, 2)), ("restore", (3, 0, 2)), ("trash", (0, 3, 2)), ("delete", (0, 0, 0)),
    ):  # fmt: skip
        client.post("/images/batch", json={"image_ids": image_ids, "action": action})
        assert figures() == after


def test_what_is_repeated_counts_once(client, upload, figures):
    for _ in range(2):
        image_id = upload(headers={"Idempotency-Key": "a"}).json["image_id"]
    assert figures() == (1, 0, 1)
    for _ in range(2):
        client.delete(f"/images/{image_id}?trash=true")
    assert figures() == (0, 1, 1)
    for _ in range(2):
        client.delete(f"/images/{image_id}")
    assert figures() == (0, 0, 0)


def test_a_refused_change_changes_no_total(client, image_id, figures):
    client.delete(f"/images/{image_id}?trash=true", headers={"If-Match": '"no"'})
    client.delete(f"/images/{image_id}?user_id=bob")

    assert figures() == (1, 0, 1)


@pytest.mark.parametrize(
    "sql", ["UPDATE totals SET bytes = 7 WHERE user_id = 'ana'", "DELETE FROM totals"]
)
def test_wrong_totals_are_found_and_corrected(app, upload, sweep, figures, sql):
    upload()
    upload(user_id="bob")
    with app.extensions["store"].database.writing("test") as connection:
        wrong = connection.execute(sql).rowcount

    assert sweep("--audit", code=1)["miscounted_totals"] == wrong
    assert sweep("--recount")["totals_corrected"] == wrong
    assert sweep("--recount")["totals_corrected"] == 0
    assert figures() == (2, 0, 2)


def test_a_full_disk_has_no_room(app, client, tmp_path):
    room = Room(tmp_path, 10, lambda _folder: Space(RESERVED_BYTES + 9, 10_000))
    app.extensions["store"].objects.room = room

    assert gauges(client)["free_bytes"] == 0


def test_the_page_is_there_while_the_store_fails(new_app):
    broken = new_app(METRICS="1", DATA_DIR=__file__)

    assert gauges(broken.test_client()) == {}
    assert broken.test_client().get("/metrics").status_code == 200
    assert broken.test_cli_runner().invoke(args=["stats"]).exit_code == 1
