"""This version opens the data of the first version: nothing is lost, nothing happens twice."""

import hashlib
import json
from pathlib import Path

import pytest

from tests.support import pictures
from tests.upgrades.story import object_keys
from tests.upgrades.uploads import as_recorded, ask, bytes_of, fetch, form, keyed, send
from tests.upgrades.write_fixture import CHECKSUMS, checksums

FOLDER = Path(__file__).with_name("version_1")
ONE_MORE = form("ana", "more.png", pictures.png(3, 3))


@pytest.fixture
def folder():
    return FOLDER


@pytest.fixture
def records(app):
    return app.extensions["image_service"].images


def test_it_works(uploads, view):
    ready = uploads("ready")

    answers = [view(upload) for upload in ready]

    assert {answer.status_code for answer in answers} == {200}
    for upload, answer in zip(ready, answers, strict=True):
        assert as_recorded(answer.json, upload) == upload["image"]


def test_the_files_are_as_they_were_written():
    recorded = json.loads((FOLDER / CHECKSUMS).read_text())

    found = checksums(FOLDER)

    assert len(found) > 20
    assert found == recorded


def test_bytes_are_what_they_were(client, uploads, view):
    ready = uploads("ready")

    served = [fetch(client, view(upload).json["url"]) for upload in ready]

    assert served == [bytes_of(upload["request"]) for upload in ready]
    digests = [hashlib.sha256(data).hexdigest() for data in served]
    assert digests == [upload["image"]["sha256"] for upload in ready]


def test_lists_are_what_they_were(expected, listed):
    lists = [listed(one["query"]) for one in expected["lists"]]

    assert lists
    assert lists == [one["ids"] for one in expected["lists"]]


def test_cursors_go_on_where_they_stopped(expected, listed):
    rests = [listed(one["query"], cursor=one["cursor"]) for one in expected["lists"]]

    assert all(rests)
    assert rests == [one["after"] for one in expected["lists"]]


def test_a_retry_gets_the_image_made_before(client, uploads, sweep):
    made = keyed(uploads("ready"))
    before = sweep("--audit")

    answers = [ask(client, upload["request"]) for upload in made]

    assert {upload["request"]["way"] for upload in made} == {"form", "json", "direct"}
    assert {answer.status_code for answer in answers} == {201}
    for upload, answer in zip(made, answers, strict=True):
        assert as_recorded(answer.json, upload) == upload["image"]
    assert sweep("--audit") == before


def test_another_request_under_a_key_is_refused(client, uploads, sweep):
    became = ("ready", "refused", "waiting", "arrived", "deleted", "given up", "died", "condemned")
    requests = [upload["request"] for upload in keyed(uploads(*became))]
    before = sweep("--audit")

    answers = [ask(client, request, description="Other words") for request in requests]

    assert {answer.status_code for answer in answers} == {422}
    assert {answer.json["type"] for answer in answers} == {"/problems/idempotency-key-reused"}
    assert sweep("--audit") == before


def test_the_key_of_a_deleted_image_is_spent(client, uploads):
    (deleted,) = keyed(uploads("deleted"))

    answer = ask(client, deleted["request"])

    assert answer.status_code == 409
    assert answer.json["type"] == "/problems/idempotency-key-spent"


@pytest.mark.parametrize("became", ["deleted", "given up", "died", "condemned"])
def test_what_is_not_there_is_not_found(client, uploads, view, became):
    for upload in uploads(became):
        assert view(upload).status_code == 404
        assert client.delete(f"/images/{upload['image_id']}").status_code == 404


@pytest.mark.parametrize("became", ["given up", "died"])
def test_a_retry_takes_an_unfinished_attempt_over(client, uploads, view, became):
    (upload,) = uploads(became)

    answer = ask(client, upload["request"])

    assert (answer.status_code, answer.json["image_id"]) == (201, upload["image_id"])
    assert fetch(client, view(upload).json["url"]) == bytes_of(upload["request"])


def test_a_waiting_one_still_waits_for_its_bytes(client, uploads, view):
    (upload,) = uploads("waiting")

    shown = view(upload).json
    answer = ask(client, upload["request"])

    assert as_recorded(shown, upload) == upload["image"]
    assert (answer.status_code, answer.json["image_id"]) == (202, upload["image_id"])
    assert send(client, answer.json["upload"], bytes_of(upload["request"])) == 200
    assert view(upload).json["status"] == "ready"


def test_one_that_has_arrived_becomes_ready(client, uploads, view, listed):
    (upload,) = uploads("arrived")

    image = view(upload).json

    data = bytes_of(upload["request"])
    measured = {"status": "ready", "width": 9, "height": 7}
    measured["sha256"] = hashlib.sha256(data).hexdigest()
    assert as_recorded(image, upload) == upload["image"] | measured
    assert fetch(client, image["url"]) == data
    assert upload["image_id"] in listed({"user_id": "ana", "tags": "beach,cat", "match": "all"})


def test_a_refused_one_tells_its_problem(client, uploads, view):
    (upload,) = uploads("refused")

    shown = [view(upload), ask(client, upload["request"])]

    assert [answer.status_code for answer in shown] == [200, 200]
    for answer in shown:
        assert as_recorded(answer.json, upload) == upload["image"]


def test_this_version_refuses_alike_and_keeps_no_http(client, uploads, records):
    (upload,) = uploads("refused")
    request = upload["request"] | {"key": None}

    begun = ask(client, request).json
    assert send(client, begun["upload"], bytes_of(request)) == 200
    shown = client.get(f"/images/{begun['image_id']}").json

    assert (shown["status"], shown["problem"]) == ("refused", upload["image"]["problem"])
    kept = json.loads(records.get(begun["image_id"]).problem)
    assert kept == {"code": "unsupported-image", "detail": shown["problem"]["detail"]}


def test_a_refusal_of_a_later_version_is_told(client, uploads, view, records):
    (upload,) = uploads("waiting")
    image = records.get(upload["image_id"])
    image.problem = json.dumps({"code": "blurred-image", "detail": "Hold the camera still."})
    assert records.refuse(image)

    problem = view(upload).json["problem"]

    assert problem == {
        "type": "/problems/image-refused",
        "title": "Image refused",
        "status": 422,
        "detail": "Hold the camera still.",
    }
    assert client.get(problem["type"]).status_code == 200


def test_a_deleted_image_leaves_every_list(client, uploads, view, expected, listed, sweep):
    ready = uploads("ready")

    statuses = {client.delete(f"/images/{one['image_id']}").status_code for one in ready}

    assert statuses == {204}
    assert {view(upload).status_code for upload in ready} == {404}
    assert [listed(one["query"]) for one in expected["lists"]] == [[]] * len(expected["lists"])
    figures = sweep("--recount")
    assert (figures["corrected"], figures["uncorrected"]) == (0, 0)


@pytest.mark.parametrize("user_id", ["ana", "bob"])
def test_what_users_keep_counts_for_the_quota(open_app, expected, user_id):
    kept = expected["usage"][user_id]
    most_bytes = kept["bytes"] + len(bytes_of(ONE_MORE))
    full = {"MAX_IMAGES_PER_USER": kept["images"]}, {"MAX_BYTES_PER_USER": most_bytes - 1}
    roomy = {"MAX_IMAGES_PER_USER": kept["images"] + 1, "MAX_BYTES_PER_USER": most_bytes}

    statuses = []
    for limits in (*full, roomy):
        client = open_app(**{name: str(most) for name, most in limits.items()}).test_client()
        statuses.append(ask(client, ONE_MORE, user_id=user_id).status_code)

    assert statuses == [403, 403, 201]


def test_a_recount_finds_no_difference(app, expected, sweep):
    figures = sweep("--recount")

    assert (figures["corrected"], figures["uncorrected"]) == (0, 0)
    assert app.extensions["image_service"].images.usages().keys() == expected["usage"].keys()


def test_sweeps_remove_what_nobody_needs_and_no_more(client, app, uploads, expected, view, sweep):
    objects = app.extensions["objects"]
    before = object_keys(objects)

    for _ in range(3):
        sweep()

    assert before - object_keys(objects) == set(expected["left_over"]) <= before
    assert sweep("--audit")["stray_objects"] == 0
    for upload in uploads("ready"):
        assert fetch(client, view(upload).json["url"]) == bytes_of(upload["request"])
    (spent,) = keyed(uploads("deleted"))
    assert ask(client, spent["request"]).status_code == 409
    (condemned,) = uploads("condemned")
    assert ask(client, condemned["request"]).json["image_id"] == condemned["image_id"]
