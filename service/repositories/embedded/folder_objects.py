"""Image bytes in a folder: the embedded store's counterpart of S3."""

import contextlib
import os
import secrets
import shutil

from service.models.content_disposition import content_disposition
from service.models.upload_headers import upload_headers
from service.repositories.embedded.file_urls import FileUrls
from service.repositories.embedded.folders import flush_folder, folder_errors, make_folder

COPY_BYTES = 1 << 20


class FolderObjects:
    """Objects as files under a folder, and signed URLs of the service's own for them."""

    def __init__(self, folder):
        self.folder = folder
        self.urls = FileUrls(folder)
        self.name = "objects folder"

    def put(self, image, file):
        """Store the bytes of a binary file at the image's object key, on disk when it returns."""
        self.store(image.object_key, file)

    def store(self, object_key, file):
        """Store the bytes of a binary file at a key, and replace what is there."""
        path = self.path_of(object_key)
        # A name of its own, because two requests may send bytes for the same key at once.
        part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
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

    def receive(self, image, file):
        """Copy the bytes that arrived for a direct upload to a binary file, if they are as many
        as declared; return their version, or None when none have arrived.
        """
        source = self.open(image.object_key)
        if source is None:
            return None
        with source, folder_errors("receive object"):
            if os.fstat(source.fileno()).st_size == image.size:
                shutil.copyfileobj(source, file, COPY_BYTES)
            return version_of(source)

    def adopt(self, image, object_key, version):
        """Copy an object to the image's object key; False when it no longer has that version."""
        file = self.open(object_key)
        if file is None:
            return False
        with file:
            if version_of(file) != version:
                return False
            self.put(image, file)
        return True

    def delete(self, object_key):
        """Delete the object. Deleting one that is not there is not an error."""
        path = self.path_of(object_key)
        with folder_errors("delete object"):
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                path.parent.rmdir()

    def list(self, prefix):
        """Yield the keys of all objects, or of one image's, half-written ones included."""
        kind, image_id = prefix.split("/")[:2]
        folder = self.folder / kind / image_id[:2] / image_id
        with folder_errors("list objects"):
            for path in folder.glob("*" if image_id else "*/*/*"):
                yield f"{kind}/{path.parent.name}/{path.name}"

    def delete_all(self, object_keys):
        """Delete these objects, on disk when it returns: the sweep may forget them then."""
        for object_key in object_keys:
            self.delete(object_key)
        with folder_errors("delete objects"):
            for folder in {self.path_of(object_key).parent for object_key in object_keys}:
                flush_deletes(folder)

    def has(self, image):
        """Tell whether the image's object is there, in its full size."""
        with folder_errors("has object"):
            path = self.path_of(image.object_key)
            return path.is_file() and path.stat().st_size == image.size

    def presign_get(self, image, expires_in, download):
        """Return (URL below the service's root, end): whoever holds it may read the object.

        expires_in is in seconds; the end is a datetime in UTC.
        """
        fields = {"type": image.content_type}
        if download:
            fields["disposition"] = content_disposition(image.filename)
        return self.urls.presign(image.object_key, expires_in, fields)

    def presign_upload(self, image, method, expires_in):
        """Return (URL below the service's root, headers or fields, end): whoever holds them may
        send the image's bytes.

        method: PUT (with headers) or POST (with the fields of a form).
        """
        signed = {"method": method, "size": image.size, "type": image.content_type}
        signed |= {"sha256": image.sha256} if image.sha256 else {}
        url, end = self.urls.presign(image.object_key, expires_in, signed)
        return url, upload_headers(image), end

    def path_of(self, object_key):
        """Return the path of an object; images are spread over 256 folders."""
        kind, image_id, name = object_key.split("/")
        return self.folder / kind / image_id[:2] / image_id / name

    def missing(self):
        """Return the names of the parts that do not answer."""
        with folder_errors("ready"):
            make_folder(self.folder)
        self.urls.read_secret()
        return [] if os.access(self.folder, os.W_OK) else [f"{self.name} (not writable)"]


def version_of(file):
    """Return the version of an open file, which no other file at its path has or had."""
    stat = os.fstat(file.fileno())
    return f"{stat.st_ino}-{stat.st_mtime_ns}"


def write_file(path, file):
    """Copy an open binary file from its start to a path, and flush it to disk."""
    file.seek(0)
    with open(path, "wb") as out:
        shutil.copyfileobj(file, out, COPY_BYTES)
        out.flush()
        os.fsync(out.fileno())


def flush_deletes(folder):
    """Flush a folder's entries to disk; those of its parent, where it was deleted itself."""
    try:
        flush_folder(folder)
    except FileNotFoundError:
        flush_folder(folder.parent)
