"""The settings: one table. They are read from the environment once; a wrong value is an error."""

import ipaddress
import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from service.common import processors


class ConfigError(Exception):
    """A setting is wrong or missing. The text is one line for the operator."""


class Settings:
    """Every row of SETTINGS as an attribute in lower case: `settings.max_image_size`."""

    def __init__(self, values):
        self.__dict__.update(values)

    @property
    def embedded(self):
        """Tell whether images are in SQLite and a folder, not in DynamoDB and S3."""
        return not self.bucket_name

    @property
    def bind_address(self):
        """The address where the server listens, in the format of gunicorn."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def address(self):
        """The address of the service for clients on this machine."""
        if self.host in ("127.0.0.1", "0.0.0.0", "::"):  # noqa: S104
            return f"http://localhost:{self.port}"
        return f"http://{self.bind_address}"

    @property
    def public_origin(self):
        """The scheme, host and port of PUBLIC_URL as browsers write them, or None."""
        if self.public_url is None:
            return None
        parts = urlsplit(self.public_url)
        return origins(f"{parts.scheme}://{parts.netloc}")[0]

    @property
    def gallery_origin(self):
        """The origin of the gallery's page; `*` if nobody knows it; None without a gallery."""
        return (self.public_origin or "*") if self.gallery else None

    @property
    def bucket_origins(self):
        """The origins of the web pages that may use presigned URLs of the bucket; `*`: all pages.

        All of them if the gallery's address is unknown. Whoever holds such a URL has its permission
        anyway, and the bucket knows no cookies.
        """
        found = [*self.cors_origins, *filter(None, [self.gallery_origin])]
        return ("*",) if "*" in found else tuple(dict.fromkeys(found))


def text(pattern, allowed):
    """Return a parser for a text that matches a whole pattern; '' is None."""

    def parse(value):
        if value and not re.fullmatch(pattern, value):
            raise ValueError(allowed)
        return value or None

    return parse


def origins(value):
    """Parse the comma-separated origins of web pages, or `*`; '' is no origin."""
    texts = (origin.strip().rstrip("/").lower() for origin in value.split(",") if origin)
    # Browsers leave the usual port of a scheme out.
    found = tuple(re.sub(DEFAULT_PORT, r"\1\2", origin) for origin in texts)
    if found != ("*",) and not all(re.fullmatch(ORIGIN, origin) for origin in found):
        raise ValueError("* or comma-separated origins such as https://app.example.com")
    return found


def address(pattern, allowed):
    """Return a parser for a URL into one without a slash at its end; '' is None.

    pattern: has the groups `port` and `ipv6`.
    """

    def parse(value):
        match = re.fullmatch(pattern, value)
        if value and (not match or int(match["port"] or 0) > 65535 or not is_ipv6(match["ipv6"])):
            raise ValueError(allowed)
        return value.rstrip("/") or None

    return parse


def is_ipv6(text):
    """Tell whether a text is an IPv6 address, or None."""
    try:
        return text is None or bool(ipaddress.IPv6Address(text))
    except ValueError:
        return False


def base_path(value):
    """Parse the path of a URL into one with a slash before it and none at its end; '' is None."""
    path = "/" + value.strip("/")
    if value and not re.fullmatch(r"(/[A-Za-z0-9$_.+!*'()-]+)+", path):
        raise ValueError("a path such as api, as API Gateway allows")
    return path if value else None


def networks(value):
    """Parse comma-separated addresses and networks; `none` is no network."""
    if value == "none":
        return ()
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in value.split(","))
    except ValueError as error:
        raise ValueError("none, or addresses and networks such as 10.0.0.0/8,::1") from error


def whole_number(least, most):
    """Return a parser for a whole number in a range."""

    def parse(value):
        if not re.fullmatch(r"[0-9]{1,15}", value) or not least <= int(value) <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return int(value)

    return parse


def choice(*allowed):
    """Return a parser for one of a few words; '' is None where '' is allowed."""

    def parse(value):
        if value not in allowed:
            raise ValueError("one of " + ", ".join(word for word in allowed if word))
        return value or None

    return parse


def flag(value):
    """Parse 1/0, true/false, yes/no or on/off; '' is off."""
    words = {"1": True, "true": True, "yes": True, "on": True}
    words |= {"": False, "0": False, "false": False, "no": False, "off": False}
    if value.lower() not in words:
        raise ValueError("1 or 0")
    return words[value.lower()]


ORIGIN = r"https?://[^\s/?#@*,]+"
DEFAULT_PORT = r"(http(?=:.*:80$)|https(?=:.*:443$))(:.*):[0-9]+"
# The part of a name between two dots. The AWS SDK takes no underscore there.
LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
NAME = r"([A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?"
IPV6_AND_PORT = r"\[(?P<ipv6>[0-9A-Fa-f:.]+)\])(:(?P<port>[1-9][0-9]{0,4}))?"
URL = address(
    rf"https?://(({LABEL}\.)*{LABEL}\.?|{IPV6_AND_PORT}/?",
    "an address such as http://localhost:4566, without a path",
)
# Bucket: docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html. Table: the DynamoDB
# API reference, CreateTable.
BUCKET = text(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "3 to 63 of a-z 0-9 . -, as S3 allows")
TABLE = text(r"[A-Za-z0-9_.-]{3,255}", "3 to 255 of A-Z a-z 0-9 _ . -, as DynamoDB allows")
REGION = text(r"[a-z]{2,}(-[a-z]+)+-[0-9]+", "a region such as us-east-1")
# Over plain HTTP an attacker could replace the keys.
JWKS_URL = text(
    r"(https://|http://(localhost|127\.0\.0\.1)[:/])[!-\"$-?A-~]+",
    "an https:// address (http:// on localhost only)",
)
CLAIM = text(r"[!-~]+", "text without spaces")
RATE = text(r"[1-9][0-9]{0,5}/(second|minute|hour|day)", "a rate such as 60/minute")
WEB_ADDRESS = address(
    rf"https?://({NAME}|{IPV6_AND_PORT}"
    r"(/(?!\.\.?(/|$))([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+)*/?",
    "an address such as https://photos.example.com/api",
)
HOST = text(rf"{NAME}|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*", "a host name or an IP address")

# fmt: off
# Name, default, parser, meaning. The README's table is made from these rows.
SETTINGS = (
    ("BUCKET_NAME", "", BUCKET, "S3 bucket; unset: images are in `DATA_DIR`"),
    ("TABLE_NAME", "", TABLE, "DynamoDB table; set together with `BUCKET_NAME`"),
    ("AWS_DEFAULT_REGION", "us-east-1", REGION, "region of bucket and table"),
    ("MAX_IMAGE_SIZE", "10485760", whole_number(1, 104857600), "largest image, bytes"),
    ("MAX_INLINE_SIZE", "0", whole_number(0, 104857600), "largest image that a request body may "
     "bring, bytes; larger ones go straight to the store; `0`: `MAX_IMAGE_SIZE`"),
    ("MAX_IMAGE_PIXELS", "100000000", whole_number(1, 10**9), "most pixels an image may declare"),
    ("MAX_IMAGES_PER_USER", "0", whole_number(0, 10**9), "most images a user may keep; `0`: no "
     "limit"),
    ("MAX_BYTES_PER_USER", "0", whole_number(0, 10**15 - 1), "most bytes a user's images may have "
     "in all; `0`: no limit"),
    ("RATE_LIMIT", "", RATE, "most requests of one caller, as `60/minute`; a caller is the token's "
     "user, or the address where there is no token; all `WORKERS` count together; unset: no limit"),
    ("USE_LOCALSTACK", "0", flag, "`1`: use an emulator at `AWS_ENDPOINT_URL` (default "
     "`http://localhost:4566`), make bucket, table and indexes if missing"),
    ("AWS_ENDPOINT_URL", "", URL, "any S3/DynamoDB-compatible endpoint"),
    ("PUBLIC_S3_ENDPOINT_URL", "", URL, "S3 as your users reach it; presigned URLs are signed for "
     "it (default: `AWS_ENDPOINT_URL`)"),
    ("FAST_DYNAMODB", "1", flag, "`0`: the AWS SDK alone makes every call of DynamoDB and "
     "S3; tracers see them all, each costs more CPU"),
    ("AUTH", "", choice("", "none", "jwt"), "who may call: `none` (anyone) or `jwt`; must be "
     "chosen on AWS, `none` elsewhere"),
    ("JWT_SECRET", "", os.fsencode, "with `AUTH=jwt`: the secret of HS256 tokens, 32 bytes or "
     "more; or"),
    ("JWT_JWKS_URL", "", JWKS_URL, "with `AUTH=jwt`: where the issuer of RS256 or ES256 tokens "
     "publishes its keys"),
    ("JWT_ISSUER", "", CLAIM, "the `iss` that tokens must have"),
    ("JWT_AUDIENCE", "", CLAIM, "the `aud` that tokens must have"),
    ("CORS_ORIGINS", "", origins, "web pages that may call from a browser: comma-separated "
     "origins such as `https://app.example.com`, or `*`"),
    ("GALLERY", "1", flag, "`1`: a browser that opens `/` sees the gallery; `0`: links only"),
    ("HOST", "127.0.0.1", HOST, "where the server listens"),
    ("PORT", "8000", whole_number(1, 65535), "the port it listens on"),
    ("PUBLIC_URL", "", WEB_ADDRESS, "the service as its users reach it, path included: "
     "`https://photos.example.com/api`; default: what the request says"),
    ("TRUSTED_PROXIES", "127.0.0.0/8,::1", networks, "addresses and networks of proxies whose "
     "`X-Forwarded-For`, `-Proto`, `-Host` and `-Port` are believed; `none`: of nobody"),
    ("DATA_DIR", "./data", Path, "folder of the embedded store"),
    ("WORKERS", "0", whole_number(0, 64), "server processes; `0`: 2, embedded store 1 where "
     "there is only one processor"),
    ("THREADS", "0", whole_number(0, 512), "threads a process; `0`: 64, embedded store with one "
     "process 128"),
    ("GRACE_SECONDS", "3600", whole_number(0, 86400), "seconds until the sweep, which cleans "
     "up after interrupted requests, gives up an unfinished upload, or looks again at a record "
     "whose bytes it has deleted; less than 60 is for tests"),
    ("TRASH_DAYS", "30", whole_number(0, 36500), "days until the sweep deletes an image in the "
     "trash; an image keeps the day that it got when it was moved there"),
    ("SIGNING_SESSION_SECONDS", "3600", whole_number(1, 604800), "how long session credentials "
     "without a known end are assumed to last"),
    ("METRICS", "0", flag, "`1`: count and time; `/metrics` shows it to Prometheus, on Lambda the "
     "log to CloudWatch"),
    ("AWS_LAMBDA_FUNCTION_NAME", "", text(r"[!-~]+", "a name"), "set by Lambda itself"),
    ("LOG_LEVEL", "INFO", choice("DEBUG", "INFO", "WARNING", "ERROR"), "least severe log line"),
    ("LOG_CLIENTS", "0", flag, "`1`: log lines also show the client's address; they always show "
     "the token's user"),
    ("STRIP_STAGE_PATH", "", flag, "`1`: remove the name of API Gateway's stage from the path; "
     "set on Lambda"),
    ("API_GATEWAY_BASE_PATH", "", base_path, "on Lambda: the path that a domain of your own maps "
     "to the API, such as `api`"),
)
# fmt: on


def load(environ):
    """Return the Settings of an environment. Raises ConfigError, which names the wrong setting."""
    values = {}
    for name, default, parse, _meaning in SETTINGS:
        text = environ.get(name, "").strip() or default
        try:
            values[name.lower()] = parse(text)
        except ValueError as error:
            raise ConfigError(f"{name}={text!r} cannot be used: it must be {error}.") from error
    return complete(Settings(values))


def complete(settings):
    """Set the values that depend on other settings. Raises ConfigError if settings contradict."""
    if bool(settings.bucket_name) != bool(settings.table_name):
        missing = "TABLE_NAME" if settings.bucket_name else "BUCKET_NAME"
        raise ConfigError(f"{missing} is missing: set BUCKET_NAME and TABLE_NAME, or neither.")
    if settings.use_localstack and settings.embedded:
        raise ConfigError("USE_LOCALSTACK=1 needs BUCKET_NAME and TABLE_NAME as well.")
    if settings.use_localstack and not settings.aws_endpoint_url:
        settings.aws_endpoint_url = "http://localhost:4566"
    settings.max_inline_size = settings.max_inline_size or settings.max_image_size
    settings.public_s3_endpoint_url = settings.public_s3_endpoint_url or settings.aws_endpoint_url
    complete_workers(settings)
    complete_auth(settings)
    return settings


def complete_workers(settings):
    """Set how many processes and threads serve."""
    # Workers of the AWS store wait for the network more than they compute.
    usual = min(processors.usable(), 2) if settings.embedded else 2
    settings.workers = settings.workers or usual
    alone = settings.embedded and settings.workers == 1
    settings.threads = settings.threads or (128 if alone else 64)


def complete_auth(settings):
    """Check AUTH: on AWS it must be set, and keys without AUTH=jwt are an error."""
    keys = [key for key in (settings.jwt_secret, settings.jwt_jwks_url) if key]
    if settings.auth is None and keys:
        raise ConfigError("AUTH is not set, though JWT_SECRET or JWT_JWKS_URL is: set AUTH=jwt.")
    if settings.auth is None and not settings.embedded and not settings.use_localstack:
        raise ConfigError(
            "AUTH is not set: on AWS choose AUTH=none (anyone who reaches the service may list, "
            "view and delete every image) or AUTH=jwt (callers show a signed token)."
        )
    if settings.auth == "jwt" and len(keys) != 1:
        raise ConfigError("AUTH=jwt needs JWT_SECRET or JWT_JWKS_URL, one of the two.")
    # The error never shows the secret itself.
    if settings.jwt_secret and len(settings.jwt_secret) < 32:
        raise ConfigError(
            "JWT_SECRET is too short: at least 32 bytes, for example from openssl rand -hex 32."
        )
    settings.auth = settings.auth or "none"
