"""A domain of the operator's own: what the deployment makes of it, and events that come by it."""

import json
import re

import pytest

from service.app import create_app
from service.running.lambda_handler import new_handler
from tests.support import pictures
from tests.support.deployment import Deployment, read
from tests.support.gateway_events import HOST, http_api, multipart

DOMAIN = "photos.example.com"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"
NAMED = Deployment(domain=DOMAIN, certificate=CERTIFICATE, hosted_zone="Z1")


def settings_of(**params):
    """Return the settings of a deploy with these params that have to do with its address."""
    deployment = Deployment(**params)
    environment = deployment.environment | deployment.functions["api"]["environment"]
    names = ("STRIP_STAGE_PATH", "API_GATEWAY_BASE_PATH", "PUBLIC_URL")
    return {name: environment[name] for name in names}


@pytest.fixture
def new_call(tmp_path):
    """Return calls of the handler of a deployment with these params, by a host name."""

    def build(host, **params):
        settings = {"DATA_DIR": str(tmp_path / "data"), "LOG_LEVEL": "ERROR"}
        handler = new_handler(create_app(settings | settings_of(**params)))

        def call(*request, **headers):
            event = http_api(*request, **headers)
            event["headers"]["host"] = event["requestContext"]["domainName"] = host
            return handler(event, None)

        return call

    return build


def roots_of(call, prefix):
    """Upload twice and list one; return where url, Location and Link start."""
    body, content_type = multipart(pictures.png(8, 8), user_id="ana")
    found = set()
    for _ in range(2):
        answer = call("POST", f"{prefix}/images", body, content_type=content_type)
        found.add(json.loads(answer["body"])["url"].partition("/files/")[0])
        found.add(answer["headers"]["Location"].rpartition("/images/")[0])
    link = call("GET", f"{prefix}/images?limit=1")["headers"]["Link"]
    return found | {link.lstrip("<").partition("/images?")[0]}


@pytest.mark.parametrize(
    ("params", "url"),
    [
        ({}, ""),
        ({"base_path": "api"}, ""),
        ({"domain": DOMAIN}, f"https://{DOMAIN}"),
        ({"domain": DOMAIN, "base_path": "api"}, f"https://{DOMAIN}/api"),
        ({"domain": DOMAIN, "base_path": "v1/photos"}, f"https://{DOMAIN}/v1/photos"),
        ({"domain": DOMAIN, "public_url": "https://cdn.example.com"}, "https://cdn.example.com"),
    ],
)
def test_the_public_url_follows_the_domain(params, url):
    assert settings_of(**params)["PUBLIC_URL"] == url


# API Gateway's paths with a base path and, as AWS describes payload 2.0, without it.
@pytest.mark.parametrize(
    ("base", "prefix"),
    [
        ("", ""),
        ("api", "/api"),
        ("api", ""),
        ("v1/photos", "/v1/photos"),
        ("v1/photos", ""),
    ],
)
def test_every_url_is_under_the_domain(new_call, base, prefix):
    call = new_call(DOMAIN, domain=DOMAIN, base_path=base)

    assert roots_of(call, prefix) == {f"https://{DOMAIN}/{base}".rstrip("/")}


def test_the_address_of_the_gateway_leads_to_the_domain(new_call):
    call = new_call(HOST, domain=DOMAIN, base_path="api")

    assert roots_of(call, "") == {f"https://{DOMAIN}/api"}


def test_the_page_asks_for_its_files_under_the_path(new_call):
    call = new_call(DOMAIN, domain=DOMAIN, base_path="v1/photos")

    answer = call("GET", "/v1/photos/", accept="text/html")

    links = re.findall(r'(?:href|src)="([^"]*gallery/[^"]+)"', answer["body"])
    assert links
    assert {link.partition("gallery/")[0] for link in links} <= {"", "/v1/photos/"}


def test_the_domain_has_tls_and_both_kinds_of_addresses():
    (settings,) = NAMED.properties("DomainName")["DomainNameConfigurations"]

    assert settings["CertificateArn"] == CERTIFICATE
    assert (settings["EndpointType"], settings["SecurityPolicy"]) == ("REGIONAL", "TLS_1_2")
    assert settings["IpAddressType"] == "dualstack"
    records = [NAMED.properties(name) for name in ("DomainRecord", "DomainRecordV6")]
    assert [one["Type"] for one in records] == ["A", "AAAA"]
    assert records[0]["AliasTarget"] == records[1]["AliasTarget"]


@pytest.mark.parametrize(
    ("params", "made"),
    [
        ({}, set()),
        ({"hosted_zone": "Z1"}, set()),
        ({"domain": DOMAIN}, {"DomainName", "DomainMapping", "Address", "DomainTarget"}),
        (
            {"domain": DOMAIN, "hosted_zone": "Z1"},
            {"DomainName", "DomainMapping", "DomainRecord", "DomainRecordV6", "Address"},
        ),
    ],
)
def test_nothing_is_made_that_was_not_asked_for(params, made):
    part, deployment = read("deployment/domain.yml"), Deployment(**params)
    names = {*part["Resources"], *part["Outputs"]}

    assert names & {*deployment.resources, *deployment.outputs} == made


@pytest.mark.parametrize(
    ("param", "parameter", "good", "bad"),
    [
        (
            "domain",
            "Domain",
            ["", DOMAIN, "a.example"],
            ["localhost", "https://a.example", "A.example"],
        ),
        ("base_path", "BasePath", ["", "api", "v1/photos"], ["/api", "api/", "a//b", "a b"]),
    ],
)
def test_a_wrong_address_is_refused_before_the_deployment(param, parameter, good, bad):
    assert not any(parameter in Deployment(**{param: text}).refusals() for text in good)
    assert all(parameter in Deployment(**{param: text}).refusals() for text in bad)
