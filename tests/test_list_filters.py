"""The filters and the order of `GET /images`."""

from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.support import pictures
from tests.support.moments import await_next_moment

# Tags, description and picture of Ana's images, the oldest first.
UPLOADS = {
    "beach.png": {"tags": "beach,sea", "data": pictures.png(8, 8)},
    "Straße.jpg": {"tags": "city", "data": pictures.jpeg(8, 8), "description": "Ünter\nden Linden"},
    "plain.gif": {"tags": "", "data": pictures.gif(8, 8), "description": "100 % sea_side"},
    "dune.webp": {"tags": "beach,dune", "data": pictures.webp(8, 8)},
}
BEACH, STREET, PLAIN, DUNE = UPLOADS
NEWEST = [DUNE, PLAIN, STREET, BEACH]
FILTERS = {
    "user_id": "ana",
    "tags": "beach",
    "none": "dune",
    "untagged": "true",
    "created_after": "2026-02-13",
    "created_before": "9999-01-01",
    "content_type": "image/png",
    "q": "a",
    "status": "trashed",
    "order": "oldest",
}


@pytest.fixture
def uploaded(upload):
    """Upload Ana's images; return the answers by name."""
    answers = {}
    for filename, fields in UPLOADS.items():
        await_next_moment()
        answers[filename] = upload(filename=filename, **fields).json
    return answers


@pytest.fixture
def names(client, uploaded):
    """Return the file names of all pages of a list."""

    def listed(query="", **parameters):
        response = client.get("/images", query_string=query or parameters)
        assert response.status_code == 200, response.json
        return [image["filename"] for image in response.json["images"]]

    return listed


@pytest.fixture
def message(client):
    """Return the only fault of a refused list: its field and its message."""

    def refused(**query):
        response = client.get("/images", query_string=query)
        assert response.status_code == 400, response.json
        assert response.json["type"] == "/problems/invalid-fields"
        (row,) = response.json["errors"]
        return row["field"], row["message"]

    return refused


def test_it_works(names, uploaded):
    since = uploaded[PLAIN]["created_at"]

    assert names() == NEWEST
    assert names(order="oldest") == NEWEST[::-1]
    assert names(none="dune") == [PLAIN, STREET, BEACH]
    assert names(untagged="true") == [PLAIN]
    assert names(created_after=since) == [DUNE, PLAIN]
    assert names(created_before=since) == [STREET, BEACH]
    assert names(content_type="image/png,image/gif") == [PLAIN, BEACH]
    assert names(q="SEA") == [PLAIN, BEACH]
    assert names(status="trashed") == []


def test_filters_go_together(names, uploaded):
    since = uploaded[STREET]["created_at"]

    assert names(tags="beach", none="sea", order="oldest") == [DUNE]
    assert names(tags="beach,sea", match="all", content_type="image/png", q="bea") == [BEACH]
    assert names(user_id="ana", created_after=since, none="dune", order="oldest") == [STREET, PLAIN]
    assert names(tags="beach", none="beach") == names(user_id="bob", q="a") == []


@pytest.mark.parametrize(("query", "found"), [
    ("none=dune,city", [PLAIN, BEACH]), ("none=dune&none=CITY", [PLAIN, BEACH]),
    ("none[]=dune&none[1]=city", [PLAIN, BEACH]), ("none=dun", NEWEST), ("none=,", None),
])  # fmt: skip
def test_none_is_read_like_tags(client, names, query, found):
    if found is None:
        assert client.get(f"/images?{query}").status_code == 400
    else:
        assert names(query) == found


@pytest.mark.parametrize("word", ["false", "0", "FALSE", ""])
def test_untagged_may_be_false(names, word):
    assert names(untagged=word) == NEWEST
    assert names(untagged=word, tags="city") == [STREET]


@pytest.mark.parametrize(("text", "found"), [
    ("STRASSE", [STREET]), ("u\u0308NTER", [STREET]), ("r\nden", [STREET]), ("r\r\nd", [STREET]),
    ("%", [PLAIN]), ("_", [PLAIN]), (" ", [STREET, PLAIN]), ("une", [DUNE]), ("ach", [DUNE, BEACH]),
    ("city\x1f", None), ("ngÜnt", []), ("beachsea", []), ("beach,sea", []), (" beach", []),
    ("*", []), ("beach*", []), ("' OR 1=1 --", []),
])  # fmt: skip
def test_text_is_found_within_one_field(client, names, text, found):
    if found is None:
        assert client.get("/images", query_string={"q": text}).status_code == 400
    else:
        assert sorted(names(q=text)) == sorted(found)


def test_types_are_known_under_other_names(names):
    for written in ("image/jpg", "IMAGE/JPEG", "image/jpeg; q=1", " image/pjpeg , image/JPG "):
        assert names(content_type=written) == [STREET]
    assert names(content_type="image/heic") == []


def test_an_unknown_type_is_told_the_known_ones(message):
    for written in ("image/svg+xml", "png", "image/*", "image/png,", "image/png," * 200):
        field, text = message(content_type=written)
        assert (field, "image/jpeg, image/png" in text) == ("content_type", True)


def test_a_moment_may_be_written_in_many_ways(names, uploaded):
    moment = uploaded[PLAIN]["created_at"].removesuffix("Z")
    parsed = datetime.fromisoformat(moment)
    zones = [timezone(timedelta(minutes=minutes)) for minutes in (330, -210, 0)]
    shifted = [parsed.replace(tzinfo=zones[2]).astimezone(zone).isoformat() for zone in zones]
    exact = [moment, f"{moment}Z", f"{moment}z", f"{moment}000000", f"{moment}-00:00", *shifted]
    exact += [f"{moment}Z".replace("T", "t")]

    for written in exact:
        assert names(created_after=written) == [DUNE, PLAIN], written
        assert names(created_before=written) == [STREET, BEACH], written
    for written in (f"{moment}0000001", f"{moment}9Z"):
        assert names(created_after=written) == [DUNE], written
        assert names(created_before=written) == [PLAIN, STREET, BEACH], written


def test_a_date_is_its_first_moment(names, uploaded):
    day = datetime.fromisoformat(uploaded[DUNE]["created_at"].removesuffix("Z")).date()

    assert names(created_after=f"{day - timedelta(days=1)}") == NEWEST
    assert names(created_before=f"{day + timedelta(days=1)}") == NEWEST
    assert names(created_after=f"{day + timedelta(days=1)}") == []
    assert names(created_after=f"{day + timedelta(days=1)}", created_before=f"{day}") == []


@pytest.mark.parametrize("written", [
    "0001-01-01", "0001-01-01T00:00:00+23:59", "1969-12-31T23:59:60Z", "2000-02-29",
    "2026-02-13T09:30:00." + "0" * 5000,
])  # fmt: skip
def test_early_moments_are_before_all(names, written):
    assert names(created_after=written) == NEWEST
    assert names(created_before=written, order="oldest") == []


@pytest.mark.parametrize("written", ["9999-12-31", "9999-12-31T23:59:60.9-23:59"])
def test_late_moments_are_after_all(names, written):
    assert names(created_before=written) == NEWEST
    assert names(created_after=written, untagged="1") == []


@pytest.mark.parametrize("written", [
    "now", "2026", "2026-2-13", "13.02.2026", "20260213", "2026-02-30", "2026-13-01", "0000-01-01",
    "2026-02-13T09:30", "2026-02-13T24:00:00", "2026-02-13T09:30:61Z", "2026-02-13 09:30:00",
    "2026-02-13T09:30:00 01:00", "2026-02-13T09:30:00+0100", "2026-02-13T09:30:00+24:00",
    "2026-02-13T09:30:00.Z", "2026-02-13T09:30:00,5Z", "1770975000", "2026-02-13\n", "-2026-02-13",
    "٢٠٢٦-٠٢-١٣", "2026-02-13Z", "2026-W07-5", "12026-02-13", "2026-02-13T09:30:00ZZ",
])  # fmt: skip
@pytest.mark.parametrize("field", ["created_after", "created_before"])
def test_other_forms_are_told_what_to_send(message, field, written):
    named, text = message(**{field: written})

    assert named == field
    assert "2026-02-13T09:30:00Z" in text
    assert "%2B" in text


@pytest.mark.parametrize(("query", "field", "said"), [
    ({"untagged": "true", "tags": "beach"}, "untagged", "leave out tags"),
    ({"untagged": "yes"}, "untagged", "true or false"),
    ({"order": "asc"}, "order", "newest or oldest"),
    ({"status": "pending"}, "status", "ready or trashed"),
    ({"none": ",".join(map(str, range(11)))}, "none", "at most 10 tags"),
    ({"none": "x" * 51}, "none", "1 to 50"),
    ({"q": "x" * 101}, "q", "1 to 100"),
    ({"q": "a\x00"}, "q", "control characters"),
    ({"q": ["a", "b"]}, "q", "only once"),
    ({"content_type": ["image/png", "image/gif"]}, "content_type", "only once"),
])  # fmt: skip
def test_faults_say_what_to_send(message, query, field, said):
    named, text = message(**query)

    assert named == field
    assert said in text


@pytest.mark.parametrize("name", FILTERS)
def test_an_empty_parameter_counts_as_left_out(names, name):
    assert names(**{name: ""}) == NEWEST


@pytest.mark.parametrize("name", [name for name in FILTERS if name != "status"])
def test_links_keep_every_parameter(client, uploaded, name):
    query = {name: FILTERS[name], "limit": "1"}
    if name != "order":
        query |= {"order": "oldest"}
    found, response = [], client.get("/images", query_string=query)
    while link := response.headers.get("Link"):
        url = link[1:].partition(">")[0]
        cursor = ("cursor", response.json["next_cursor"])
        assert parse_qsl(urlsplit(url).query) == [*query.items(), cursor]
        found += response.json["images"]
        response = client.get(url)
    found += response.json["images"]

    whole = client.get("/images", query_string=query | {"limit": 100}).json
    assert [image["image_id"] for image in found] == [one["image_id"] for one in whole["images"]]


@pytest.mark.parametrize("name", FILTERS)
def test_a_cursor_belongs_to_every_filter(client, uploaded, name):
    cursor = client.get("/images?limit=1").json["next_cursor"]

    response = client.get("/images", query_string={name: FILTERS[name], "cursor": cursor})

    assert response.status_code == 400
    assert response.json["type"] == "/problems/invalid-cursor"
    assert "the filters and the order" in response.json["detail"]


def test_another_spelling_is_the_same_list(client, uploaded):
    first = "tags=beach,city&none=x,y&content_type=image/png,image/jpeg&q=s&order=oldest&limit=1"
    other = "tags=City&tags=BEACH&none=y&none=x&content_type=image/jpg,IMAGE/PNG&q=S&untagged=0"
    other += "&order=oldest&status=ready&created_after="
    cursor = client.get(f"/images?{first}").json["next_cursor"]

    response = client.get(f"/images?{other}&cursor={cursor}")

    assert [image["filename"] for image in response.json["images"]] == [STREET]
