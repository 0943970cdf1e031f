import contextlib
import time

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.api.access.tokens import new_tokens
from service.common import config
from service.common.errors import Unauthorized
from service.running.lambda_handler import new_handler
from tests.support.gateway_events import http_api
from tests.support.signed_tokens import SECRET, bearer, by_hand, token

SIGNED_BY = SECRET.encode()
NOW = int(time.time())
GOOD = {"sub": "ana", "exp": NOW + 86400}
NESTED = b"[" * 3000
FORGED = {
    "alg none": by_hand({"alg": "none"}, GOOD),
    "alg None": by_hand({"alg": "None"}, GOOD),
    "alg none, signed": by_hand({"alg": "none"}, GOOD, SIGNED_BY),
    "no alg": by_hand({"typ": "JWT"}, GOOD, SIGNED_BY),
    "a list of algs": by_hand({"alg": ["HS256"]}, GOOD, SIGNED_BY),
    "another alg": token(algorithm="HS512", key=SECRET * 2),
    "alg RS256": by_hand({"alg": "RS256"}, GOOD, SIGNED_BY),
    "another secret": token(key=SECRET.upper()),
    "empty secret": by_hand({"alg": "HS256"}, GOOD, b"\x00"),
    "own key in the header": token(key="k" * 32, headers={"jwk": {"kty": "oct", "k": "a2tr"}}),
    "own key's address": token(key="k" * 32, headers={"jku": "http://127.0.0.1:9/"}),
    "no signature": token().rsplit(".", 1)[0] + ".",
    "two parts": token().rsplit(".", 1)[0],
    "four parts": token() + ".x",
    "five parts": token() + ".x.y",
    "another's claims": ".".join([token(sub="bob").rsplit(".", 1)[0], token().split(".")[2]]),
    "kid a number": by_hand({"alg": "HS256", "kid": 1}, GOOD, SIGNED_BY),
    "kid a list": by_hand({"alg": "HS256", "kid": []}, GOOD, SIGNED_BY),
    "critical extension": token(headers={"crit": ["exp2"], "exp2": 1}),
    "detached claims": by_hand({"alg": "HS256", "b64": False, "crit": ["b64"]}, b"", SIGNED_BY),
    "header a list": by_hand([], GOOD, SIGNED_BY),
    "header nested": by_hand(NESTED, GOOD, SIGNED_BY),
    "header no JSON": by_hand(b"\xff{", GOOD, SIGNED_BY),
    "claims nested": by_hand({"alg": "HS256"}, NESTED, SIGNED_BY),
    "claims a list": by_hand({"alg": "HS256"}, [], SIGNED_BY),
    "claims no JSON": by_hand({"alg": "HS256"}, b"", SIGNED_BY),
    "expired": token(exp=NOW - 90),
    "no exp": token(exp=None),
    "exp null": by_hand({"alg": "HS256"}, {"sub": "ana", "exp": None}, SIGNED_BY),
    "exp a word": token(exp="never"),
    "exp NaN": token(exp=float("nan")),
    "exp infinite": token(exp=float("inf")),
    "exp a list": token(exp=[NOW + 86400]),
    "not valid yet": token(nbf=NOW + 86400),
    "nbf a word": token(nbf="now"),
    "issued in the future": token(iat=NOW + 86400),
    "iat a word": token(iat="now"),
    "no sub": token(sub=None),
    "sub empty": token(sub=""),
    "sub a number": by_hand({"alg": "HS256"}, GOOD | {"sub": 7}, SIGNED_BY),
    "sub a list": by_hand({"alg": "HS256"}, GOOD | {"sub": ["ana"]}, SIGNED_BY),
    "sub with a hash": token(sub="ana#cat"),
    "sub with a slash": token(sub="../bob"),
    "sub with a line break": token(sub="ana\n"),
    "sub with a space": token(sub="ana bob"),
    "sub too long": token(sub="a" * 129),
    "sub foreign": token(sub="аna"),
    "huge": token(extra="x" * 8192),
    "garbage": "garbage",
    "dots": "..",
}  # fmt: skip
NOT_BEARER = {
    "nothing": [],
    "empty": [("Authorization", "")],
    "no token": [("Authorization", "Bearer")],
    "blank token": [("Authorization", "Bearer  ")],
    "token alone": [("Authorization", token())],
    "another scheme": [("Authorization", f"JWT {token()}")],
    "Basic": [("Authorization", "Basic YW5hOmFuYQ==")],
    "two tokens": [("Authorization", f"Bearer {token()} {token()}")],
    "two headers": [("Authorization", f"Bearer {token()}")] * 2,
    "two schemes": [("Authorization", "Basic YTph"), ("Authorization", f"Bearer {token()}")],
    "quoted": [("Authorization", f'Bearer "{token()}"')],
    "another header": [("X-Authorization", f"Bearer {token()}")],
    "a cookie": [("Cookie", f"token={token()}")],
}


@pytest.fixture
def app(new_app):
    return new_app(AUTH="jwt", JWT_SECRET=SECRET)


def test_it_works(upload, client):
    image = upload(user_id=None, headers=bearer("ana")).json

    assert image["user_id"] == "ana"
    assert client.get(f"/images/{image['image_id']}", headers=bearer("ana")).status_code == 200
    assert client.get("/images", headers=bearer("ana")).json["count"] == 1
    assert client.get(image["url"], buffered=True).status_code == 200


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
def test_the_scheme_is_read_as_http_says(client, scheme):
    headers = {"Authorization": f"{scheme} {token()}"}

    assert client.get("/images", headers=headers).status_code == 200


@pytest.mark.parametrize("name", FORGED)
def test_forged_tokens_are_refused(client, name):
    response = client.get("/images", headers={"Authorization": f"Bearer {FORGED[name]}"})

    assert (response.status_code, response.json["type"]) == (401, "/problems/unauthorized")
    challenge = response.headers["WWW-Authenticate"]
    if name != "huge":
        reason = f'error="invalid_token", error_description="{response.json["detail"]}"'
        assert challenge == f"Bearer {reason}"
    assert SECRET not in response.text


@pytest.mark.parametrize("name", NOT_BEARER)
def test_requests_without_exactly_one_token_are_refused(client, name):
    response = client.get("/images", headers=NOT_BEARER[name])

    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert response.json["detail"].startswith("Send one token: Authorization: Bearer <token>. ")


@pytest.mark.parametrize(
    ("keys", "source"),
    [
        ({"JWT_SECRET": SECRET}, "Tokens come from the operator of this service, who makes them"),
        ({"JWT_JWKS_URL": "http://127.0.0.1:9/keys"}, "Tokens come from the issuer that"),
    ],
)
def test_a_refusal_says_where_tokens_come_from(new_app, keys, source):
    client = new_app(AUTH="jwt", **keys).test_client()

    for sent in ({}, {"Authorization": "Bearer garbage"}):
        response = client.get("/images", headers=sent)
        assert response.status_code == 401
        assert source in response.json["detail"]
        assert response.headers["WWW-Authenticate"].isascii()


@pytest.mark.parametrize("name", ["garbage", "expired", "no exp", "not valid yet", "sub empty"])
def test_a_refused_token_is_told_a_source_of_tokens(client, name):
    response = client.get("/images", headers={"Authorization": f"Bearer {FORGED[name]}"})

    assert response.json["detail"].endswith(
        "Tokens come from the operator of this service, who makes them with its command `token`."
    )
    assert response.headers["WWW-Authenticate"].count('"') == 4


def test_a_forged_token_is_not_told_that_it_has_expired(client):
    forged = by_hand({"alg": "HS256"}, {"sub": "a#", "exp": 1}, b"guess")
    response = client.get("/images", headers={"Authorization": f"Bearer {forged}"})

    assert "expired" not in response.json["detail"]
    assert "sub" not in response.json["detail"]


def test_clocks_may_differ_by_half_a_minute(client):
    now = int(time.time())

    for claims in ({"exp": now - 5}, {"nbf": now + 20}, {"iat": now + 20}):
        assert client.get("/images", headers=bearer("ana", **claims)).status_code == 200


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"iss": "https://a", "aud": "images"}, 200),
        ({"iss": "https://a", "aud": ["other", "images"]}, 200),
        ({"iss": "https://a", "client_id": "images"}, 200),
        ({"iss": "https://a/", "aud": "images"}, 401),
        ({"aud": "images"}, 401),
        ({"iss": "https://a"}, 401),
        ({"iss": "https://a", "aud": []}, 401),
        ({"iss": "https://a", "aud": "image"}, 401),
        ({"iss": "https://a", "aud": "images2"}, 401),
        ({"iss": "https://a", "aud": {"images": 1}}, 401),
        ({"iss": "https://a", "aud": "other", "client_id": "images"}, 401),
    ],
)
def test_issuer_and_audience_are_checked(new_app, claims, status):
    settings = {"JWT_ISSUER": "https://a", "JWT_AUDIENCE": "images"}
    client = new_app(AUTH="jwt", JWT_SECRET=SECRET, **settings).test_client()

    assert client.get("/images", headers=bearer("ana", **claims)).status_code == status


def test_without_the_settings_iss_and_aud_are_ignored(client):
    headers = bearer("ana", iss="https://a", aud=["images"])

    assert client.get("/images", headers=headers).status_code == 200


def test_every_endpoint_but_a_few_is_closed(app, client):
    app.add_url_rule("/new", "new", lambda: "secret")
    files = {f"/files/{folder}/<image_id>/<name>" for folder in ("images", "incoming")}
    open_ones = {"/", "/gallery/<digest>/<path:name>", "/health", "/ready"} | files
    open_ones |= {"/openapi.json", "/docs", "/docs/<name>", "/problems/<code>"}

    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<image_id>", "0" * 32).replace("<name>", "0" * 16)
        for method in rule.methods:
            status = client.open(path, method=method).status_code
            assert (status != 401) == (rule.rule in open_ones), (method, path, status)


@pytest.mark.parametrize(("headers", "status"), [({}, 401), (bearer("bob"), 403)])
def test_claims_that_a_gateway_adds_are_not_trusted(app, headers, status):
    event = http_api("GET", "/images?user_id=ana", **headers)
    event["requestContext"]["authorizer"] = {"jwt": {"claims": {"sub": "ana"}, "scopes": []}}

    assert new_handler(app)(event, None)["statusCode"] == status


def test_unknown_paths_and_methods_need_no_token(client):
    assert client.get("/nothing").status_code == 404
    assert client.put("/images").status_code == 405


def test_an_upload_without_a_token_stores_nothing(client, tmp_path):
    response = client.post("/images", data=b"{" * 1000, content_type="application/json")

    assert response.status_code == 401
    assert not (tmp_path / "data").exists()


def test_auth_none_needs_no_token(new_app):
    client = new_app(AUTH="none").test_client()

    assert client.get("/images", headers={"Authorization": "Bearer x"}).status_code == 200


def test_an_operator_issues_tokens(app, client):
    arguments = ["token", "--user", "ana", "--days", "30"]
    printed = app.test_cli_runner().invoke(args=arguments).output

    assert printed.count("\n") == 1
    headers = {"Authorization": f"Bearer {printed.strip()}"}
    assert client.get("/images", headers=headers).status_code == 200
    assert client.get("/images?user_id=bob", headers=headers).status_code == 403
    claims = jwt.decode(printed.strip(), SECRET, algorithms=["HS256"])
    assert claims["exp"] - claims["iat"] == 30 * 86400


def test_an_issued_token_fits_the_settings(new_app):
    settings = {"JWT_ISSUER": "https://a", "JWT_AUDIENCE": "images"}
    app = new_app(AUTH="jwt", JWT_SECRET=SECRET, **settings)
    arguments = ["token", "--user", "ana", "--days", "1", "--admin"]
    printed = app.test_cli_runner().invoke(args=arguments).output

    headers = {"Authorization": f"Bearer {printed.strip()}"}
    assert app.test_client().get("/images?user_id=bob", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "arguments",
    [["--user", "a#b", "--days", "1"], ["--user", "ana", "--days", "0"], ["--days", "1"]],
)
def test_no_token_is_issued_for_invalid_arguments(app, arguments):
    assert app.test_cli_runner().invoke(args=["token", *arguments]).exit_code != 0


def test_without_a_secret_no_token_is_issued(new_app):
    arguments = ["token", "--user", "ana", "--days", "1"]
    result = new_app().test_cli_runner().invoke(args=arguments)

    assert result.exit_code == 1
    assert "JWT_SECRET is not set" in result.output


TOKENS = new_tokens(config.load({"AUTH": "jwt", "JWT_SECRET": SECRET}))
TEXT = st.sampled_from(["", "HS256", "none", "b64", "\x00", "é"])
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
HEADERS = st.dictionaries(st.sampled_from(["alg", "kid", "crit", "b64", "typ", "jwk"]), JSON)
CLAIMS = st.dictionaries(st.sampled_from(["sub", "exp", "nbf", "iat", "aud", "iss", "jti"]), JSON)


@given(st.text(alphabet="ab.-_=09eyJ", max_size=60) | st.builds(by_hand, HEADERS, CLAIMS))
def test_no_text_is_a_token(text):
    with pytest.raises(Unauthorized):
        TOKENS.verify(text)


@given(CLAIMS.map(lambda claims: {"scope": claims, "scp": list(claims)} | claims))
def test_signed_nonsense_is_refused_or_is_ana(claims):
    signed = by_hand({"alg": "HS256"}, claims | GOOD, SIGNED_BY)

    with contextlib.suppress(Unauthorized):
        assert TOKENS.verify(signed) == {"user_id": "ana", "is_admin": False}
