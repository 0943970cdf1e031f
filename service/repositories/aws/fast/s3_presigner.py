"""Presigned S3 URLs (Signature Version 4), without the CPU time that the SDK needs."""

import threading
from datetime import UTC, timedelta

from botocore.credentials import RefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError

from service.common.errors import ServiceError
from service.models.upload_headers import SHA256
from service.repositories.aws import clients
from service.repositories.aws.fast import sigv4
from service.repositories.aws.fast.fallbacks import Fallbacks, ignore
from service.repositories.aws.fast.signed_gets import Moment, Window, learn_address
from service.repositories.stable_urls import STABLE_SECONDS, life, quarter_of

PRESIGN = "presign"


class S3Presigner:
    """Signs URLs of one bucket in the same way as its client.

    The first URL is compared with a URL that the client signs. If they differ, or if anything else
    is not as expected, the client signs all later URLs.

    session_seconds: how long credentials without a known end are assumed to last. clock: returns
    the current time, aware and in UTC. on_fallback("presign") is called when the client begins to
    sign.
    """

    def __init__(
        self, client, bucket_name, session_seconds, *, clock=sigv4.utc_now, on_fallback=ignore
    ):
        self.client = client
        self.bucket_name = bucket_name
        self.session_seconds = session_seconds
        self.clock = clock
        self.fallbacks = Fallbacks(on_fallback)
        self.address = None
        self.signer = None
        self.moment = None
        self.window = None
        self.changing = threading.Lock()

    def presign_get(self, object_key, expires_in, response_params):
        """Return (url, expires_at): a URL that serves the object for expires_in seconds.

        expires_in None: the stable URL of this quarter of an hour. expires_at is aware and in UTC;
        it is earlier if the signing credentials end before. response_params: names in QUERY_NAMES
        (signed_gets.py), as the SDK spells them, always in the same order.
        """
        if not self.fallbacks.operations:
            try:
                if expires_in is None:
                    return self.sign_stable(object_key, response_params)
                return self.sign_get(object_key, expires_in, response_params)
            except ServiceError:
                raise
            except Exception as error:
                self.fallbacks.add(PRESIGN, error)
        arguments = {"Key": object_key, **response_params}
        # Signed at once and not kept: the client's credentials may be unknown here.
        return self.sign_by_client("get_object", arguments, life(expires_in))

    def sign_get(self, object_key, expires_in, response_params):
        """Return (url, expires_at). May raise any exception if the SDK is not as expected."""
        moment = self.moment
        now = self.clock()
        if (
            moment is None
            or not moment.start <= now < moment.over
            or moment.expires_in != expires_in
        ):
            moment = self.moment = self.new_moment(now.replace(microsecond=0), expires_in)
        return self.address.sign(moment, object_key, response_params), moment.end

    def sign_stable(self, object_key, response_params):
        """Return (url, expires_at) of a stable URL. May raise any exception, as `sign_get`."""
        window = self.window
        now = self.clock()
        if window is None or not window.seen <= now < window.over:
            window = self.next_window(window)
        key = (object_key, *response_params.values())
        url = window.urls.get(key)
        if url is None:
            url = window.urls.keep(key, self.address.sign(window, object_key, response_params))
        return url, window.end

    def next_window(self, former):
        """Return the Window of now. It has the URLs of the former one, where they are the same."""
        # Not in the lock, because it may fetch credentials.
        credentials, credentials_end = self.credentials_now()
        with self.changing:
            # In the lock: a thread with an earlier time must not come after one with a later time.
            now = self.clock().replace(microsecond=0)
            window = self.window
            # Another thread was faster: two of them must not see new credentials at two moments.
            if window is not former and window.seen <= now < window.over:
                return window
            if window is None or not window.fits(credentials, now):
                window = self.new_window(credentials, now)
            end = self.end(now, STABLE_SECONDS, credentials, credentials_end, start=window.start)
            self.window = window.seen_at(now, end)
            return self.window

    def new_window(self, credentials, now):
        """Return the Window of a new quarter of an hour, or of new credentials."""
        before = self.window
        known = before and before.start <= now and before.day.credentials == credentials
        # A session's keys sign for no time before they were seen: they may be newer than that.
        # With lasting keys all processes give the same text at once.
        start = quarter_of(now) if known or not credentials.token else now
        return Window(self.signer.day_of(credentials, start), start)

    def sign_by_client(self, method, arguments, expires_in):
        """Return (url, expires_at) of a call (method and arguments), signed by the client."""
        with clients.storage_errors(PRESIGN):
            expires_at = self.end(self.clock(), expires_in, *self.credentials_if_known())
            url = self.client.generate_presigned_url(
                method, Params={"Bucket": self.bucket_name, **arguments}, ExpiresIn=expires_in
            )
        return url, expires_at

    def presign_put(self, object_key, expires_in, size, headers):
        """Return (url, headers, expires_at) for a PUT of exactly `size` bytes."""
        arguments = {"Key": object_key, "ContentLength": size}
        arguments["ContentType"] = headers["Content-Type"]
        if SHA256 in headers:
            arguments["ChecksumSHA256"] = headers[SHA256]
        url, expires_at = self.sign_by_client("put_object", arguments, expires_in)
        return url, headers, expires_at

    def presign_post(self, object_key, expires_in, size, fields):
        """Return (url, fields, expires_at) for a POST of exactly `size` bytes with these fields."""
        rules = [{name: value} for name, value in fields.items()]
        with clients.storage_errors(PRESIGN):
            expires_at = self.end(self.clock(), expires_in, *self.credentials_if_known())
            post = self.client.generate_presigned_post(
                self.bucket_name,
                object_key,
                Fields=dict(fields),
                Conditions=[*rules, ["content-length-range", size, size]],
                ExpiresIn=expires_in,
            )
        return post["url"], post["fields"], expires_at

    def end(self, now, expires_in, credentials, credentials_end, start=None):
        """Return when a URL ends that works for expires_in seconds from its start, or from now.

        It ends earlier if its credentials do.
        """
        expires_at = (start or now) + timedelta(seconds=expires_in)
        if credentials_end is None and (credentials is None or credentials.token):
            credentials_end = now + timedelta(seconds=self.session_seconds)
        return min(expires_at, credentials_end or expires_at)

    def credentials_if_known(self):
        """Return the current (credentials, end); both are None if the SDK does not show them."""
        try:
            return self.read_credentials()
        except (ServiceError, BotoCoreError, ClientError):
            raise
        except Exception as error:
            self.fallbacks.add(PRESIGN, error)
            return None, None

    def read_credentials(self):
        """Return the current (credentials, end); end is None if it is unknown."""
        # Private names: botocore has no public way to a client's credentials or to their end.
        credentials = self.client._request_signer._credentials
        if credentials is None:
            raise clients.unavailable(PRESIGN, code="NoCredentialsError")
        # Read the end before the credentials: if another thread refreshes them in between, the end
        # is too early, never too late.
        credentials.get_frozen_credentials()
        temporary = isinstance(credentials, RefreshableCredentials)
        end = credentials._expiry_time if temporary else None
        return credentials.get_frozen_credentials(), end and end.astimezone(UTC)

    def new_moment(self, now, expires_in):
        """Return the Moment of now. All URLs of a page, and of a second, share it."""
        credentials, credentials_end = self.credentials_now()
        end = self.end(now, expires_in, credentials, credentials_end)
        return Moment(self.signer.day_of(credentials, now), now, expires_in, end)

    def credentials_now(self):
        """Return (credentials, end), as `read_credentials`; address and signer are there then."""
        with clients.storage_errors(PRESIGN):
            found = self.read_credentials()
            self.address = self.address or learn_address(self.client, self.bucket_name, found[0])
        self.signer = self.signer or sigv4.Signer("s3", self.address.region)
        return found
