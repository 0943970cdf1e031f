"""The checks for DynamoDB and S3: endpoint, credentials, clock, parts, and the host of URLs."""

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError

from service.common.errors import ServiceError
from service.operators.doctor.aws_faults import CALL_ERRORS, call_fault, explain_url
from service.operators.doctor.findings import Concern, Fault
from service.operators.doctor.part_checks import PartChecks
from service.operators.doctor.public_url import check_public_url
from service.operators.doctor.round_trip import RoundTrip
from service.operators.doctor.visits import Unreachable, visit

# Largest difference of clocks. DynamoDB accepts five minutes, S3 fifteen.
MOST_SKEW_SECONDS = 240
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def utc_now():
    """Return the current time as an aware datetime in UTC."""
    return datetime.now(UTC)


class AwsChecks:
    """The checks for an app on DynamoDB and S3. clock: returns an aware datetime in UTC."""

    def __init__(self, app, *, clock=utc_now):
        self.settings = app.extensions["settings"]
        self.image_service = app.extensions["image_service"]
        self.store = app.extensions["store"]
        self.clock = clock

    def checks(self, stack):
        """Return rows of (name, check). Closing the ExitStack removes what they create."""
        parts = PartChecks(self.settings, self.store.dynamodb, self.store.s3)
        trip = RoundTrip(self.image_service, self.visit, explain_url)
        stack.callback(trip.clean_up)
        return [
            *([("endpoint", self.endpoint)] if self.settings.aws_endpoint_url else []),
            ("credentials", self.credentials),
            ("clock", self.skew),
            ("table", parts.table),
            ("indexes", parts.indexes),
            ("bucket", parts.bucket),
            ("versioning", parts.versioning),
            *([("browser uploads", parts.origins)] if self.settings.cors_origins else []),
            *([("gallery uploads", parts.gallery)] if self.settings.gallery else []),
            *([("public URL", self.public_url)] if self.settings.public_url else []),
            ("URL host", self.url_host),
            *trip.checks(),
        ]

    def public_url(self):
        """See that the service answers at PUBLIC_URL."""
        return check_public_url(self.settings.public_url)

    def endpoint(self):
        """Check that S3 and DynamoDB answer at AWS_ENDPOINT_URL."""
        address = self.settings.aws_endpoint_url
        try:
            answer = visit(f"{address.rstrip('/')}/_localstack/health")
        except Unreachable as error:
            raise Fault(
                f"Nothing answers at {address} ({error}): set AWS_ENDPOINT_URL, or start the "
                "emulator: `docker compose up -d localstack`. LocalStack newer than 4.14.0 stops "
                "at once unless LOCALSTACK_AUTH_TOKEN is set: see `docker compose logs localstack`."
            ) from error
        missing = [name for name in ("s3", "dynamodb") if not offers(answer, name)]
        if missing:
            raise Fault(
                f"The emulator at {address} runs without {' and '.join(missing)}: add them to its "
                "SERVICES. LocalStack may require LOCALSTACK_AUTH_TOKEN for them."
            )
        return f"answers at {address}"

    def credentials(self):
        """Check that there are credentials. The next check shows whether AWS accepts them."""
        try:
            found, end = self.store.read_credentials()
        except (ServiceError, BotoCoreError) as error:
            raise Fault(
                "There are no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
                "log in (`aws sso login`), or give the machine a role."
            ) from error
        if end and end <= self.clock():
            raise Fault(f"The AWS credentials expired at {end:%Y-%m-%dT%H:%M:%SZ}: renew them.")
        return f"key {found.access_key[:4]}…" + (f", until {end:%H:%M} UTC" if end else "")

    def skew(self):
        """Check that the clock of this machine agrees with the store's."""
        try:
            answer = self.store.dynamodb.describe_table(TableName=self.settings.table_name)
        except CALL_ERRORS as error:
            # An error answer has a Date too. The next check explains the error.
            answer = getattr(error, "response", None)
            if answer is None:
                raise call_fault(error, self.settings) from error
        date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
        if date is None:
            return "cannot be compared: the answer of the store has no Date"
        seconds = round((self.clock() - parsedate_to_datetime(date)).total_seconds())
        if abs(seconds) > MOST_SKEW_SECONDS:
            side = "ahead of" if seconds > 0 else "behind"
            raise Fault(
                f"This machine's clock is {abs(seconds)} s {side} the store's: signatures are "
                "refused. Set the clock (chrony, systemd-timesyncd, or restart Docker Desktop)."
            )
        return f"within {abs(seconds)} s of the store's"

    def url_host(self):
        """Check that the host of presigned URLs is an address that users can reach."""
        host = self.store.url_host()
        if host not in LOOPBACK and "." not in host and ":" not in host:
            raise Concern(
                f"Presigned URLs lead to {host}, a name that probably only containers know: set "
                "PUBLIC_S3_ENDPOINT_URL to the address at which your users reach S3, for example "
                "http://localhost:4566."
            )
        return host

    def visit(self, url):
        """Return S3's Answer to a presigned URL.

        In a container S3 does not answer at the users' localhost. Then the same request goes to
        AWS_ENDPOINT_URL, with the host for which the URL is signed.
        """
        try:
            return visit(url)
        except Unreachable:
            parts, inside = urlsplit(url), urlsplit(self.settings.aws_endpoint_url or "")
            if parts.hostname not in LOOPBACK or inside.hostname in (None, *LOOPBACK):
                raise
        same = parts._replace(scheme=inside.scheme, netloc=inside.netloc)
        return visit(same.geturl(), host=parts.netloc)


def offers(answer, name):
    """Tell whether an emulator has a service. True if its health answer does not say it."""
    try:
        services = json.loads(answer.body)["services"]
        return services.get(name, "missing") not in ("missing", "disabled", "error")
    except (ValueError, LookupError, TypeError, AttributeError):
        return True
