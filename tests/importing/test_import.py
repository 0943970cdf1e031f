"""`python main.py import`: what is uploaded, what is there already, what is told."""

import hashlib
import io
import os

import pytest

from service.operators.importing.uploader import MOST_INLINE, key_of
from tests.importing.conftest import filled
from tests.support import pictures
from tests.support.signed_tokens import SECRET, token


def test_it_works(bring, folder, service):
    run = bring(folder, service, "--tags", "Trip, 2024")

    assert (run.code, run.counts()) == (0, {"uploaded": 3})
    images = {image["filename"]: image for image in service.images()}
    assert sorted(images) == ["a.png", "b.png", "c.jpg"]
    assert all(image["tags"] == ["2024", "trip"] for image in images.values())
    content = service.client.get(images["a.png"]["url"], buffered=True).data
    assert content == (folder / "rome/a.png").read_bytes()


def test_a_second_run_sends_nothing(bring, folder, service):
    bring(folder, service)
    posts = service.count("POST")

    run = bring(folder, service)

    assert (run.code, run.counts()) == (0, {"present": 3})
    assert "3 already there" in run.told
    assert service.count("POST") == posts == 3


def test_what_the_gallery_uploaded_is_there(bring, folder, service):
    content = (folder / "rome/a.png").open("rb")
    form = {"user_id": "ana", "filename": "other.png", "image_data": content}
    service.client.post("/images", data=form)

    run = bring(folder, service)

    assert run.counts() == {"uploaded": 2, "present": 1}


def test_folders_become_tags(bring, folder, service):
    run = bring(folder, service, "--album-tags", "--tags", "all")

    tags = {image["filename"]: image["tags"] for image in service.images()}
    assert tags == {"a.png": ["all", "rome"], "b.png": ["all", "rome"],
                    "c.jpg": ["2024", "all", "oslo"]}  # fmt: skip
    assert run.code == 0


def test_one_picture_has_the_tags_of_both_folders(bring, tmp_path, service):
    folder = filled(tmp_path / "photos", **{"rome/a.png": "red", "best/z.png": "red"})

    run = bring(folder, service, "--album-tags")

    assert run.counts() == {"uploaded": 1, "duplicate": 1}
    (image,) = service.images()
    assert image["tags"] == ["best", "rome"]
    assert {row["image_id"] for row in run.rows} == {image["image_id"]}


def test_a_later_run_adds_the_tags_that_are_missing(bring, folder, service):
    bring(folder, service, "--tags", "old")

    run = bring(folder, service, "--album-tags")

    assert run.counts() == {"retagged": 3}
    assert {tuple(image["tags"]) for image in service.images()} == {
        ("old", "rome"), ("2024", "old", "oslo")
    }  # fmt: skip
    assert bring(folder, service, "--album-tags").counts() == {"present": 3}


def test_a_reused_key_counts_as_there_already(bring, folder, service):
    digest = hashlib.sha256((folder / "rome/a.png").read_bytes()).hexdigest()
    other = io.BytesIO(pictures.png(5, 5))
    form = {"user_id": "ana", "filename": "copy.png", "image_data": (other, "copy.png")}
    headers = {"Idempotency-Key": key_of("ana", digest)}
    image_id = service.client.post("/images", data=form, headers=headers).json["image_id"]

    run = bring(folder, service, "--tags", "new")

    assert (run.code, run.counts()) == (0, {"uploaded": 2, "retagged": 1})
    assert image_id in {row["image_id"] for row in run.rows}
    assert {tuple(image["tags"]) for image in service.images()} == {("new",)}


def test_deleted_under_another_name_stays_deleted(bring, folder, service):
    bring(folder, service)
    for image in service.images():
        service.client.delete(f"/images/{image['image_id']}")

    run = bring(folder, service, "--tags", "new")

    assert (run.code, run.counts()) == (0, {"deleted": 3})
    assert service.images() == []


def test_what_was_deleted_stays_deleted(bring, folder, service):
    bring(folder, service)
    service.client.delete(f"/images/{service.images()[0]['image_id']}")

    run = bring(folder, service)

    assert (run.code, run.counts()) == (0, {"present": 2, "deleted": 1})
    assert "deleted stays deleted" in run.told
    assert len(service.images()) == 2


def test_what_is_in_the_trash_stays_there(bring, folder, service):
    bring(folder, service)
    service.client.delete(f"/images/{service.images()[0]['image_id']}?trash=true")

    run = bring(folder, service, "--tags", "new")

    assert (run.code, run.counts()) == (0, {"retagged": 2, "trashed": 1})
    (trashed,) = service.images(status="trashed")
    assert trashed["tags"] == []


def test_bob_cannot_import_for_ana(bring, folder, serve):
    service = serve(AUTH="jwt", JWT_SECRET=SECRET)

    run = bring(folder, service, IMAGE_SERVICE_TOKEN=token(sub="bob"))

    assert (run.code, run.counts()) == (1, {"left": 3})
    assert "it is your token's sub" in run.told
    assert service.count("POST") == 0


def test_a_token_opens_the_users_own_images(bring, folder, serve):
    service = serve(AUTH="jwt", JWT_SECRET=SECRET)

    run = bring(folder, service, "--token", token())

    assert run.counts() == {"uploaded": 3}


def test_bobs_pictures_are_not_anas(bring, folder, service):
    bring(folder, service)

    run = bring(folder, service, user="bob")

    assert run.counts() == {"uploaded": 3}
    assert len(service.images("bob")) == len(service.images("ana")) == 3


def test_large_images_go_straight_to_the_store(bring, folder, serve):
    service = serve(MAX_INLINE_SIZE="80")

    run = bring(folder, service, "--tags", "large", "--jobs", "1")

    assert run.counts() == {"uploaded": 3}
    assert {tuple(image["tags"]) for image in service.images()} == {("large",)}
    assert service.count("PUT") == 3
    assert bring(folder, service).counts() == {"present": 3}


def test_a_file_too_large_for_memory_is_streamed(bring, tmp_path, serve):
    service = serve(MAX_IMAGE_SIZE="20000000")
    folder = filled(tmp_path / "photos")
    (folder / "film.jpg").write_bytes(pictures.jpeg() + bytes(MOST_INLINE))

    run = bring(folder, service)

    assert run.counts() == {"uploaded": 1}
    assert (service.count("POST"), service.count("PUT")) == (1, 1)
    assert service.images()[0]["sha256"] == run.rows[0]["sha256"]


def test_an_image_over_the_limit_is_refused(bring, folder, serve):
    service = serve(MAX_IMAGE_SIZE="90")
    (folder / "small.gif").write_bytes(pictures.gif(1, 1))

    run = bring(folder, service)

    assert (run.code, run.counts()) == (1, {"uploaded": 1, "refused": 3})
    assert "at most 90 bytes" in run.told


def test_a_full_quota_stops_at_once(bring, folder, serve):
    service = serve(MAX_IMAGES_PER_USER="1")

    run = bring(folder, service, "--jobs", "1")

    assert (run.code, run.counts()) == (1, {"uploaded": 1, "left": 2})
    assert "MAX_IMAGES_PER_USER" in run.told
    assert service.count("POST") == 2


@pytest.mark.parametrize(
    "words",
    [("--to", "localhost:8000"), ("--tags", "x" * 51), ("--report", "/nothing/there")],
    ids=["address", "tags", "report"],
)
def test_wrong_options_are_wrong_usage(bring, folder, service, words):
    run = bring(folder, service, *words)

    assert run.code == 2
    assert words[0] in run.told
    assert service.asked == []


def test_an_address_may_have_a_path(bring, folder, service):
    service.removed = "/api"
    service.address += "/api/"

    run = bring(folder, service)

    assert run.counts() == {"uploaded": 3}
    assert {path for _method, path in service.asked} == {"/images"}


def test_an_address_of_something_else_says_so(bring, folder, service):
    service.address += "/album"

    run = bring(folder, service)

    assert run.code == 1
    assert "No images can be listed" in run.told


def test_the_report_has_a_line_for_each_file(bring, folder, service):
    (folder / "notes.txt").write_text("no image")

    run = bring(folder, service)

    rows = {os.path.relpath(row["path"], folder): row for row in run.rows}
    assert sorted(rows) == ["2024/Oslo/c.jpg", "notes.txt", "rome/a.png", "rome/b.png"]
    assert rows["notes.txt"]["outcome"] == "skipped"
    ids = {image["image_id"] for image in service.images()}
    assert {row["image_id"] for row in run.rows if row["image_id"]} == ids
