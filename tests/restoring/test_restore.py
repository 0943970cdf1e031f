"""`python main.py restore`: images come back as they were, once, and nothing else changes."""

import pytest

from service.models.image import PENDING, TRASHED, now_text
from service.operators.bags import layout
from service.repositories.embedded.room import Space
from tests.restoring.restored_stores import (
    answers,
    edit,
    faults,
    held,
    listed,
    originals,
    records_of,
)
from tests.support import pictures
from tests.support.moments import await_next_moment


@pytest.fixture
def images(source, upload, export):
    """Two ready images of the source, one of them keyed, and one in its trash; exported."""
    first = upload(source, key="k", tags="a,b", description="Línea 1\nTwo 😀")
    second = upload(source, data=pictures.jpeg(20, 10), name="b.jpg", user_id="Bob@x", tags="a")
    third = upload(source, tags="b")
    client = source.test_client()
    assert client.patch(f"/images/{second}", json={"description": "Mine."}).status_code == 200
    assert client.delete(f"/images/{third}?trash=true").status_code == 204
    export()
    return first, second, third


def test_it_works(source, images, new_store, restore):
    app = new_store()

    figures, said = restore(app)

    assert (figures, said) == ({"restored": 3}, "")
    assert answers(app) == answers(source)
    assert originals(app) == originals(source)
    for query in ({}, {"user_id": "ana"}, {"tags": ["a"]}, {"trashed": True}):
        assert listed(app, **query) == listed(source, **query)
    assert app.test_client().get("/tags").json == source.test_client().get("/tags").json
    assert faults(app) == 0


def test_a_second_run_writes_nothing(images, new_store, restore):
    app = new_store()
    restore(app)
    before = held(app)

    figures, said = restore(app)

    assert (figures, said) == ({"present": 3}, "")
    assert held(app) == before


def test_an_export_of_it_is_the_same(images, new_store, restore, bag, tmp_path):
    app = new_store()
    restore(app)

    result = app.test_cli_runner().invoke(args=["export", str(tmp_path / "again")])

    assert result.exit_code == 0
    again = (tmp_path / "again" / layout.RECORDS).read_bytes()
    assert again == (bag / layout.RECORDS).read_bytes()


def test_the_trash_is_the_trash_again(images, new_store, restore):
    app = new_store()

    restore(app)

    trashed = images[2]
    record = app.extensions["store"].images.get(trashed)
    assert (record.state, record.due_at, record.tidy_at) == (TRASHED, record.purged_at, None)
    assert app.test_client().post(f"/images/{trashed}/restore").status_code == 200
    assert trashed in listed(app, user_id="ana", tags=["b"])
    assert faults(app) == 0


def test_what_was_deleted_since_stays_deleted(images, new_store, restore):
    app = new_store()
    restore(app)
    app.test_client().delete(f"/images/{images[0]}")
    before = held(app)

    figures, said = restore(app)

    assert figures == {"present": 2, "deleted": 1}
    assert said == (
        f"Not restored (deleted): image {images[0]}: It was deleted since, and stays deleted.\n"
    )
    assert held(app) == before


def test_what_was_changed_since_stays_changed(images, new_store, restore):
    app = new_store()
    restore(app)
    client = app.test_client()
    client.patch(f"/images/{images[0]}", json={"tags": ["new"]})
    client.delete(f"/images/{images[1]}?trash=true")
    before = held(app)

    figures, _ = restore(app)

    assert figures == {"present": 3}
    assert held(app) == before


def test_a_key_is_known_again(images, source, new_store, restore, upload):
    app = new_store()
    restore(app)
    picture = originals(source)[images[0]]

    again = upload(app, key="k", data=picture, tags="a,b", description="Línea 1\nTwo 😀")

    assert again == images[0]
    assert upload(app, key="k", data=picture, code=422) == images[0]


def test_another_image_under_its_id_stays(images, new_store, restore, upload):
    app = new_store()
    other = upload(app, key="k", data=pictures.png(3, 3))

    figures, said = restore(app, code=1)

    assert other == images[0]
    assert figures == {"restored": 2, "different": 1}
    assert f"image {other}: There is another image of this image_id" in said
    assert answers(app)[other]["width"] == 3


def test_also_where_other_bytes_were_deleted(images, new_store, restore, upload):
    app = new_store()
    other = upload(app, key="k", data=pictures.png(3, 3))
    app.test_client().delete(f"/images/{other}")

    figures, _ = restore(app)

    assert other == images[0]
    assert figures == {"restored": 2, "deleted": 1}


def test_an_attempt_that_died_is_taken_over(images, new_store, restore, source):
    app = new_store()
    dead = source.extensions["store"].images.get(images[0])
    images_of = app.extensions["store"].images
    dead.state, dead.due_at, dead.created_at = PENDING, now_text(), "2026-02-13T09:30:00.123Z"
    assert images_of.begin(dead)

    figures, _ = restore(app)

    record = images_of.get(images[0])
    assert figures == {"restored": 3}
    # Bytes of the attempt that died may still be there: a sweep looks.
    assert (record.attempts, bool(record.due_at)) == (2, True)


def test_a_running_attempt_is_left_alone(images, new_store, restore, source):
    app = new_store()
    running = source.extensions["store"].images.get(images[0])
    running.state, running.due_at, running.created_at = PENDING, now_text(600), now_text()
    assert app.extensions["store"].images.begin(running)

    figures, said = restore(app, code=1)

    assert figures == {"restored": 2, "busy": 1}
    assert f"image {images[0]}: Another request works on it: run the command again." in said


def test_a_direct_upload_is_left_alone(images, new_store, restore):
    app = new_store()
    body = {"user_id": "ana", "filename": "cat.png", "size": 5, "content_type": "image/png"}
    begun = app.test_client().post("/images", json=body, headers={"Idempotency-Key": "k"})
    assert (begun.status_code, begun.json["image_id"]) == (202, images[0])
    before = held(app)[0][images[0]]

    figures, _ = restore(app, code=1)

    assert figures == {"restored": 2, "different": 1}
    assert held(app)[0][images[0]] == before


def test_what_was_condemned_is_brought_back(images, new_store, restore, source):
    app = new_store()
    store = app.extensions["store"].images
    dead = source.extensions["store"].images.get(images[0])
    dead.state, dead.due_at, dead.sha256 = PENDING, now_text(), "0" * 64
    assert store.begin(dead)
    assert store.condemn(dead, now_text())

    figures, _ = restore(app)

    assert figures == {"restored": 3}


@pytest.mark.parametrize("settings", [{"MAX_IMAGES_PER_USER": "1"}, {"MAX_BYTES_PER_USER": "99"}])
def test_a_full_quota_is_named(images, new_store, restore, settings):
    app = new_store(**settings)

    figures, said = restore(app, code=1)

    assert figures["failed"] >= 1
    assert f"Its user has no room for it: raise {list(settings)[0]}, or set 0." in said
    assert faults(app) == 0
    assert len(answers(app)) == figures.get("restored", 0)


def test_a_quota_counts_what_came_back(images, new_store, restore, source):
    app = new_store(MAX_IMAGES_PER_USER="2")

    restore(app)

    counted = app.extensions["store"].images.usages()
    assert (counted["ana"].images, counted["Bob@x"].images) == (2, 1)
    assert faults(app) == 0


def test_what_the_trash_would_not_keep_does_not_return(
    new_embedded, upload, bag, new_store, restore
):
    old = new_embedded(TRASH_DAYS="0")
    image_id = upload(old)
    old.test_client().delete(f"/images/{image_id}?trash=true")
    old.test_cli_runner().invoke(args=["export", str(bag)])
    await_next_moment()
    app = new_store()

    figures, said = restore(app)

    assert figures == {"expired": 1}
    assert "It was in the trash, and its time there is over." in said
    assert held(app) == ({}, {})


def test_what_is_refused_today_comes_back_without_a_thumb(images, new_store, restore, source):
    app = new_store(MAX_IMAGE_PIXELS="10")

    figures, _ = restore(app)

    assert figures == {"restored": 3}
    assert originals(app) == originals(source)
    assert [one["renditions"] for one in answers(app).values()] == [{}, {}, {}]
    assert faults(app) == 0


def test_a_remembered_fault_is_kept(images, new_store, restore, bag):
    fault = {"thumb": {"fault": "It cannot be decoded."}}
    edit(bag, lambda record: record["doc"].update(renditions=fault))
    app = new_store()

    restore(app)

    image_id = records_of(bag)[0]["image_id"]
    assert app.extensions["store"].images.get(image_id).renditions == fault
    assert f"/{image_id}/" not in "".join(key for key in held(app)[1] if key.endswith(".webp"))


def test_fields_of_a_newer_version_are_kept(images, new_store, restore, bag):
    edit(bag, lambda record: record["doc"].update(stars=5, places=["sea"]))
    app = new_store()

    figures, _ = restore(app)

    record = app.extensions["store"].images.get(records_of(bag)[0]["image_id"])
    assert figures == {"restored": 3}
    assert record.unknown == {"stars": 5, "places": ["sea"]}


def test_a_store_that_is_not_there_is_named(images, new_aws, restore):
    _, said = restore(new_aws(TABLE_NAME="nowhere"), code=1)

    assert said.startswith("Error: The store is not ready: table nowhere")
    assert "`python main.py provision` makes what is missing" in said


def test_a_full_disk_stops_it(images, new_embedded, restore):
    app = new_embedded()
    answers_left = [Space(1 << 40, 1 << 20)] * 5
    room = app.extensions["store"].objects.room
    room.free_space = lambda _folder: answers_left.pop() if answers_left else Space(0, 1 << 20)

    _, said = restore(app, code=1)

    assert said.startswith("Error: The store is full: make room, then run the command again.")
    assert faults(app) == 0
