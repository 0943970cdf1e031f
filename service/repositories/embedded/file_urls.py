"""Signed URLs for the files of the embedded store; the service itself serves them."""

import contextlib
import functools
import hmac
import os
import secrets
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from service.common.errors import InvalidUrl, StorageUnavailable
from service.models.content_disposition import content_disposition
from service.models.renditions import download_name, served
from service.repositories.embedded.folders import (
    flush_folder,
    folder_errors,
    make_folder,
    open_private,
)
from service.repositories.stable_urls import QUARTER, STABLE_SECONDS, KeptUrls, life, quarter_of

# The query parameters that are signed, in this order: a client cannot change or omit one.
SIGNED = ("cache", "disposition", "expires", "method", "sha256", "size", "type")
SECRET_BYTES = 32


# The time now, aware and in UTC.
utc_now = functools.partial(datetime.now, UTC)


def parts_of(image, expires_in, download, rendition):
    """Return (object key, fields to sign) of the URL that serves an image's bytes."""
    object_key, content_type = served(image, rendition)
    fields = {"type": content_type, "cache": str(life(expires_in))}
    if download:
        fields["disposition"] = content_disposition(download_name(image, rendition))
    return object_key, fields


class Window:
    """A quarter of an hour, and the stable URLs that were signed in it."""

    def __init__(self, start):
        self.start = start
        self.over = start + QUARTER
        self.end = start + timedelta(seconds=STABLE_SECONDS)
        self.expires = expires_text(self.end)
        self.urls = KeptUrls()


class FileUrls:
    """Signs URLs with a secret. The secret is made on first use and stored in a folder.

    clock: returns the current time, aware and in UTC.
    """

    def __init__(self, folder, *, clock=utc_now):
        self.folder = folder
        self.clock = clock
        self.window = None
        self.secret_path = folder / "url-secret"
        self.mac = None

    def presign(self, object_key, expires_in, fields):
        """Return (URL, end) for an object key. fields: query parameters to sign, in one order."""
        end = self.clock().replace(microsecond=0) + timedelta(seconds=expires_in)
        return self.signed(object_key, expires_text(end), fields), end

    def presign_stable(self, key, parts):
        """Return (URL, end) of the stable URL of this quarter of an hour.

        key: all that the URL depends on. parts() returns the object key and the fields to sign.
        """
        now = self.clock()
        window = self.window
        if window is None or not window.start <= now < window.over:
            window = self.window = Window(quarter_of(now))
        url = window.urls.get(key)
        if url is None:
            object_key, fields = parts()
            url = window.urls.keep(key, self.signed(object_key, window.expires, fields))
        return url, window.end

    def signed(self, object_key, expires, fields):
        """Return the signed URL of an object key."""
        query = encode(("expires", expires), *fields.items())
        return f"/files/{object_key}?{query}&signature={self.sign(object_key, query)}"

    def check(self, object_key, query):
        """Check the query of a signed URL. Raises InvalidUrl."""
        fields = {name: query[name] for name in SIGNED if name in query}
        signature = self.sign(object_key, urlencode(fields))
        if not hmac.compare_digest(signature.encode(), query.get("signature", "").encode()):
            raise InvalidUrl("Use the URL exactly as it was given, in quotes on a command line.")
        if int(fields["expires"]) <= self.clock().timestamp():
            raise InvalidUrl("The URL has expired: GET the image again for a fresh one.")

    def sign(self, object_key, query):
        """Return the signature, hex, of an object key and the query of its URL, in order."""
        if self.mac is None:
            self.mac = hmac.new(self.read_long_secret(), digestmod="sha256")
        # A copy, because hmac.digest releases Python's lock, which is slow for a page of URLs.
        mac = self.mac.copy()
        mac.update(f"{object_key}?{query}".encode())
        return mac.hexdigest()

    def read_long_secret(self):
        """Return the secret. Raises StorageUnavailable if it was damaged: others could guess it."""
        secret = self.read_secret()
        if len(secret) < SECRET_BYTES:
            reason = f"{self.secret_path} has only {len(secret)} bytes"
            raise StorageUnavailable(
                "The service cannot sign URLs at the moment.", operation="sign URL", reason=reason
            )
        # Another thread or process may have made it a moment ago, and not have flushed its name.
        with folder_errors("read secret"):
            flush_folder(self.folder)
            flush_folder(self.folder.parent)
        return secret

    def read_secret(self):
        """Return the signing secret; it is made on first use and stored beside the objects."""
        with folder_errors("read secret"):
            if not self.secret_path.exists():
                make_folder(self.folder)
                self.write_secret()
            return self.secret_path.read_bytes()

    def write_secret(self):
        """Write a new secret, unless another process has written one first."""
        path = self.secret_path
        part = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        try:
            with open(part, "xb", opener=open_private) as file:
                file.write(secrets.token_bytes(SECRET_BYTES))
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(part, path)
        finally:
            part.unlink(missing_ok=True)
        flush_folder(path.parent)


def expires_text(end):
    """Return the end of a URL as its query says it: in seconds since 1970."""
    return str(int(end.timestamp()))


# Cached, because most URLs of a page have the same query.
@functools.lru_cache(maxsize=64)
def encode(*fields):
    """Return the query string of fields, (name, value) each, in the order that is signed."""
    return urlencode(sorted(fields))
