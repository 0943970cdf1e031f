"""deployment/checks.yml: CloudFormation refuses what the functions would refuse at their start."""

import itertools

import pytest

from service.common import config
from tests.support.deployment import PARAM, Deployment, read

CHECKS = read("deployment/checks.yml")["Parameters"]
NUMBERS = [name for name, check in CHECKS.items() if check["Type"] == "Number"]
KEYS = "https://issuer.example.com/keys"
ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:tokens-a1B2c3"


def refusals(**params):
    """Return the parameters that CloudFormation refuses in a deploy with these params."""
    return Deployment(**params).refusals()


def starts(**params):
    """Tell whether the API function starts with the settings of such a deploy."""
    deployment = Deployment(**params)
    environment = deployment.environment | deployment.functions["api"]["environment"]
    try:
        config.load(environment | {"BUCKET_NAME": "images", "TABLE_NAME": "images"})
    except config.ConfigError:
        return False
    return True


def param_of(check):
    """Return the name of the param that a parameter checks, as Deployment takes it."""
    return PARAM.fullmatch(CHECKS[check]["Default"])[1].replace("-", "_")


def test_the_defaults_are_accepted():
    assert refusals(auth="none") == set()
    assert starts(auth="none")


@pytest.mark.parametrize(
    ("auth", "secret", "keys"),
    list(itertools.product(["", "none", "jwt", "basic"], ["", "tokens", ARN], ["", KEYS])),
)
def test_tokens_are_checked_as_by_the_settings(auth, secret, keys):
    params = {"auth": auth, "jwt_secret_id": secret, "jwt_jwks_url": keys}

    assert (refusals(**params) == set()) == starts(**params)


def test_who_passes_the_secret_itself_is_told():
    (name,) = refusals(auth="jwt", jwt_secret="x" * 64)  # noqa: S106

    assert "There is no jwt-secret any more" in CHECKS[name]["ConstraintDescription"]


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_have_the_bounds_of_the_settings(name):
    check, param = CHECKS[name], param_of(name)
    inside = [check["MinValue"], check["MaxValue"]]
    outside = [check["MinValue"] - 1, check["MaxValue"] + 1]

    for number in inside:
        assert starts(**{param: str(number)})
        assert refusals(**{param: str(number)}) == set()
    for number in outside:
        assert not starts(**{param: str(number)})
        assert refusals(**{param: str(number)}) == {name}


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("FastDynamodb", ["1", "0", "true", "off", ""], ["2", "maybe"]),
        ("Gallery", ["1", "0", "yes"], ["-1", "y"]),
        ("LogClients", ["1", "0"], ["all"]),
        ("Metrics", ["1", "0", "no"], ["prometheus"]),
        ("LogLevel", ["DEBUG", "INFO", "WARNING", "ERROR"], ["info", "TRACE"]),
        ("JwtIssuer", ["", "https://issuer.example.com/"], ["a b", "ä"]),
        ("JwtAudience", ["", "image-service"], ["a b"]),
        ("PublicUrl", ["", "https://photos.example.com/api", "http://localhost:8000"],
         ["photos.example.com", "https://a b", "https://a?b", "ftp://a"]),
        ("CorsOrigins", ["", "*", "https://a.example,https://b.example:8443"],
         ["a.example", "*,https://a.example", "https://a.example?b"]),
        ("JwtJwksUrl", [], ["http://issuer.example.com/keys", "issuer", "https://a b"]),
    ],
)  # fmt: skip
def test_texts_are_checked_as_by_the_settings(name, good, bad):
    param = param_of(name)

    for text in good:
        assert starts(**{param: text})
        assert refusals(**{param: text}) == set()
    for text in bad:
        assert not starts(**{param: text})
        assert refusals(**{param: text}) == {name}


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"jwt_secret_version": "a1"}, "TokenSecret"),
        ({"domain": "a.example"}, "DomainParts"),
        ({"certificate": "arn:aws:acm:us-east-1:1:certificate/1"}, "DomainParts"),
        ({"hosted_zone": "Z1"}, "DomainParts"),
        ({"hosted_zone": "Z1", "certificate": "arn:aws:acm:us-east-1:1:certificate/1"},
         "DomainParts"),
        ({"access_log_bucket": "logs", "bucket": "images"}, "LoggedBucket"),
        ({"kms_key": "alias/mine"}, "KmsKey"),
        ({"kms_key": "arn:aws:kms:us-east-1:123456789012:alias/mine"}, "KmsKey"),
        ({"jwt_secret_id": "a}} b"}, "JwtSecretId"),
    ],
)  # fmt: skip
def test_a_param_needs_its_partner(params, name):
    assert refusals(**params) == {name}


@pytest.mark.parametrize(
    "params",
    [
        {"jwt_secret_id": "tokens", "jwt_secret_version": "a1-b2"},
        {"domain": "a.example", "certificate": "arn:aws:acm:us-east-1:123456789012:certificate/1"},
        {"domain": "a.example", "certificate": "arn:aws:acm:us-east-1:123456789012:certificate/1",
         "hosted_zone": "Z1"},
        {"access_log_bucket": "logs"},
        {"bucket": "images", "table": "images"},
        {"kms_key": "arn:aws:kms:us-east-1:123456789012:key/1"},
    ],
)  # fmt: skip
def test_params_that_belong_together_are_accepted(params):
    assert refusals(**params) == set()


def test_what_joins_several_params_says_what_to_do():
    joined = [check for check in CHECKS.values() if len(PARAM.findall(check["Default"])) > 1]

    assert len(joined) == 4
    assert all(check["ConstraintDescription"].endswith(".") for check in joined)
