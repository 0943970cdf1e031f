"""Hostile requests about renditions: altered URLs, other names, and odd values of `strip`."""

import json
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NAMES = ["original", "thumb", "large"]
SIGNED_NAMES = ["", ".thumb.webp", ".large.webp"]
quick = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
# JSON values of any kind, nested a little.
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=5), values),
    max_leaves=5,
)


@pytest.fixture
def get(client):
    """Get a URL, and read the whole answer."""
    return lambda url: client.get(url, buffered=True)


@pytest.fixture
def urls(client, upload):
    """Return the parts of the URLs of an image: of its original, its thumb and its large one."""

    def split():
        image_id = upload().json["image_id"]
        views = [client.get(f"/images/{image_id}?rendition={name}").json for name in NAMES]
        return [urlsplit(view["url"]) for view in views]

    return split


def test_it_works(get, urls):
    for url in urls():
        assert get(f"{url.path}?{url.query}").status_code == 200


def test_a_signature_is_for_one_rendition(get, urls):
    paths, others = urls(), urls()

    for signed in paths:
        for path in {url.path for url in paths + others} - {signed.path}:
            assert get(f"{path}?{signed.query}").status_code == 403


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize(
    "end",
    [".thumb.webp", ".large.webp", ".webp", ".part", "/../x", "%00", "%2e%2e", "é", "x" * 300],
)
def test_a_name_that_is_longer_is_refused(get, urls, number, end):
    url = urls()[number]

    assert get(f"{url.path}{end}?{url.query}").status_code in (403, 404)


@pytest.mark.parametrize("number", [1, 2])
def test_a_name_that_is_shorter_is_refused(get, urls, number):
    url = urls()[number]

    for end in range(1, len(".thumb.webp") + 1):
        assert get(f"{url.path[:-end]}?{url.query}").status_code == 403


def test_no_part_file_has_a_url(get, urls, app):
    url = urls()[0]
    part = app.extensions["objects"].folder / "parts/0123.part"
    part.write_bytes(b"half")

    for path in ("/files/parts/0123.part", "/files/images/parts/0123.part", "/files/parts/a/b"):
        assert get(f"{path}?{url.query}").status_code in (403, 404)


@quick
@given(value=st.text(max_size=30))
def test_any_name_of_a_rendition_is_answered(client, image_id, value):
    response = client.get(f"/images/{image_id}", query_string={"rendition": value})

    # An empty parameter counts as left out.
    assert response.status_code == (200 if value in ("", *NAMES) else 400)


@pytest.mark.parametrize("query", ["thumb&rendition=large", "&rendition=thumb", "thumb%00"])
def test_two_names_are_not_one(client, image_id, query):
    assert client.get(f"/images/{image_id}?rendition={query}").status_code in (200, 400)


@pytest.mark.parametrize("image_id", ["0" * 32, "0", "é", "..", "0" * 33, "%00" * 32])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_there_has_no_renditions(client, image_id, name):
    assert client.get(f"/images/{image_id}?rendition={name}").status_code == 404


@quick
@given(value=st.text(max_size=20))
def test_any_text_for_strip_is_answered(upload, value):
    known = value.strip().lower() in ("", "true", "false", "1", "0")

    assert upload(strip=value).status_code in ((201, 400) if known else (400,))


@quick
@given(value=ANYTHING)
def test_any_value_for_strip_is_answered(upload_json, begin, value):
    answers = [upload_json(strip=value), begin(strip=value)]

    for answer in answers:
        assert answer.status_code in (201, 202, 400), json.dumps(value)
    assert (answers[0].status_code == 400) == (answers[1].status_code == 400)
