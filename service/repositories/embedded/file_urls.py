"""Signed URLs for the files of the embedded store; the service itself serves them."""

import contextlib
import functools
import hmac
import os
import secrets
import time
from datetime import UTC, datetime
from urllib.parse import urlencode

from service.common.errors import InvalidUrl, StorageUnavailable
from service.repositories.embedded.folders import (
    flush_folder,
    folder_errors,
    make_folder,
    open_private,
)

# The query parameters that are signed, in this order: a client cannot change or omit one.
SIGNED = ("disposition", "expires", "method", "sha256", "size", "type")
SECRET_BYTES = 32
# Cached, because most URLs of a page have the same query.
encode = functools.lru_cache(maxsize=64)(urlencode)


class FileUrls:
    """Signs URLs with a secret. The secret is made on first use and stored in a folder."""

    def __init__(self, folder):
        self.folder = folder
        self.secret_path = folder / "url-secret"
        self.mac = None

    def presign(self, object_key, expires_in, fields):
        """Return (URL, end) for an object key. fields: the query parameters to sign."""
        expires = int(time.time()) + expires_in
        query = encode(tuple(sorted({"expires": str(expires), **fields}.items())))
        url = f"/files/{object_key}?{query}&signature={self.sign(object_key, query)}"
        return url, datetime.fromtimestamp(expires, UTC)

    def check(self, object_key, query):
        """Check the query of a signed URL. Raises InvalidUrl."""
        fields = {name: query[name] for name in SIGNED if name in query}
        signature = self.sign(object_key, urlencode(fields))
        if not hmac.compare_digest(signature.encode(), query.get("signature", "").encode()):
            raise InvalidUrl("Use the URL exactly as it was given, in quotes on a command line.")
        if int(fields["expires"]) <= time.time():
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
