"""Image bytes in a folder: the embedded store's counterpart of S3."""

import contextlib
import hmac
import os
import secrets
import shutil
import time
from datetime import UTC, datetime
from urllib.parse import urlencode

from service.common.errors import InvalidUrl, StorageUnavailable
from service.models.content_disposition import content_disposition
from service.repositories.sqlite_database import flush_folder, make_folder

COPY_BYTES = 1 << 20


class FolderObjects:
    """Objects as files under a folder, and signed URLs of the service's own for them."""

    def __init__(self, folder):
        self.folder = folder
        self.secret = None
        self.name = "objects folder"

    def put(self, image, file):
        """Store the bytes of a binary file at the image's object key, on disk when it returns."""
        path = self.path_of(image.object_key)
        part = path.with_name(path.name + ".part")
        with folder_errors("put object"):
            make_folder(path.parent)
            try:
                write_file(part, file)
                os.replace(part, path)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
            flush_folder(path.parent)

    def open(self, object_key):
        """Return the object as an open binary file, or None when it is not there."""
        with folder_errors("open object"):
            try:
                return open(self.path_of(object_key), "rb")
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                return None

    def delete(self, object_key):
        """Delete the object. Deleting one that is not there is not an error."""
        path = self.path_of(object_key)
        with folder_errors("delete object"):
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                path.parent.rmdir()

    def list(self, prefix):
        """Yield the keys of all objects, or of one image's, half-written ones included."""
        image_id = prefix.split("/")[1]
        folder = self.folder / "images" / image_id[:2] / image_id
        with folder_errors("list objects"):
            for path in folder.glob("*" if image_id else "*/*/*"):
                yield f"images/{path.parent.name}/{path.name}"

    def delete_all(self, object_keys):
        """Delete these objects."""
        for object_key in object_keys:
            self.delete(object_key)

    def has(self, image):
        """Tell whether the image's object is there, in its full size."""
        with folder_errors("has object"):
            path = self.path_of(image.object_key)
            return path.is_file() and path.stat().st_size == image.size

    def presign_get(self, image, expires_in, download):
        """Return (URL below the service's root, end): whoever holds it may read the object.

        expires_in is in seconds; the end is a datetime in UTC.
        """
        expires = int(time.time()) + expires_in
        given = {"expires": str(expires), "type": image.content_type}
        if download:
            given["disposition"] = content_disposition(image.filename)
        query = urlencode(given)
        signature = self.sign(image.object_key, query)
        url = f"/files/{image.object_key}?{query}&signature={signature}"
        return url, datetime.fromtimestamp(expires, UTC)

    def check(self, object_key, given):
        """Check the query of a signed URL. Raises InvalidUrl."""
        fields = {name: given[name] for name in ("expires", "type", "disposition") if name in given}
        signature = self.sign(object_key, urlencode(fields))
        if not hmac.compare_digest(signature.encode(), given.get("signature", "").encode()):
            raise InvalidUrl("Use the URL exactly as it was given, in quotes on a command line.")
        if int(fields["expires"]) <= time.time():
            raise InvalidUrl("The URL has expired: GET the image again for a fresh one.")

    def sign(self, object_key, query):
        """Return the signature, hex, of an object key and the query of its URL."""
        if self.secret is None:
            self.secret = self.read_secret()
        return hmac.digest(self.secret, f"{object_key}?{query}".encode(), "sha256").hex()

    def read_secret(self):
        """Return the signing secret, made on first use and kept beside the objects."""
        path = self.folder / "url-secret"
        with folder_errors("read secret"):
            if not path.exists():
                make_folder(self.folder)
                self.write_secret(path)
            return path.read_bytes()

    def write_secret(self, path):
        """Write a fresh secret, unless another process was faster."""
        part = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(part, path)
        part.unlink()
        flush_folder(path.parent)

    def path_of(self, object_key):
        """Return the path of an object; images are spread over 256 folders."""
        kind, image_id, name = object_key.split("/")
        return self.folder / kind / image_id[:2] / image_id / name

    def missing(self):
        """Return the names of the parts that do not answer."""
        with folder_errors("ready"):
            make_folder(self.folder)
        self.read_secret()
        return [] if os.access(self.folder, os.W_OK) else [f"{self.name} (not writable)"]


def write_file(path, file):
    """Copy an open binary file from its start to a path, flushed to disk."""
    file.seek(0)
    with open(path, "wb") as out:
        shutil.copyfileobj(file, out, COPY_BYTES)
        out.flush()
        os.fsync(out.fileno())


@contextlib.contextmanager
def folder_errors(operation):
    """Turn the operating system's errors into StorageUnavailable."""
    try:
        yield
    except OSError as error:
        detail = "The image folder cannot be used just now; nothing was changed. Try again."
        raise StorageUnavailable(detail, operation=operation, reason=str(error)) from error
