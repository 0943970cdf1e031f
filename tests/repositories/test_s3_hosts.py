"""URLs of S3 name the host of the region, because newer regions refuse the global host."""

from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import AWSResponse
from moto.core.botocore_stubber import MockRawResponse

from service.app import new_store
from service.common import config
from service.repositories.aws import clients
from service.repositories.aws.fast.s3_presigner import S3Presigner
from service.repositories.aws.s3_objects import S3Objects

KEY = "images/0123456789abcdef0123456789abcdef/0123456789abcdef"
# Region, bucket, host. No certificate covers a bucket's dots, so such a bucket goes into the path.
HOSTS = [
    ("us-east-1", "images", "images.s3.us-east-1.amazonaws.com"),
    ("us-west-2", "images", "images.s3.us-west-2.amazonaws.com"),
    ("eu-central-1", "images", "images.s3.eu-central-1.amazonaws.com"),
    ("ap-southeast-5", "images", "images.s3.ap-southeast-5.amazonaws.com"),
    ("me-central-1", "images", "images.s3.me-central-1.amazonaws.com"),
    ("il-central-1", "images", "images.s3.il-central-1.amazonaws.com"),
    ("mx-central-1", "images", "images.s3.mx-central-1.amazonaws.com"),
    ("us-gov-west-1", "images", "images.s3.us-gov-west-1.amazonaws.com"),
    ("cn-north-1", "images", "images.s3.cn-north-1.amazonaws.com.cn"),
    ("us-east-1", "my.dotted.images", "s3.us-east-1.amazonaws.com"),
    ("eu-central-1", "my.dotted.images", "s3.eu-central-1.amazonaws.com"),
    ("cn-north-1", "my.dotted.images", "s3.cn-north-1.amazonaws.com.cn"),
]
EMULATOR = "http://localhost:4566"


@pytest.fixture
def new_objects(monkeypatch):
    """Build the objects of a bucket as the app does, with the test's own settings."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")

    def build(region, bucket_name, **values):
        values |= {"AWS_DEFAULT_REGION": region, "BUCKET_NAME": bucket_name}
        settings = config.load(values | {"TABLE_NAME": "images", "AUTH": "none"})
        session = clients.new_session(settings)
        presigner = S3Presigner(clients.public_s3_client(session, settings), bucket_name, 3600)
        return S3Objects(clients.s3_client(session, settings), bucket_name, presigner)

    return build


def signed_addresses(presigner):
    """Return the addresses of a GET, a PUT and a POST, without their signatures."""
    get, _ = presigner.presign_get(KEY, 60, {})
    put, _, _ = presigner.presign_put(KEY, 60, 1, {"Content-Type": "image/png"})
    post, _, _ = presigner.presign_post(KEY, 60, 1, {"Content-Type": "image/png"})
    return [urlsplit(url)._replace(query="").geturl() for url in (get, put, post)]


def called_addresses(client, bucket_name):
    """Return the addresses of the client's own calls; no call is sent."""
    urls = []

    def answer(request, **_sent):
        urls.append(request.url)
        return AWSResponse(request.url, 200, {}, MockRawResponse(""))

    client.meta.events.register("before-send.s3", answer)
    client.put_object(Bucket=bucket_name, Key=KEY, Body=b"1")
    return urls


@pytest.mark.parametrize(("region", "bucket_name", "host"), HOSTS)
def test_it_works(new_objects, region, bucket_name, host):
    objects = new_objects(region, bucket_name)
    bucket = f"https://{host}/" if host.startswith(bucket_name) else f"https://{host}/{bucket_name}"

    get, put, post = signed_addresses(objects.presigner)
    calls = called_addresses(objects.client, bucket_name)

    assert post == bucket
    assert get == put == f"{bucket.rstrip('/')}/{KEY}"
    assert calls == [get]


@pytest.mark.parametrize(("region", "bucket_name", "host"), HOSTS)
def test_their_origin_is_known_without_credentials(monkeypatch, region, bucket_name, host):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    values = {"AWS_DEFAULT_REGION": region, "BUCKET_NAME": bucket_name, "TABLE_NAME": "images"}

    store = new_store(config.load(values | {"AUTH": "none"}))

    assert store.origin == f"https://{host}"


def test_an_endpoint_of_ones_own_has_the_bucket_in_its_path(new_objects):
    objects = new_objects("eu-central-1", "images", AWS_ENDPOINT_URL=EMULATOR)

    addresses = signed_addresses(objects.presigner)
    calls = called_addresses(objects.client, "images")

    assert addresses == [f"{EMULATOR}/images/{KEY}"] * 2 + [f"{EMULATOR}/images"]
    assert calls == addresses[:1]


def test_so_has_one_that_only_the_sdk_knows(new_objects, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", EMULATOR)
    objects = new_objects("eu-central-1", "images")

    addresses = signed_addresses(objects.presigner)
    calls = called_addresses(objects.client, "images")

    assert addresses == [f"{EMULATOR}/images/{KEY}"] * 2 + [f"{EMULATOR}/images"]
    assert calls == addresses[:1]
