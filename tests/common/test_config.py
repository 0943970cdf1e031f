from pathlib import Path

import pytest

from service.common import config
from service.common.config import ConfigError

AWS = {"BUCKET_NAME": "my-bucket", "TABLE_NAME": "images", "AUTH": "none"}


def test_nothing_set_is_the_embedded_store():
    settings = config.load({})

    assert settings.embedded
    assert (settings.host, settings.port, settings.data_dir) == ("127.0.0.1", 8000, Path("data"))
    assert (settings.max_image_size, settings.max_image_pixels) == (10485760, 100_000_000)
    assert (settings.workers, settings.threads) in [(2, 64), (1, 128)]
    assert (settings.aws_default_region, settings.auth) == ("us-east-1", "none")
    assert (settings.use_localstack, settings.aws_endpoint_url) == (False, None)
    assert settings.fast_dynamodb


@pytest.mark.parametrize(("workers", "threads"), [("1", 128), ("2", 64), ("3", 64)])
def test_one_process_alone_has_more_threads(workers, threads):
    assert config.load({"WORKERS": workers}).threads == threads
    assert config.load({**AWS, "WORKERS": workers}).threads == 64


def test_a_bucket_and_a_table_are_aws():
    settings = config.load(AWS)

    assert not settings.embedded
    assert (settings.bucket_name, settings.table_name) == ("my-bucket", "images")
    assert (settings.workers, settings.threads) == (2, 64)


def test_localstack_knows_its_address():
    settings = config.load({**AWS, "USE_LOCALSTACK": "1", "AUTH": ""})

    assert settings.aws_endpoint_url == "http://localhost:4566"
    assert settings.public_s3_endpoint_url == "http://localhost:4566"
    assert settings.auth == "none"


def test_the_public_address_may_be_another():
    inside, outside = "http://localstack:4566", "https://images.example.com"
    values = {**AWS, "AWS_ENDPOINT_URL": inside, "PUBLIC_S3_ENDPOINT_URL": outside}

    settings = config.load(values)

    assert (settings.aws_endpoint_url, settings.public_s3_endpoint_url) == (inside, outside)


@pytest.mark.parametrize(
    "url",
    [
        "http://localstack:4566",
        "http://127.0.0.1:1",
        "http://[::1]:4566",
        "https://s3.example.com.",
    ],
)
def test_an_address_may_be_a_name_or_a_number(url):
    settings = config.load({**AWS, "AWS_ENDPOINT_URL": url, "PUBLIC_URL": url})

    assert settings.aws_endpoint_url == settings.public_url == url


def test_blank_is_unset_and_space_is_trimmed():
    settings = config.load({"PORT": " ", "MAX_IMAGE_SIZE": " 5 ", "BUCKET_NAME": "  "})

    assert (settings.port, settings.max_image_size, settings.embedded) == (8000, 5, True)


def test_the_fast_path_can_be_switched_off():
    assert not config.load({**AWS, "FAST_DYNAMODB": "0"}).fast_dynamodb


@pytest.mark.parametrize("word", ["1", "true", "TRUE", "yes", "on"])
def test_flags_are_read_as_people_write_them(word):
    assert config.load({**AWS, "USE_LOCALSTACK": word}).use_localstack


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "http"),
        ("PORT", "٣"),
        ("PORT", "8_000"),
        ("MAX_IMAGE_SIZE", "0"),
        ("MAX_IMAGE_SIZE", "10MB"),
        ("MAX_IMAGE_SIZE", "-1"),
        ("MAX_IMAGE_SIZE", "1e6"),
        ("MAX_IMAGE_PIXELS", "50.0"),
        ("USE_LOCALSTACK", "maybe"),
        ("AWS_ENDPOINT_URL", "localhost:4566"),
        ("AWS_ENDPOINT_URL", "ftp://localhost"),
        ("PUBLIC_S3_ENDPOINT_URL", "http://a/b"),
        ("PUBLIC_S3_ENDPOINT_URL", "http://user@host"),
        ("AWS_ENDPOINT_URL", "http://local_stack:4566"),
        ("AWS_ENDPOINT_URL", "http://localhost:http"),
        ("AWS_ENDPOINT_URL", "http://localhost:65536"),
        ("AWS_ENDPOINT_URL", "http://a..b"),
        ("AWS_ENDPOINT_URL", "http://[::::]:4566"),
        ("PUBLIC_S3_ENDPOINT_URL", f"http://{'a' * 64}.example"),
        ("PUBLIC_URL", "https://photos..example.com"),
        ("PUBLIC_URL", f"https://{'a' * 64}.example"),
        ("PUBLIC_URL", "https://[1:2]"),
        ("BUCKET_NAME", "My_Bucket"),
        ("BUCKET_NAME", "ab"),
        ("TABLE_NAME", "a b"),
        ("AWS_DEFAULT_REGION", "Virginia"),
        ("AUTH", "basic"),
        ("LOG_LEVEL", "info"),
        ("HOST", "a b"),
        ("HOST", "a..b"),
        ("CORS_ORIGINS", "app.example.com"),
        ("CORS_ORIGINS", "https://a.example/path"),
        ("CORS_ORIGINS", "https://*.example"),
        ("CORS_ORIGINS", "*, https://a.example"),
    ],
)
def test_an_invalid_value_stops_the_start(name, value):
    with pytest.raises(ConfigError) as raised:
        config.load({**AWS, name: value})

    message = str(raised.value)
    assert message.startswith(f"{name}={value!r} cannot be used: it must be ")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"BUCKET_NAME": "my-bucket"}, "TABLE_NAME"),
        ({"TABLE_NAME": "images"}, "BUCKET_NAME"),
        ({"USE_LOCALSTACK": "1"}, "BUCKET_NAME"),
        ({**AWS, "AUTH": ""}, "AUTH"),
        ({**AWS, "AUTH": "jwt"}, "AUTH=jwt"),
        ({"AUTH": "jwt"}, "AUTH=jwt"),
        ({"AUTH": "jwt", "JWT_SECRET": "x" * 32, "JWT_JWKS_URL": "https://a/b"}, "one of the two"),
        ({"JWT_SECRET": "x" * 32}, "AUTH is not set"),
        ({**AWS, "AUTH": "", "JWT_JWKS_URL": "https://a/b"}, "AUTH is not set"),
    ],
)
def test_contradictions_stop_the_start(values, named):
    with pytest.raises(ConfigError) as raised:
        config.load(values)

    assert named in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_short_secret_is_refused_and_never_shown():
    with pytest.raises(ConfigError) as raised:
        config.load({"AUTH": "jwt", "JWT_SECRET": "hunter2-" * 3})

    assert str(raised.value).startswith("JWT_SECRET is too short: at least 32 bytes")
    assert "hunter2" not in str(raised.value)


def test_a_secret_is_measured_in_bytes():
    assert config.load({"AUTH": "jwt", "JWT_SECRET": "é" * 16}).jwt_secret == "é".encode() * 16


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("*", ("*",)),
        (
            "https://A.example/ , http://localhost:3000",
            ("https://a.example", "http://localhost:3000"),
        ),
        ("https://a.example:443,http://[::1]:80/", ("https://a.example", "http://[::1]")),
        (
            "https://a:80,http://a:443,http://b:8080",
            ("https://a:80", "http://a:443", "http://b:8080"),
        ),
    ],
)
def test_origins_are_written_as_browsers_send_them(text, expected):
    assert config.load({"CORS_ORIGINS": text}).cors_origins == expected
