"""A deployment under a domain of its own: its DNS records, and its answers through that name.

python -m tests.packaging.own_domain zone NAME
python -m tests.packaging.own_domain records ZONE NAME
python -m tests.packaging.own_domain answers ADDRESS NAME [BASE_PATH]
"""

import json
import sys
import urllib.request
from urllib.parse import urlsplit

import boto3

from tests.packaging.journey import Service, picture
from tests.support.gateway_events import multipart


def zone(name):
    """Make a hosted zone for the domain of a name, print its id."""
    domain = name.partition(".")[2]
    made = boto3.client("route53").create_hosted_zone(Name=domain, CallerReference=name)
    sys.stdout.write(made["HostedZone"]["Id"].rpartition("/")[2])


def records(zone_id, name):
    """Check that both records of the name lead to the gateway."""
    found = boto3.client("route53").list_resource_record_sets(HostedZoneId=zone_id)
    targets = {
        one["Type"]: one["AliasTarget"]["DNSName"].rstrip(".")
        for one in found["ResourceRecordSets"]
        if one["Name"].rstrip(".") == name
    }
    (domain,) = boto3.client("apigatewayv2").get_domain_names()["Items"]
    gateway = domain["DomainNameConfigurations"][0]["ApiGatewayDomainName"]
    assert targets == {"A": gateway, "AAAA": gateway}, (targets, gateway)


def answers(address, name, base_path=""):
    """Upload through the name: every URL of the answer starts with it, and the Location opens."""
    root = f"https://{name}/{base_path}".rstrip("/")
    service = Service(address, name)
    status, document, _ = service.call("GET", f"{urlsplit(root).path}/openapi.json")
    assert (status, document["servers"]) == (200, [{"url": root}]), (status, document)
    body, content_type = multipart(picture(10_000), user_id="domain")
    request = urllib.request.Request(f"{address}{urlsplit(root).path}/images", body)
    request.headers |= {"Host": name, "Content-type": content_type}
    with urllib.request.urlopen(request, timeout=60) as response:
        location, image = response.headers["Location"], json.load(response)
    assert location == f"{root}/images/{image['image_id']}", location
    path = urlsplit(location).path
    assert service.call("GET", path)[1]["sha256"] == image["sha256"]
    assert service.call("DELETE", path)[0] == 204
    sys.stdout.write(f"       {location}\n")


if __name__ == "__main__":
    {"zone": zone, "records": records, "answers": answers}[sys.argv[1]](*sys.argv[2:])
