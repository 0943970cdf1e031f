"""The parts most tests start from: an app on the embedded store, and Ana's uploads."""

import base64
import functools
import gc
import io
import json

import botocore.session
import hypothesis
import pytest
from hypothesis.internal.conjecture import engine

from service.app import create_app
from service.common.config import SETTINGS
from tests.support import pictures, quick_forms, quick_routes
from tests.support.moments import await_next_moment

# A failure must show within a minute. Hypothesis has no setting for how long it shrinks one: the
# name is its own, so its absence stops the run.
assert engine.MAX_SHRINKING_SECONDS
engine.MAX_SHRINKING_SECONDS = 20
hypothesis.settings.register_profile("default", report_multiple_bugs=False)
hypothesis.settings.load_profile("default")
# Each session of the SDK would read its descriptions of the services again, which takes about half
# the time of a test on AWS.
botocore.session.create_loader = functools.cache(botocore.session.create_loader)
quick_routes.install()
quick_forms.install()
# What the collection makes stays to the end: nothing is looked for in it, then or later.
gc.disable()


def pytest_collection_finish():
    gc.freeze()
    gc.enable()


@pytest.fixture
def new_app(tmp_path):
    """Build apps with the test's own settings, without those of the environment."""
    parts = []

    def build(**settings):
        nothing = {name: "" for name, *_ in SETTINGS}
        values = nothing | {"DATA_DIR": str(tmp_path / "data"), "LOG_LEVEL": "ERROR"} | settings
        app = create_app(values)
        parts.append((app.extensions["readiness"], app.extensions["store"]))
        return app

    yield build
    for readiness, store in parts:
        readiness.askers.shutdown()
        store.database.close()


@pytest.fixture
def app(new_app):
    """The app on the embedded store."""
    return new_app()


@pytest.fixture
def client(app):
    """A client that sends requests to the app."""
    return app.test_client()


@pytest.fixture
def picture():
    """The bytes of a small picture."""
    return pictures.png(8, 8)


@pytest.fixture
def upload(client, picture):
    """Upload Ana's cat as a form. Arguments replace fields; None leaves a field out."""

    def post(data=picture, name="cat.png", headers=None, **fields):
        form = {"user_id": "ana", "image_data": (io.BytesIO(data), name)} | fields
        form = {field: value for field, value in form.items() if value is not None}
        return client.post("/images", data=form, headers=headers)

    return post


@pytest.fixture
def upload_json(client, picture):
    """Upload Ana's cat as JSON. Arguments replace fields; None is null."""

    def post(data=picture, headers=None, **fields):
        text = base64.b64encode(data).decode()
        body = {"user_id": "ana", "filename": "cat.png", "image_data": text} | fields
        return client.post("/images", json=body, headers=headers)

    return post


@pytest.fixture
def begin(client, picture):
    """Begin a direct upload of Ana's cat. Arguments replace fields; None is null."""

    def post(headers=None, **fields):
        body = {"user_id": "ana", "filename": "cat.png", "size": len(picture)}
        body |= {"content_type": "image/png"} | fields
        return client.post("/images", json=body, headers=headers)

    return post


@pytest.fixture
def send(client, picture):
    """Send bytes as a direct upload's answer says. Arguments replace headers or fields."""

    def put_or_post(upload, data=picture, **changes):
        fields = upload.get("headers", upload.get("fields")) | changes
        if upload["method"] == "PUT":
            return client.put(upload["url"], data=data, headers=fields)
        form = fields | {"file": (io.BytesIO(data), "cat.png")}
        return client.post(upload["url"], data=form)

    return put_or_post


@pytest.fixture
def image_id(upload):
    """The id of an image of Ana's."""
    return upload().json["image_id"]


@pytest.fixture
def sweep(app):
    """Run the command; return its figures."""

    def run(*options, code=0):
        await_next_moment()
        result = app.test_cli_runner().invoke(args=["sweep", *options])
        assert (result.exit_code, result.stderr) == (code, "")
        return json.loads(result.stdout)

    return run
