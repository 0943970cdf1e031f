"""Text of any length takes no more CPU time than reading it, so it blocks no other request."""

import json
import time

import pytest

from service.api.images.query_schemas import ListQuerySchema
from service.models.fields import SENT, names
from tests.support import pictures

FORM = "multipart/form-data; boundary=x"
PICTURE = pictures.png(8, 8)
DIRECT = {"user_id": "ana", "filename": "a.png", "content_type": "image/png", "size": 9}
UPLOAD = {"user_id": "ana", "filename": "a.png", "image_data": "QUFB"}
JSON_FIELDS = [*names(SENT), "image_data", "width", "height", "other"]
DIRECT_FIELDS = ["content_type", "size", "sha256", "method"]
FORM_FIELDS = [*names(SENT), "width", "other"]
PARAMETERS = [*ListQuerySchema().fields, "prefix", "other"]
KILOBYTE, MEGABYTE = 1000, 1_000_000


def marks(size):
    """Return a letter with accents above and below, which take quadratic time to sort."""
    return "a" + "\u0301" * (size // 4) + "\u0316" * (size // 4)


def commas(size):
    return "a," * (size // 2)


def digits(size):
    return "1" * size


def written_list(size):
    return "['" + "' " * (size // 2)


TEXTS = [marks, commas, digits, written_list]
ENTRIES = ['"a"', "[]", '"%d"', "{}", "1e9", "null"]


def cases(names, kinds):
    """Return each name with the first kind, and tags with each of the others."""
    return [(name, kinds[0]) for name in names] + [("tags", kind) for kind in kinds[1:]]


def part(name, data, filename=None, more=b""):
    """Return one part of a form."""
    head = b'--x\r\nContent-Disposition: form-data; name="%b"' % name.encode()
    head += b"" if filename is None else b'; filename="%b"' % filename.encode()
    return head + more + b"\r\n\r\n" + data + b"\r\n"


def form(*parts):
    """Return an upload's form with further parts before the picture."""
    picture = part("image_data", PICTURE, "a.png")
    return b"".join(parts) + part("user_id", b"ana") + picture + b"--x--\r\n"


def seconds(call):
    """Call twice; return the lower CPU time and the result."""
    costs = []
    for _ in range(2):
        before = time.process_time()
        result = call()
        costs.append(time.process_time() - before)
    return min(costs), result


def check_cheap(client, body_of, content_type, statuses, sizes=(KILOBYTE * 100, MEGABYTE)):
    """Fail unless bodies of growing sizes are refused in the time it takes to read them twice."""
    for size in (*sizes, 10 * MEGABYTE):
        body = body_of(size)
        text = json.dumps(body.decode("latin-1"))
        reading, _ = seconds(lambda text=text: json.loads(text))
        cost, response = seconds(
            lambda body=body: client.post("/images", data=body, content_type=content_type)
        )
        assert response.status_code in statuses
        assert len(response.data) < 10 * KILOBYTE
        # A short body also takes some time: the headers of a part with 55 KB take 0.05 s.
        assert cost < 2 * reading + 0.2


@pytest.mark.parametrize(("field", "text"), cases(JSON_FIELDS, TEXTS))
def test_text_in_a_json_upload(client, field, text):
    def body(size):
        return json.dumps(UPLOAD | {field: text(size)}, ensure_ascii=False).encode()

    # Digits are valid base64, but no picture.
    check_cheap(client, body, "application/json", {400, 415})


@pytest.mark.parametrize("field", DIRECT_FIELDS)
def test_text_in_a_direct_upload(client, field):
    def body(size):
        return json.dumps(DIRECT | {field: marks(size)}, ensure_ascii=False).encode()

    check_cheap(client, body, "application/json", {400})


@pytest.mark.parametrize(("field", "entry"), cases(["tags", "image_data", "width"], ENTRIES))
def test_lists_in_a_json_upload(client, field, entry):
    def body(size):
        entries = ",".join(
            entry.replace("%d", str(number)) for number in range(size // (len(entry) + 6))
        )
        return (json.dumps(UPLOAD)[:-1] + f',"{field}":[{entries}]}}').encode()

    check_cheap(client, body, "application/json", {400})


@pytest.mark.parametrize(("start", "end"), [("[", "]"), ('{"":', "}")])
def test_nested_values_in_a_json_upload(client, start, end):
    nest = start * 200 + "1" + end * 200

    def body(size):
        nests = ",".join([nest] * (size // len(nest)))
        return (json.dumps(UPLOAD)[:-1] + f',"width":[{nests}]}}').encode()

    check_cheap(client, body, "application/json", {400})


@pytest.mark.parametrize("number", ["9" * 4000, "0." + "5" * 750, "1e-" + "0" * 40 + "9"])
def test_long_numbers_in_a_json_upload(client, number):
    def body(size):
        numbers = ",".join([number] * min(90, size // len(number)))
        return (json.dumps(UPLOAD)[:-1] + f',"width":[{numbers}]}}').encode()

    check_cheap(client, body, "application/json", {400})


@pytest.mark.parametrize("opening", ["{", '{"user_id":"ana","width":{', '{"tags":[{'])
def test_names_in_a_json_upload(client, opening):
    def body(size):
        names = ",".join(f'"{number}":1' for number in range(size // 10))
        return (opening + names + "}" * opening.count("{")).encode()

    check_cheap(client, body, "application/json", {400})


@pytest.mark.parametrize(("field", "text"), cases(FORM_FIELDS, TEXTS))
def test_text_in_a_form(client, field, text):
    def body(size):
        return form(part(field, text(size).encode()))

    check_cheap(client, body, FORM, {400, 413})


def test_the_name_of_a_file_part(client):
    def body(size):
        return part("image_data", PICTURE, marks(size)) + b"--x--\r\n"

    check_cheap(client, body, FORM, {400, 413})


@pytest.mark.parametrize("more", [b'; a="b"', b"; a=b", b"\r\nA: b", b"\r\n:", b"\\", b"; f*1=a"])
def test_the_headers_of_many_parts(client, more):
    def body(size):
        headers = more * (KILOBYTE * 55 // len(more))
        count = max(1, size // (KILOBYTE * 55))
        return form(*[part("tags", b"a", more=headers)] * count)

    # The headers of a hundred parts, each just below the limit, took eight seconds.
    check_cheap(client, body, FORM, {400, 413}, sizes=[MEGABYTE])


@pytest.mark.parametrize("text", TEXTS)
def test_text_in_many_parts(client, text):
    def body(size):
        return form(*[part("tags", text(size // 90).encode())] * 90)

    check_cheap(client, body, FORM, {400, 413})


BOUNDARIES = [
    "boundary=" + "x" * 201,
    "boundary*=utf-8''" + "%0A--" * 30,
    "boundary*=utf-8''%C3%A9",
]


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_a_boundary_that_is_expensive_to_find(client, boundary):
    response = client.post("/images", data=form(), content_type=f"multipart/form-data; {boundary}")

    assert response.status_code == 400
    assert "boundary" in response.json["detail"]


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_such_a_boundary_of_a_direct_upload(client, begin, boundary):
    url = begin(method="POST").json["upload"]["url"]

    response = client.post(url, data=form(), content_type=f"multipart/form-data; {boundary}")

    assert response.status_code == 400


def test_text_that_is_no_form_is_not_parsed(client, begin):
    url = begin(method="POST").json["upload"]["url"]

    response = client.post(
        url, data="a=b&" * 30_000, content_type="application/x-www-form-urlencoded"
    )

    assert response.status_code == 403


@pytest.mark.parametrize("mark", ["\u0301\u0316", "\u0f73", "\u20dd"])
def test_a_letter_with_too_many_accents(upload_json, mark):
    allowed = upload_json(description="a" + mark * (100 // len(mark)))
    refused = upload_json(description="a" + mark * 101)

    assert allowed.status_code == 201
    assert refused.status_code == 400
    assert refused.json["errors"] == [
        {"field": "description", "message": "Send at most 100 accents on one letter."}
    ]


@pytest.mark.parametrize("field", PARAMETERS)
@pytest.mark.parametrize("path", ["/images", "/images/x", "/tags", "/health", "/docs"])
def test_text_in_a_query(client, path, field):
    response = client.get(path, query_string=f"{field}=" + "%CC%81%CC%96" * 1000)

    assert response.status_code == 414
    assert response.json["type"] == "/problems/url-too-long"


@pytest.mark.parametrize("text", ["a" * 8000, "%CC%81%CC%96" * 600, "," * 8000, "9" * 8000])
@pytest.mark.parametrize("field", ["tags", "none", "q", "content_type", "created_after"])
def test_text_that_fits_into_a_query(client, field, text):
    cost, response = seconds(lambda: client.get("/images", query_string=f"{field}={text}"))

    assert (response.status_code, cost < 0.1) == (400, True)
    assert [row["field"] for row in response.json["errors"]] == [field]


@pytest.mark.parametrize(
    ("field", "longest", "message"),
    [
        ("filename", 4 * 255, "Send 1 to 255 characters."),
        ("description", 4 * 1000, "Send at most 1000 characters."),
        ("tags", 4 * 50, "Send tags of 1 to 50 characters, without a comma."),
    ],
)
@pytest.mark.parametrize("more", [0, 1])
def test_longer_text_is_told_the_limit(upload_json, field, longest, message, more):
    response = upload_json(**{field: "a" * (longest + more)})

    assert response.status_code == 400
    assert response.json["errors"] == [{"field": field, "message": message}]


def test_text_may_be_short_in_its_normal_form_only(upload_json):
    # Each letter and its two accents are one character in NFC, U+1EA5.
    decomposed = "a\u0302\u0301"

    response = upload_json(
        description=decomposed * 1000, filename=decomposed * 255, tags=[decomposed * 50]
    )

    assert response.status_code == 201
    assert response.json["description"] == "\u1ea5" * 1000
    assert response.json["filename"] == "\u1ea5" * 255
    assert response.json["tags"] == ["\u1ea5" * 50]


def test_a_hundred_entries_with_repeats_are_taken(upload_json):
    assert upload_json(tags=["a"] * 100).json["tags"] == ["a"]
    assert upload_json(tags="a," * 99 + "a").json["tags"] == ["a"]


@pytest.mark.parametrize("tags", [["a"] * 101, "a," * 100 + "a", [""] * 101, "," * 100])
def test_more_entries_are_refused(upload_json, tags):
    response = upload_json(tags=tags)

    assert response.status_code == 400
    assert response.json["errors"][0]["field"] == "tags"


def test_thirty_names_are_the_most(client):
    names = {f"n{number}": 1 for number in range(28)}

    allowed = client.post("/images", json={"user_id": "ana", "filename": "a.png"} | names)
    refused = client.post("/images", json=UPLOAD | names)

    assert allowed.json["type"] == "/problems/invalid-fields"
    assert refused.status_code == 400
    assert refused.json["detail"] == "Send a JSON object of at most 30 names."


def test_bytes_as_a_list_are_told_to_be_base64(client):
    response = client.post("/images", json=UPLOAD | {"image_data": [137] * 20_000})

    assert response.status_code == 400
    assert "image_data is base64 text" in response.json["detail"]
