from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest


@pytest.fixture
def url(upload):
    """The signed URL of a picture of Ana's."""
    return upload().json["url"]


@pytest.fixture
def get(client):
    """Get a URL with headers, and read the whole answer."""

    def ask(url, method="GET", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.open(url, method=method, headers=named, buffered=True)

    return ask


def test_it_works(get, url, picture):
    response = get(url)

    assert (response.status_code, response.data) == (200, picture)
    assert response.content_type == "image/png"
    assert response.content_length == len(picture)
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.last_modified is not None


def test_the_url_is_for_get_only(get, client, image_id, url):
    download = client.get(f"/images/{image_id}?download=true").json["url"]

    # S3 refuses HEAD at a URL that was signed for GET, too.
    for address in (url, download):
        response = get(address, "HEAD")
        assert (response.status_code, response.data) == (403, b"")
        assert response.content_type == "application/problem+json"


def test_a_range_of_one_byte_tells_the_size(get, url, picture):
    response = get(url, Range="bytes=0-0")

    assert response.headers["Content-Range"] == f"bytes 0-0/{len(picture)}"


@pytest.mark.parametrize(
    ("requested", "start", "end"),
    [
        ("bytes=0-3", 0, 3),
        ("bytes=4-", 4, -1),
        ("bytes=-5", -5, -1),
        ("bytes=0-999999", 0, -1),
        ("bytes=-999999", 0, -1),
        ("Bytes=0-3", 0, 3),
    ],
)
def test_a_range_is_part_of_it(get, url, picture, requested, start, end):
    size = len(picture)
    response = get(url, Range=requested)

    assert response.status_code == 206
    assert response.data == picture[start % size : end % size + 1]
    assert response.headers["Content-Range"] == f"bytes {start % size}-{end % size}/{size}"
    assert response.content_length == len(response.data)


@pytest.mark.parametrize(
    "ranges",
    [
        "bytes=0-3,5-6",
        "items=0-3",
        "bytes=a-b",
        "bytes=3-1",
        "bytes=",
        "bytes=-",
        "0-3",
        "9" * 8000,
    ],
)
def test_no_single_range_is_the_whole(get, url, picture, ranges):
    response = get(url, Range=ranges)

    assert (response.status_code, response.data) == (200, picture)


@pytest.mark.parametrize("requested", ["bytes=999999-", "bytes=-0", f"bytes={'9' * 18}-"])
def test_a_range_beyond_the_end_is_a_problem(get, url, picture, requested):
    response = get(url, Range=requested)

    assert response.status_code == 416
    assert response.content_type == "application/problem+json"
    assert response.headers["Content-Range"] == f"bytes */{len(picture)}"


def test_an_unchanged_file_is_not_sent_again(get, url):
    first = get(url)

    for headers in (
        {"If_None_Match": first.headers["ETag"]},
        {"If_None_Match": "*"},
        {"If_Modified_Since": first.headers["Last-Modified"]},
    ):
        response = get(url, **headers)
        assert (response.status_code, response.data) == (304, b"")
        assert response.headers["ETag"] == first.headers["ETag"]


def test_another_file_is_sent(get, url, picture):
    for headers in (
        {"If_None_Match": '"other"'},
        {"If_Modified_Since": "Sat, 01 Jan 2000 00:00:00 GMT"},
        {"If_Match": get(url).headers["ETag"]},
        {"If_Match": "*"},
        {"If_None_Match": "nonsense"},
    ):
        assert (get(url, **headers).status_code, get(url).data) == (200, picture)


def test_a_failed_condition_is_a_problem(get, url):
    response = get(url, If_Match='"other"')

    assert response.status_code == 412
    assert response.json["type"] == "/problems/precondition-failed"


def test_a_condition_is_checked_before_a_range(get, url):
    tag = get(url).headers["ETag"]

    assert get(url, Range="bytes=0-3", If_Match='"other"').status_code == 412
    assert get(url, Range="bytes=0-3", If_None_Match=tag).status_code == 304
    assert get(url, Range="bytes=0-3", If_Match=tag).status_code == 206


def test_if_range_guards_a_range(get, url):
    tag = get(url).headers["ETag"]

    assert get(url, Range="bytes=0-3", If_Range=tag).status_code == 206
    assert get(url, Range="bytes=0-3", If_Range='"other"').status_code == 200


@pytest.mark.parametrize("name", ["If-Modified-Since", "If-Unmodified-Since", "If-Range"])
@pytest.mark.parametrize(
    "date", ["1 Jan 999999999999999999999 00:00:00", "Thu, 32 Foo 99999", "1" * 8000, "0"]
)
def test_an_impossible_date_is_no_condition(get, url, picture, name, date):
    headers = {name: date} | ({"Range": "bytes=0-3"} if name == "If-Range" else {})

    response = get(url, **headers)

    assert (response.status_code, response.data) == (200, picture)


@pytest.mark.parametrize("query", ["", "?expires_in=90", "?download=true", "?expires_in=604800"])
def test_a_browser_keeps_it_as_long_as_the_url_was_signed_for(get, client, image_id, query):
    url = client.get(f"/images/{image_id}{query}").json["url"]
    seconds = parse_qs(urlsplit(query).query).get("expires_in", ["3600"])[0]
    tag = get(url).headers["ETag"]

    answers = [get(url), get(url, Range="bytes=0-3"), get(url, If_None_Match=tag)]

    assert [answer.status_code for answer in answers] == [200, 206, 304]
    kept = f"private, max-age={seconds}, immutable"
    assert {answer.headers["Cache-Control"] for answer in answers} == {kept}
    assert {answer.headers["ETag"] for answer in answers} == {tag}


def test_a_url_of_an_earlier_version_works_until_it_ends(get, app, image_id, picture):
    image = app.extensions["image_service"].view(None, image_id)
    urls = app.extensions["store"].file_urls
    url, _end = urls.presign(image.object_key, 60, {"type": image.content_type})

    response = get(url)

    assert (response.status_code, response.data) == (200, picture)
    assert "immutable" not in response.headers["Cache-Control"]


def test_a_refusal_is_not_kept(get, client, upload):
    image = upload().json
    url = image["url"]
    answers = [
        get(url + "x"),
        get(url, "HEAD"),
        get(url, If_Match='"other"'),
        get(url, Range="bytes=999999-"),
    ]
    client.delete(f"/images/{image['image_id']}")
    answers.append(get(url))

    assert [answer.status_code for answer in answers] == [403, 403, 412, 416, 404]
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}


@pytest.mark.parametrize("name", ["cache", "expires", "type", "disposition", "signature"])
@pytest.mark.parametrize("value", [None, "", "9999999999", "text/html", "é", "\x00"])
def test_an_altered_url_is_refused(get, client, image_id, name, value):
    url = client.get(f"/images/{image_id}?download=true").json["url"]
    query = dict(parse_qsl(urlsplit(url).query)) | {name: value}
    query = {name: value for name, value in query.items() if value is not None}

    response = get(f"{urlsplit(url).path}?{urlencode(query)}")

    assert response.status_code == 403
    assert response.json["type"] == "/problems/invalid-url"


def test_a_url_serves_its_own_image_only(get, client, upload):
    first, second = (urlsplit(upload().json["url"]) for _ in range(2))

    assert get(f"{second.path}?{first.query}").status_code == 403
    assert get(first.path).status_code == 403
    assert get(f"{first.path}?{first.query}&disposition=attachment").status_code == 403
    assert get(f"{first.path}?{first.query}&type=text/html").status_code == 200
    assert get(f"{first.path}?{first.query}&type=text/html").content_type == "image/png"


@pytest.mark.parametrize("path", ["/a/b", "/../../images.db", "/%2e%2e/url-secret", "/a%2Fb/c"])
def test_no_path_leads_elsewhere(get, path):
    assert get(f"/files/images{path}?expires=9999999999&type=a&signature=b").status_code in (
        403,
        404,
    )


def test_an_expired_url_is_refused(get, app, image_id):
    service = app.extensions["image_service"]

    path, _end = service.sign(service.view(None, image_id), -1)
    response = get(path)

    assert response.status_code == 403
    assert "expired" in response.json["detail"]


def test_a_deleted_image_is_served_no_more(get, client, upload):
    image = upload().json
    client.delete(f"/images/{image['image_id']}")

    response = get(image["url"])

    assert response.status_code == 404
    assert response.json["type"] == "/problems/image-not-found"


def test_urls_outlive_a_restart(new_app, picture, url):
    again = new_app().test_client()

    assert again.get(url, buffered=True).data == picture


def test_nobody_else_reads_the_secret(url, tmp_path):
    assert (tmp_path / "data/objects/url-secret").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("left", [b"", b"half"])
def test_no_url_is_signed_with_a_damaged_secret(new_app, upload, url, tmp_path, left):
    (tmp_path / "data/objects/url-secret").write_bytes(left)
    again = new_app().test_client()

    answers = [again.get("/images?user_id=ana"), again.get(url)]

    assert [answer.status_code for answer in answers] == [503, 503]


def test_urls_are_for_the_address_asked(upload, new_app):
    url = upload(headers={"Host": "images.example.com:8443"}).json["url"]

    assert url.startswith("http://images.example.com:8443/files/images/")
