"""Image bytes in a folder. The embedded store uses it in place of S3."""

import contextlib
import io
import logging
import os
import shutil

from service.common.errors import StorageUnavailable
from service.models.renditions import THUMB, rendition_key
from service.models.upload_headers import upload_headers
from service.repositories.embedded.file_locks import FileLocks
from service.repositories.embedded.file_urls import FileUrls, parts_of, utc_now
from service.repositories.embedded.files import ABSENT, COPY_BYTES, facts_of, version_of
from service.repositories.embedded.folders import (
    LastingFolders,
    flush_folder,
    folder_errors,
    make_folder,
)
from service.repositories.embedded.layout import Layout
from service.repositories.embedded.part_files import PartFiles
from service.repositories.embedded.room import Room

log = logging.getLogger(__name__)


class FolderObjects:
    """Objects as files below a folder, and signed URLs for them that the service serves.

    max_image_size is in bytes. clock: returns the current time, aware and in UTC.
    """

    def __init__(self, folder, max_image_size=0, *, clock=utc_now):
        self.folder = folder
        self.parts = PartFiles(folder / "parts", clock)
        self.folders = LastingFolders(folder)
        self.layout = Layout(folder)
        self.room = Room(folder, max_image_size)
        self.urls = FileUrls(folder, clock=clock)
        self.locks = FileLocks(folder / "locks")
        self.name = "objects folder"

    def require_room(self):
        """Raise StorageFull if there is no room for one more image."""
        self.room.require()

    def free_bytes(self):
        """Return the bytes that uploads may still take."""
        return self.room.left()

    def put(self, image, file, thumb=None):
        """Store a binary file at the image's object key, and a thumb (a Rendition) beside it.

        Both are on disk when it returns. Returns whether the thumb is stored; its write may fail.
        """
        stored = bool(thumb) and self.put_thumb(image, thumb)
        # It flushes the folder that holds both.
        self.store(image.object_key, file)
        return stored

    def put_thumb(self, image, thumb):
        """Write a thumb; its folder is not flushed yet. False if the write fails."""
        try:
            self.write(rendition_key(image.object_key, THUMB), io.BytesIO(thumb.content))
        except StorageUnavailable as error:
            log.warning("thumb not stored", extra={"image_id": image.image_id, **error.facts})
            return False
        return True

    def put_rendition(self, image, name, rendition):
        """Store a rendition that was made later; tell whether it is the one that stays."""
        self.store(rendition_key(image.object_key, name), io.BytesIO(rendition.content))
        return True

    def rendition_size(self, image, name):
        """Return how many bytes a rendition has, or None if there is none."""
        return self.size_of(rendition_key(image.object_key, name))

    def making(self, image):
        """Return a lock: while a block holds it, nobody else makes a rendition of the image."""
        return self.locks.holding(image.image_id[:2])

    def store(self, object_key, file):
        """Store the bytes of a binary file at a key; an object that is there is replaced."""
        self.write(object_key, file)
        with folder_errors("put object"):
            flush_folder(self.path_of(object_key).parent)

    def write(self, object_key, file):
        """Write the bytes of a binary file to a key's place, flushed, but not its folder."""
        path, size = self.path_of(object_key), file.seek(0, 2)
        with folder_errors("put object"), self.room.taking(size), self.parts.written(file) as part:
            self.room.require_reserve()
            self.folders.make(path.parent)
            os.replace(part, path)

    def open(self, object_key):
        """Return the object as an open binary file, or None if there is none."""
        with folder_errors("open object"):
            for path in self.layout.paths_of(object_key):
                with contextlib.suppress(*ABSENT, IsADirectoryError):
                    return open(path, "rb")
        return None

    def receive(self, image, file):
        """Copy the bytes of a direct upload to a binary file; return their version.

        Returns None if no bytes have arrived. Copies nothing if their number is not as declared.
        """
        source = self.open(image.object_key)
        if source is None:
            return None
        with source, folder_errors("receive object"):
            if os.fstat(source.fileno()).st_size == image.size:
                shutil.copyfileobj(source, file, COPY_BYTES)
            return version_of(source)

    def adopt(self, image, object_key, version):
        """Copy an object to the image's object key. False if it no longer has that version."""
        file = self.open(object_key)
        if file is None:
            return False
        with file:
            if version_of(file) != version:
                return False
            self.put(image, file)
        return True

    def delete(self, *object_keys):
        """Delete objects. Deleting one that is not there is not an error."""
        with folder_errors("delete object"):
            for object_key in object_keys:
                self.layout.remove(object_key)

    def list(self, prefix):
        """Return an iterator of the keys of all objects, or of one image's."""
        return self.layout.keys(*prefix.split("/")[:2])

    def delete_all(self, image, object_keys):
        """Delete objects of an image: they, and those deleted before, are gone on disk then."""
        self.delete(*object_keys)
        with folder_errors("delete objects"):
            self.layout.flush_deletes(image.image_id)

    def delete_unfinished(self):
        """Delete what killed processes have left of objects that they were writing."""
        self.parts.delete_old()

    def has(self, image):
        """Tell whether the image's object exists and has the image's size."""
        return self.size_of(image.object_key) == image.size

    def size_of(self, object_key):
        """Return how many bytes an object has, or None if there is none."""
        with folder_errors("has object"):
            found = next(filter(None, map(facts_of, self.layout.paths_of(object_key))), None)
        return found and found.st_size

    def presign_get(self, image, expires_in, download, rendition=None):
        """Return (URL below the service's root, end): anyone with it may read the object.

        expires_in is in seconds; None: the stable URL. The end is in UTC. rendition: name, or None.
        """
        if expires_in is None:
            key = (image.object_key, rendition, image.filename if download else None)
            return self.urls.presign_stable(key, lambda: parts_of(image, None, download, rendition))
        object_key, fields = parts_of(image, expires_in, download, rendition)
        return self.urls.presign(object_key, expires_in, fields)

    def presign_upload(self, image, method, expires_in):
        """Return (URL, headers or fields, end): anyone with them may send the image's bytes.

        The URL is below the service's root. method: PUT (with headers) or POST (with form fields).
        """
        signed = {"method": method, "size": image.size, "type": image.content_type}
        signed |= {"sha256": image.sha256} if image.sha256 else {}
        url, end = self.urls.presign(image.object_key, expires_in, signed)
        return url, upload_headers(image), end

    def path_of(self, object_key):
        """Return the path at which an object is written."""
        return self.layout.path_of(object_key)

    def missing(self):
        """Return the names of the parts that do not answer."""
        with folder_errors("ready"):
            make_folder(self.folder)
        self.urls.read_secret()
        if not os.access(self.folder, os.W_OK):
            return [f"{self.name} (not writable)"]
        lack = self.room.lack()
        return [f"{self.name} (storage-full: {lack})"] if lack else []
