"""Presigned S3 URLs: AWS Signature Version 4 in the query string, without the SDK's price."""

from datetime import UTC, timedelta
from urllib.parse import parse_qs, quote, urlsplit

from service.models.upload_headers import SHA256
from service.repositories.aws import clients
from service.repositories.aws.fast import sigv4

QUERY_NAMES = {
    "ResponseContentDisposition": "response-content-disposition",
    "ResponseContentType": "response-content-type",
}


class S3Presigner:
    """Signs URLs of one bucket, byte for byte as its client would.

    session_seconds: how long credentials with a session token and no known end are taken to last.
    clock: returns the current time, aware and in UTC.
    """

    def __init__(self, client, bucket_name, session_seconds, *, clock=sigv4.utc_now):
        self.client = client
        self.bucket_name = bucket_name
        self.session_seconds = session_seconds
        self.clock = clock
        self.address = None
        self.signer = None
        self.moment = None

    def presign_get(self, object_key, expires_in, response_params):
        """Return (url, expires_at): a URL that serves the object for expires_in seconds.

        expires_at is aware UTC, and earlier than asked if the signing credentials end before.
        response_params: ResponseContentDisposition and ResponseContentType, as the SDK names them.
        """
        moment = self.moment
        now = self.clock()
        if moment is None or not moment.start <= now < moment.over or moment.asked != expires_in:
            moment = self.moment = self.new_moment(now.replace(microsecond=0), expires_in)
        asked = [f"{QUERY_NAMES[name]}={encode(text)}" for name, text in response_params.items()]
        return self.sign(moment, object_key, asked), moment.end

    def presign_put(self, object_key, expires_in, size, headers):
        """Return (url, headers, expires_at): so many bytes may be PUT there with these headers."""
        given = {"ContentLength": size, "ContentType": headers["Content-Type"]}
        if SHA256 in headers:
            given["ChecksumSHA256"] = headers[SHA256]
        with clients.storage_errors("presign"):
            expires_at = self.end(self.clock(), expires_in, *self.read_credentials())
            url = self.client.generate_presigned_url(
                "put_object",
                Params={"Bucket": self.bucket_name, "Key": object_key, **given},
                ExpiresIn=expires_in,
            )
        return url, headers, expires_at

    def presign_post(self, object_key, expires_in, size, fields):
        """Return (url, fields, expires_at): a form with these fields may bring so many bytes."""
        rules = [{name: value} for name, value in fields.items()]
        with clients.storage_errors("presign"):
            expires_at = self.end(self.clock(), expires_in, *self.read_credentials())
            post = self.client.generate_presigned_post(
                self.bucket_name,
                object_key,
                Fields=dict(fields),
                Conditions=[*rules, ["content-length-range", size, size]],
                ExpiresIn=expires_in,
            )
        return post["url"], post["fields"], expires_at

    def end(self, now, expires_in, credentials, credentials_end):
        """Return when a URL signed now stops working: as asked, or when its credentials end."""
        expires_at = now + timedelta(seconds=expires_in)
        if credentials.token and credentials_end is None:
            credentials_end = now + timedelta(seconds=self.session_seconds)
        return min(expires_at, credentials_end or expires_at)

    def read_credentials(self):
        """Return (credentials, end) of this moment; end is None where nobody tells."""
        # They must be the client's own, and botocore has no public way to them or to their end.
        credentials = self.client._request_signer._credentials
        if credentials is None:
            raise clients.unavailable("presign", code="NoCredentialsError")
        # In this order a refresh by another thread in between makes the end too early, never late.
        credentials.get_frozen_credentials()
        end = getattr(credentials, "_expiry_time", None)
        return credentials.get_frozen_credentials(), end and end.astimezone(UTC)

    def new_moment(self, now, expires_in):
        """Return the Moment of now: it serves all URLs of a page, and of a second."""
        with clients.storage_errors("presign"):
            credentials, credentials_end = self.read_credentials()
            self.address = self.address or Address(self.client, self.bucket_name)
        self.signer = self.signer or sigv4.Signer("s3", self.address.region)
        end = self.end(now, expires_in, credentials, credentials_end)
        return Moment(self.signer.day_of(credentials, now), now, expires_in, end)

    def sign(self, moment, object_key, asked):
        """Return the signed URL. asked: the encoded response parameters, in their order."""
        path = self.address.path + quote(object_key)
        query = "&".join([moment.signed, *sorted(asked)])
        request = f"GET\n{path}\n{query}\nhost:{self.address.host}\n\nhost\nUNSIGNED-PAYLOAD"
        signature = moment.day.sign(request, moment.timestamp)
        query = "&".join([*asked, moment.shown])
        return f"{self.address.origin}{path}?{query}&X-Amz-Signature={signature}"


class Address:
    """Where a client's signed URLs of a bucket point: origin, path prefix, Host header, region."""

    def __init__(self, client, bucket_name):
        # botocore's own rules decide (path or virtual-host style, ports, partitions): ask it once.
        example = {"Bucket": bucket_name, "Key": "K"}
        url = urlsplit(client.generate_presigned_url("get_object", Params=example))
        self.origin = f"{url.scheme}://{url.netloc}"
        self.path = url.path.removesuffix("K")
        self.host = sigv4.host_of(url)
        self.region = parse_qs(url.query)["X-Amz-Credential"][0].split("/")[-3]


class Moment:
    """What the URLs share that are signed in the same second, to last equally long."""

    def __init__(self, day, now, expires_in, end):
        self.day = day
        self.start = now
        self.over = now + timedelta(seconds=1)
        self.asked = expires_in
        self.end = end
        self.timestamp = sigv4.timestamp_of(now)
        head = (
            f"X-Amz-Algorithm={sigv4.ALGORITHM}&X-Amz-Credential={encode(day.credential)}"
            f"&X-Amz-Date={self.timestamp}&X-Amz-Expires={expires_in}"
        )
        token = day.credentials.token
        token = "" if token is None else f"&X-Amz-Security-Token={encode(token)}"
        # What is signed is sorted by name; the URL itself keeps the SDK's order.
        self.signed = f"{head}{token}&X-Amz-SignedHeaders=host"
        self.shown = f"{head}&X-Amz-SignedHeaders=host{token}"


def encode(text):
    """Return a text as it stands in a query string."""
    return quote(text, safe="")
