from urllib.parse import urlsplit

import pytest

CURSORS = ["x", "é", "MXx8", "A" * 5000, "1|2026|3", "\x00", "==", "null", "٣"]


@pytest.fixture
def names(client):
    """Return the file names on a page."""

    def listed(**query):
        response = client.get("/images", query_string=query)
        assert response.status_code == 200, response.json
        return [image["filename"] for image in response.json["images"]]

    return listed


@pytest.fixture
def five(upload):
    """Upload five pictures, the newest last."""
    return [upload(filename=f"{number}.png", tags="x").json for number in range(5)]


def test_it_works(client, five):
    body = client.get("/images").json

    assert list(body) == ["images", "count", "next_cursor"]
    assert [image["filename"] for image in body["images"]] == [f"{n}.png" for n in (4, 3, 2, 1, 0)]
    assert (body["count"], body["next_cursor"]) == (5, None)
    assert list(body["images"][0]) == list(five[0])
    assert client.get(body["images"][0]["url"], buffered=True).status_code == 200


def test_no_image_is_an_empty_page(client):
    response = client.get("/images")

    assert response.json == {"images": [], "count": 0, "next_cursor": None}
    assert "Link" not in response.headers


def test_a_user_sees_the_users_own(upload, names):
    upload(user_id="ana", filename="a.png")
    upload(user_id="bob", filename="b.png")

    assert names(user_id="ana") == ["a.png"]
    assert names(user_id="bob") == ["b.png"]
    assert names(user_id="eve") == []
    assert names() == ["b.png", "a.png"]


def test_tags_match_whole_any_or_all(upload, names):
    upload(filename="both.png", tags="cat,new york")
    upload(filename="cat.png", tags="cat")
    upload(filename="bob.png", tags="cat,cats", user_id="bob")

    assert names(tags="cat") == ["bob.png", "cat.png", "both.png"]
    assert names(tags="ca") == []
    assert names(tags=" NEW York ,cats") == ["bob.png", "both.png"]
    assert names(tags="new york,cats", match="any") == ["bob.png", "both.png"]
    assert names(tags="new york,cat", match="all") == ["both.png"]
    assert names(tags=["new york", "cat"], match="all") == ["both.png"]
    assert names(tags="cat,cat,CAT", match="all") == ["bob.png", "cat.png", "both.png"]
    assert names(tags="cats,new york", match="all") == []
    assert names(tags="cat,cats", match="all", user_id="bob") == ["bob.png"]
    assert names(tags="cats", user_id="ana") == []
    assert names(tags="", match="all") == ["bob.png", "cat.png", "both.png"]


def test_odd_tags_are_only_tags(upload, names):
    upload(filename="odd.png", tags="*,#,a#b,%,_,é,entry#1,u#ana")

    for tag in ("*", "#", "a#b", "%", "_", "É", "entry#1", "u#ana"):
        assert names(tags=tag) == ["odd.png"]
    assert names(tags="a") == names(tags="b") == []
    assert names(user_id="ana", tags="*") == ["odd.png"]


@pytest.mark.parametrize("query", [{}, {"user_id": "ana"}, {"tags": ["x", "y"], "match": "any"}])
def test_links_lead_through_all_pages(client, five, query):
    listed, path = [], "/images"
    response = client.get(path, query_string=query | {"limit": 2})
    while True:
        listed += [image["image_id"] for image in response.json["images"]]
        if response.json["next_cursor"] is None:
            break
        assert response.json["count"] == 2
        link, relation = response.headers["Link"].split("; ")
        assert relation == 'rel="next"'
        assert urlsplit(link[1:-1]).path == "/images"
        response = client.get(link[1:-1])

    assert "Link" not in response.headers
    assert listed == [image["image_id"] for image in reversed(five)]


def test_the_cursor_does_what_the_link_does(client, five):
    first = client.get("/images?limit=3").json
    second = client.get("/images", query_string={"limit": 3, "cursor": first["next_cursor"]}).json

    assert [image["filename"] for image in second["images"]] == ["1.png", "0.png"]
    assert second["next_cursor"] is None


def test_the_limit_may_change_between_pages(client, five, names):
    cursor = client.get("/images?limit=1").json["next_cursor"]

    assert names(cursor=cursor, limit=100) == ["3.png", "2.png", "1.png", "0.png"]


def test_deleted_images_do_not_disturb_paging(client, five, names):
    cursor = client.get("/images?limit=2").json["next_cursor"]
    for image in (five[3], five[2]):
        client.delete(f"/images/{image['image_id']}")

    assert names(cursor=cursor) == ["1.png", "0.png"]
    assert names() == ["4.png", "1.png", "0.png"]


def test_cursors_belong_to_their_filters(client, five):
    cursor = client.get("/images?limit=2&tags=x").json["next_cursor"]
    others = [{}, {"user_id": "ana"}, {"tags": "y"}, {"tags": "x,y"}, {"tags": "x", "user_id": "a"}]

    for filters in others:
        response = client.get("/images", query_string=filters | {"cursor": cursor})
        assert response.status_code == 400
        assert response.json["type"] == "/problems/invalid-cursor"
    for same in ({"tags": "X"}, {"tags": "x", "match": "any"}):
        query = same | {"cursor": cursor}
        assert client.get("/images", query_string=query).status_code == 200


@pytest.mark.parametrize("cursor", CURSORS)
def test_strange_cursors_are_refused(client, cursor):
    response = client.get("/images", query_string={"cursor": cursor})

    assert response.status_code == 400
    assert response.json["type"] == "/problems/invalid-cursor"


def test_altered_cursors_are_refused(client, five):
    cursor = client.get("/images?limit=2").json["next_cursor"]
    altered = [cursor[:place] + "A" + cursor[place + 1 :] for place in range(0, len(cursor), 7)]
    altered += [cursor[:-1], cursor[1:], cursor + "A", cursor + "=", cursor.swapcase(), cursor * 2]

    for text in set(altered) - {cursor}:
        assert client.get("/images", query_string={"cursor": text}).status_code == 400


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=%2B5", "limit"),
        ("limit=1e1", "limit"),
        ("limit=1_0", "limit"),
        ("limit=%205", "limit"),
        ("limit=5.0", "limit"),
        ("limit=%D9%A3", "limit"),
        ("limit=5%00", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("limit=5&limit=5", "limit"),
        ("match=ALL", "match"),
        ("match=any&match=all", "match"),
        ("user_id=a&user_id=a", "user_id"),
        ("cursor=a&cursor=a", "cursor"),
        ("tags=a,,b", "tags"),
        ("tags=" + "x" * 51, "tags"),
        ("tags=a%00", "tags"),
        ("tags=" + ",".join(map(str, range(11))), "tags"),
        ("page=2", "page"),
        ("Limit=2", "Limit"),
        ("tag=x", "tag"),
        ("%FF=1", "%FF"),
        ("=1", ""),
    ],
)
def test_parameters_are_refused_by_name(client, query, field):
    response = client.get(f"/images?{query}")

    assert response.status_code == 400
    assert response.json["type"] == "/problems/invalid-fields"
    assert [row["field"] for row in response.json["errors"]] == [field]


@pytest.mark.parametrize("query", ["limit=1", "limit=100", "limit=007", "tags=%ff", "", "&&"])
def test_parameters_are_accepted(client, query):
    assert client.get(f"/images?{query}").status_code == 200


def test_ten_tags_may_be_asked_for(names, five):
    assert len(names(tags=",".join(["x", *map(str, range(9))]))) == 5
