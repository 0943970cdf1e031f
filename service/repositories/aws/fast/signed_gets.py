"""The text of a presigned GET URL: AWS Signature Version 4 in the query string."""

from datetime import timedelta
from urllib.parse import parse_qs, quote, urlsplit

from service.repositories.aws.fast import sigv4

EXAMPLE_KEY = "K"
QUERY_NAMES = {
    "ResponseContentDisposition": "response-content-disposition",
    "ResponseContentType": "response-content-type",
}


class Address:
    """The address of a client's signed URLs: origin, path prefix, Host header, region.

    url: a URL that the client has signed for EXAMPLE_KEY, at the time signed_at. So botocore's
    rules decide about path or virtual-host style, ports and partitions.
    """

    def __init__(self, url):
        url = urlsplit(url)
        query = parse_qs(url.query)
        self.origin = f"{url.scheme}://{url.netloc}"
        self.path = url.path.removesuffix(EXAMPLE_KEY)
        self.host = sigv4.host_of(url)
        self.region = query["X-Amz-Credential"][0].split("/")[-3]
        self.signed_at = sigv4.time_of(query["X-Amz-Date"][0])

    def sign(self, moment, object_key, response_params):
        """Return the signed URL of an object."""
        path = self.path + quote(object_key)
        added = [f"{QUERY_NAMES[name]}={encode(text)}" for name, text in response_params.items()]
        query = "&".join([moment.signed, *sorted(added)])
        request = f"GET\n{path}\n{query}\nhost:{self.host}\n\nhost\nUNSIGNED-PAYLOAD"
        signature = moment.day.sign(request, moment.timestamp)
        query = "&".join([*added, moment.shown])
        return f"{self.origin}{path}?{query}&X-Amz-Signature={signature}"


class Moment:
    """The parts that URLs share if they are signed in the same second for the same time."""

    def __init__(self, day, now, expires_in, end):
        self.day = day
        self.start = now
        self.over = now + timedelta(seconds=1)
        self.expires_in = expires_in
        self.end = end
        self.timestamp = sigv4.timestamp_of(now)
        head = (
            f"X-Amz-Algorithm={sigv4.ALGORITHM}&X-Amz-Credential={encode(day.credential)}"
            f"&X-Amz-Date={self.timestamp}&X-Amz-Expires={expires_in}"
        )
        token = day.credentials.token
        token = "" if token is None else f"&X-Amz-Security-Token={encode(token)}"
        # The signed text is sorted by name; the URL has the order of the SDK.
        self.signed = f"{head}{token}&X-Amz-SignedHeaders=host"
        self.shown = f"{head}&X-Amz-SignedHeaders=host{token}"


def encode(text):
    """Return a text, encoded for a query string."""
    return quote(text, safe="")


def parts_of(url):
    """Return (address, sorted query) of a URL."""
    address, _, query = url.partition("?")
    return address, sorted(query.split("&"))
