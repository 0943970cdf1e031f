"""`sweep --recount`: counts again what users keep; `sweep --audit` reports differences."""

import io

import pytest

from service.business.upkeep.usage import Recount, audit

NOTHING = {"tags_corrected": 0, "tags_uncorrected": 0, "totals_corrected": 0}


class BusyImages:
    """Images that change while they are counted."""

    def __init__(self, images, change):
        self.images = images
        self.change = change

    def __getattr__(self, name):
        return getattr(self.images, name)

    def all(self):
        """Yield every record, then change something."""
        yield from self.images.all()
        self.change()


@pytest.fixture
def app(new_app, request):
    return new_app(**getattr(request, "param", {"MAX_IMAGES_PER_USER": "2"}))


def test_it_works(app, new_app, picture, upload, client, sweep):
    before = new_app().test_client()
    for user_id in ("ana", "ana", "ana", "bob"):
        form = {"user_id": user_id, "image_data": (io.BytesIO(picture), "cat.png")}
        image_id = before.post("/images", data=form).json["image_id"]

    assert sweep("--audit", code=1)["miscounted_users"] == 2
    assert sweep("--recount") == {"corrected": 2, "uncorrected": 0} | NOTHING

    assert upload().status_code == 403
    assert client.delete(f"/images/{image_id}").status_code == 204
    assert [upload(user_id="bob").status_code for _ in range(3)] == [201, 201, 403]
    assert sweep("--audit")["miscounted_users"] == 0
    assert sweep("--recount") == {"corrected": 0, "uncorrected": 0} | NOTHING


def test_a_recount_forgets_what_is_gone(app, new_app, upload, sweep):
    image_ids = [upload().json["image_id"] for _ in range(2)]
    for image_id in image_ids:
        new_app().test_client().delete(f"/images/{image_id}")
    assert upload().status_code == 403

    assert sweep("--recount") == {"corrected": 1, "uncorrected": 0} | NOTHING

    assert upload().status_code == 201


def test_a_user_with_a_new_upload_is_left_for_later(app, new_app, picture, upload):
    form = {"user_id": "ana", "image_data": (io.BytesIO(picture), "cat.png")}
    new_app().test_client().post("/images", data=form)
    images = app.extensions["image_service"].images
    busy = BusyImages(images, upload)

    figures = [audit(busy), Recount(busy).run(), audit(images), Recount(images).run()]

    assert figures == [0, {"corrected": 0, "uncorrected": 1}, 1, {"corrected": 1, "uncorrected": 0}]
    assert images.usages()["ana"].images == 3


@pytest.mark.parametrize("app", [{}], indirect=True)
def test_without_limits_only_tags_are_counted(app, upload, sweep):
    upload(tags="beach")

    assert sweep("--recount") == NOTHING


@pytest.mark.parametrize(
    "options",
    [
        ("--recount", "--dry-run"),
        ("--recount", "--seconds", "0"),
        ("--recount", "--audit"),
        ("--audit", "--seconds", "0"),
    ],
)
def test_an_option_that_would_be_ignored_is_refused(app, new_app, picture, sweep, options):
    form = {"user_id": "ana", "image_data": (io.BytesIO(picture), "cat.png")}
    new_app().test_client().post("/images", data=form)

    result = app.test_cli_runner().invoke(args=["sweep", *options])

    assert (result.exit_code, result.stdout) == (2, "")
    assert sweep("--recount") == {"corrected": 1, "uncorrected": 0} | NOTHING
