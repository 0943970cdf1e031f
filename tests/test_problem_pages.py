import base64
import hashlib
import http
import re
import time
from html import unescape

import pytest
from werkzeug import exceptions

from service.api.problems.problem_answers import FRAMEWORK, framework_kind
from service.api.problems.problem_types import problem_types
from service.common import errors
from service.running.gunicorn_worker import REFUSALS

OWN = [kind for kind in vars(errors).values() if hasattr(kind, "code")]
JSON = {"Accept": "application/json"}


def test_it_works(client):
    response = client.get("/problems/image-not-found")

    assert response.status_code == 200
    assert response.content_type == "text/html; charset=utf-8"
    assert response.headers["Vary"] == "Accept"
    text = unescape(response.text)
    assert "There is no such image, or it is someone else's." in text
    assert "Check the image_id: the list shows the images there are." in text
    assert '"type": "/problems/image-not-found"' in text


def test_a_program_gets_json(client):
    response = client.get("/problems/image-not-found", headers=JSON)

    assert response.content_type == "application/json"
    assert (response.json["code"], response.json["status"]) == ("image-not-found", 404)
    assert response.json["example"]["type"] == "/problems/image-not-found"


@pytest.mark.parametrize("path", ["/nothing", "/problems/image-not-found", "/"])
def test_a_long_accept_is_not_parsed(client, path):
    def seconds():
        began = time.process_time()
        client.get(path, headers={"Accept": "a/b;q=0.1," * 800 * 8})
        return time.process_time() - began

    # To parse it takes 0.08 s and more.
    assert min(seconds() for _ in range(5)) < 0.05


@pytest.mark.parametrize("code", sorted(problem_types()))
def test_every_problem_is_explained_in_full(client, code):
    problem_type = client.get(f"/problems/{code}", headers=JSON).json

    assert client.get(f"/problems/{code}").status_code == 200
    assert all(problem_type[name] for name in ("title", "happened", "advice"))
    status = problem_type["status"]
    assert problem_type["example"]["status"] == status == http.HTTPStatus(status)


def test_whatever_can_be_answered_has_a_page():
    raised = [kind for kind in vars(exceptions).values() if getattr(kind, "code", None)]
    answered = [framework_kind(kind()) for kind in raised]
    answered += [*OWN, *FRAMEWORK.values(), *(error for _kind, error in REFUSALS)]

    assert len(raised) > 25
    assert {kind.code for kind in answered} == set(problem_types())
    for kind in answered:
        assert problem_types()[kind.code].status == kind.status


def test_each_problem_has_words_of_its_own():
    for name in ("code", "title", "advice", "__doc__"):
        assert len({vars(kind)[name] for kind in OWN}) == len(OWN)


@pytest.mark.parametrize("code", ["nothing", "Image-Not-Found", "<b>", "image-not-found.html"])
def test_others_are_not_found(client, code):
    response = client.get(f"/problems/{code}")

    assert (response.status_code, response.json["type"]) == (404, "/problems/not-found")


def test_the_policy_allows_its_own_style_alone(client):
    response = client.get("/problems/too-large")

    style = re.search("<style>(.*)</style>", response.text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'; ")
    assert "unsafe" not in policy


def test_texts_are_no_markup(client):
    text = client.get("/problems/unauthorized").text

    assert "<code>Authorization: Bearer &lt;token&gt;</code>" in text
