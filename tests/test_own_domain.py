"""A domain of the operator's own: what the deployment makes of it, and events that come by it."""

import json
import re

import pytest

from service.app import create_app
from service.running.lambda_handler import new_handler
from tests.support import pictures
from tests.support.deployment import read_part, resolve
from tests.support.gateway_events import HOST, http_api, multipart

PART = read_part("deployment/domain.yml")
RESOURCES = PART["Resources"]
DOMAIN = "photos.example.com"


def url_of(**given):
    """Return PUBLIC_URL of a deployment with these parameters."""
    return resolve(read_part("deployment/api_settings.yml")["PUBLIC_URL"], PART, given)


@pytest.fixture
def new_call(tmp_path):
    """Return calls of the handler of a deployment with these parameters, by a host name."""

    def build(host, **given):
        app = create_app(
            {
                "DATA_DIR": str(tmp_path / "data"),
                "LOG_LEVEL": "ERROR",
                "STRIP_STAGE_PATH": "1",
                "API_GATEWAY_BASE_PATH": given.get("BasePath", ""),
                "PUBLIC_URL": url_of(**given),
            }
        )
        handler = new_handler(app)

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
    ("given", "url"),
    [
        ({}, ""),
        ({"BasePath": "api"}, ""),
        ({"Domain": DOMAIN}, f"https://{DOMAIN}"),
        ({"Domain": DOMAIN, "BasePath": "api"}, f"https://{DOMAIN}/api"),
        ({"Domain": DOMAIN, "BasePath": "v1/photos"}, f"https://{DOMAIN}/v1/photos"),
        ({"Domain": DOMAIN, "PublicUrl": "https://cdn.example.com"}, "https://cdn.example.com"),
    ],
)
def test_the_public_url_follows_the_domain(given, url):
    assert url_of(**given) == url


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
    call = new_call(DOMAIN, Domain=DOMAIN, BasePath=base)

    assert roots_of(call, prefix) == {f"https://{DOMAIN}/{base}".rstrip("/")}


def test_the_address_of_the_gateway_leads_to_the_domain(new_call):
    call = new_call(HOST, Domain=DOMAIN, BasePath="api")

    assert roots_of(call, "") == {f"https://{DOMAIN}/api"}


def test_the_page_asks_for_its_files_under_the_path(new_call):
    call = new_call(DOMAIN, Domain=DOMAIN, BasePath="v1/photos")

    answer = call("GET", "/v1/photos/", accept="text/html")

    links = re.findall(r'(?:href|src)="([^"]*gallery/[^"]+)"', answer["body"])
    assert links
    assert {link.partition("gallery/")[0] for link in links} <= {"", "/v1/photos/"}


def test_the_domain_has_tls_and_both_kinds_of_addresses():
    (settings,) = RESOURCES["DomainName"]["Properties"]["DomainNameConfigurations"]

    assert (settings["EndpointType"], settings["SecurityPolicy"]) == ("REGIONAL", "TLS_1_2")
    assert settings["IpAddressType"] == "dualstack"
    records = [RESOURCES[name]["Properties"] for name in ("DomainRecord", "DomainRecordV6")]
    assert [one["Type"] for one in records] == ["A", "AAAA"]
    assert records[0]["AliasTarget"] == records[1]["AliasTarget"]


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ({}, set()),
        ({"HostedZone": "Z1"}, set()),
        ({"Domain": DOMAIN}, {"DomainName", "DomainMapping", "Address", "DomainTarget"}),
        ({"Domain": DOMAIN, "HostedZone": "Z1"}, {*RESOURCES, "Address"}),
    ],
)
def test_nothing_is_made_that_was_not_asked_for(given, made):
    parts = RESOURCES | PART["Outputs"]
    conditions = {name: {"Condition": one["Condition"]} for name, one in parts.items()}

    assert {name for name in parts if resolve(conditions[name], PART, given)} == made


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("Domain", ["", DOMAIN, "a.example"], ["localhost", "https://a.example", "A.example"]),
        ("BasePath", ["", "api", "v1/photos"], ["/api", "api/", "a//b", "a b"]),
    ],
)
def test_a_wrong_parameter_is_refused_before_the_deployment(name, good, bad):
    pattern = re.compile(PART["Parameters"][name]["AllowedPattern"])

    assert all(pattern.fullmatch(text) for text in good)
    assert not any(pattern.fullmatch(text) for text in bad)
