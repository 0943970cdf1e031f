"""AWS Signature Version 4. Keys are kept until the credentials or the day change.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hmac
from datetime import UTC, datetime
from functools import reduce
from hashlib import sha256
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"
DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def utc_now():
    """Return the current time, aware and in UTC."""
    return datetime.now(UTC)


class Signer:
    """Signs requests to one service in one region.

    clock: returns the current time, aware and in UTC.
    """

    def __init__(self, service, region, *, clock=utc_now):
        self.service = service
        self.region = region
        self.clock = clock
        self.day = None

    def day_of(self, credentials, now):
        """Return the SigningDay; a new one only if credentials or date have changed."""
        day = self.day
        if day is None or day.date != now.date() or day.credentials != credentials:
            day = self.day = SigningDay(credentials, now.date(), f"{self.region}/{self.service}")
        return day

    def headers(self, url, headers, body, credentials):
        """Return the headers to add to a POST of a body to a split URL.

        headers: the other headers to sign, named in lower case.
        """
        now = self.clock()
        timestamp = timestamp_of(now)
        added = {"X-Amz-Date": timestamp}
        signed = headers | {"x-amz-date": timestamp}
        if credentials.token:
            added["X-Amz-Security-Token"] = signed["x-amz-security-token"] = credentials.token
        added["Authorization"] = self.authorization(url, signed, body, credentials, now=now)
        return added

    def authorization(self, url, signed, body, credentials, *, now):
        """Return the header Authorization of a POST of a body to a split URL.

        signed: the headers that are signed, named in lower case, x-amz-date among them.
        """
        timestamp = timestamp_of(now)
        signed = sorted(signed.items())
        names = ";".join([name for name, _ in signed])
        lines = "".join([f"{name}:{text}\n" for name, text in signed])
        path = quote(url.path or "/", safe="/~")
        request = f"POST\n{path}\n\n{lines}\n{names}\n{sha256(body).hexdigest()}"
        day = self.day_of(credentials, now)
        return (
            f"{ALGORITHM} Credential={day.credential}, SignedHeaders={names},"
            f" Signature={day.sign(request, timestamp)}"
        )


class SigningDay:
    """The values that all signatures of the same credentials on one day (UTC) share."""

    def __init__(self, credentials, date, place):
        self.credentials = credentials
        self.date = date
        self.scope = f"{date:%Y%m%d}/{place}/aws4_request"
        self.credential = f"{credentials.access_key}/{self.scope}"
        key = reduce(mac, self.scope.split("/"), f"AWS4{credentials.secret_key}".encode())
        # Copied for each signature, because hmac.digest releases Python's lock each time.
        self.mac = hmac.new(key, digestmod=sha256)

    def sign(self, request, timestamp):
        """Return the signature, hex, of a canonical request."""
        digest = sha256(request.encode()).hexdigest()
        mac = self.mac.copy()
        mac.update(f"{ALGORITHM}\n{timestamp}\n{self.scope}\n{digest}".encode())
        return mac.hexdigest()


def timestamp_of(now):
    """Return a time, aware and in UTC, in the format of a signature: YYYYMMDDTHHMMSSZ."""
    return now.isoformat()[:19].replace("-", "").replace(":", "") + "Z"


def time_of(timestamp):
    """Return the time, aware and in UTC, of a text from `timestamp_of`."""
    return datetime.strptime(timestamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def host_of(url):
    """Return the Host header of a split URL, without the default port of the scheme."""
    return url.netloc.lower().removesuffix(DEFAULT_PORTS[url.scheme])


def mac(key, text):
    """Return the HMAC-SHA256 of a text, as bytes."""
    return hmac.digest(key, text.encode(), "sha256")
