"""The text of a presigned GET URL: AWS Signature Version 4 in the query string."""

import copy
from datetime import timedelta
from urllib.parse import parse_qs, quote, urlsplit

from service.repositories.aws.fast import sigv4
from service.repositories.aws.fast.fallbacks import Unexpected
from service.repositories.stable_urls import STABLE_SECONDS, KeptUrls, quarter_of

EXAMPLE_KEY = "K"
EXAMPLE = {
    "ResponseCacheControl": "private, max-age=60, immutable",
    "ResponseContentDisposition": "inline",
    "ResponseContentType": "image/png",
}
SECOND = timedelta(seconds=1)
QUERY_NAMES = {
    "ResponseCacheControl": "response-cache-control",
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
        signed, shown = moment.queries(tuple(response_params.items()))
        request = f"GET\n{path}\n{signed}\nhost:{self.host}\n\nhost\nUNSIGNED-PAYLOAD"
        signature = moment.day.sign(request, moment.timestamp)
        return f"{self.origin}{path}?{shown}&X-Amz-Signature={signature}"


class Moment:
    """The parts that URLs share if they are signed in the same second for the same time."""

    def __init__(self, day, now, expires_in, end):
        self.day = day
        self.start = now
        self.over = now + SECOND
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
        self.last = None

    def queries(self, added):
        """Return (signed, shown): a query as it is signed, and as the URL has it, unsigned yet.

        added: (name, text) of each response parameter. All URLs of a page have the same ones.
        """
        last = self.last
        if last is None or last[0] != added:
            parts = [f"{QUERY_NAMES[name]}={encode(text)}" for name, text in added]
            signed = "&".join([self.signed, *sorted(parts)])
            last = self.last = (added, (signed, "&".join([*parts, self.shown])))
        return last[1]


class Window(Moment):
    """What the stable URLs of one quarter of an hour share, their texts among it.

    Nothing of it changes but the kept URLs. `seen_at` returns the one of the next second.
    """

    def __init__(self, day, start):
        super().__init__(day, start, STABLE_SECONDS, None)
        self.seen = start
        self.urls = KeptUrls()

    def fits(self, credentials, now):
        """Tell whether its URLs are those of these credentials at this time."""
        quarter = quarter_of(now) == quarter_of(self.start)
        return quarter and self.start <= now and self.day.credentials == credentials

    def seen_at(self, now, end):
        """Return this window, to be used for a second from now. Its URLs work until `end`."""
        window = copy.copy(self)
        window.seen, window.over, window.end = now, now + SECOND, end
        return window


def learn_address(client, bucket_name, credentials):
    """Return the Address of a client's URLs. Raises Unexpected if ours are different."""
    arguments = {"Bucket": bucket_name, "Key": EXAMPLE_KEY, **EXAMPLE}
    url = client.generate_presigned_url("get_object", Params=arguments, ExpiresIn=60)
    address = Address(url)
    day = sigv4.Signer("s3", address.region).day_of(credentials, address.signed_at)
    ours = address.sign(Moment(day, address.signed_at, 60, None), EXAMPLE_KEY, EXAMPLE)
    # Ignore the order: with the package awscrt the SDK writes the query in another order.
    if parts_of(ours) != parts_of(url):
        raise Unexpected("another URL")
    return address


def encode(text):
    """Return a text, encoded for a query string."""
    return quote(text, safe="")


def parts_of(url):
    """Return (address, sorted query) of a URL."""
    address, _, query = url.partition("?")
    return address, sorted(query.split("&"))
