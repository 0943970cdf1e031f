"""Image bytes in S3, and presigned URLs for them."""

import shutil
from contextlib import nullcontext

from botocore.exceptions import ClientError

from service.models import cache_headers
from service.models.content_disposition import content_disposition
from service.models.renditions import download_name, rendition_key, served
from service.models.upload_headers import upload_headers
from service.repositories.aws import clients
from service.repositories.aws.s3_puts import S3Puts
from service.repositories.stable_urls import life

# DeleteObjects takes a thousand keys at most.
MOST_PER_DELETE = 1000


class S3Objects:
    """Objects in one bucket."""

    def __init__(self, client, bucket_name, presigner):
        self.client = client
        self.bucket_name = bucket_name
        self.name = f"bucket {bucket_name}"
        self.presigner = presigner
        self.puts = S3Puts(client, bucket_name)

    def require_room(self):
        """Do nothing: a bucket is never full."""

    def free_bytes(self):
        """Return None: a bucket has no limit."""

    def put(self, image, file, thumb=None):
        """Store a binary file at the image's object key, and a thumb (a Rendition) beside it.

        S3 refuses bytes whose SHA-256 is not the image's. Returns whether the thumb is stored: it
        is not if its put fails or lasts too long.
        """
        return self.puts.put(image, file, thumb)

    def put_thumb(self, image, thumb):
        """Store an upload's thumb; tell whether it is there."""
        return self.puts.put_thumb(image, thumb)

    def put_rendition(self, image, name, rendition):
        """Store a rendition unless there is one; tell whether it is the one that stays."""
        return self.puts.put_rendition(image, name, rendition)

    def rendition_size(self, image, name):
        """Return how many bytes a rendition has, or None if there is none."""
        return self.size_of(rendition_key(image.object_key, name))

    def making(self, _image):
        """Return a lock that locks nothing: S3 takes the first of several renditions."""
        return nullcontext()

    def receive(self, image, file):
        """Copy the bytes of a direct upload to a binary file; return their version.

        Returns None if no bytes have arrived. Copies nothing if their number is not as declared.
        """
        with clients.storage_errors("receive object"):
            try:
                response = self.client.get_object(Bucket=self.bucket_name, Key=image.object_key)
            except ClientError as error:
                if clients.error_code(error) != "NoSuchKey":
                    raise
                return None
            with response["Body"] as body:
                if response["ContentLength"] == image.size:
                    shutil.copyfileobj(body, file)
        return response["ETag"]

    def adopt(self, image, object_key, version):
        """Copy an object to the image's object key. False if it no longer has that version."""
        with clients.storage_errors("adopt object"):
            try:
                self.client.copy_object(
                    Bucket=self.bucket_name,
                    Key=image.object_key,
                    CopySource={"Bucket": self.bucket_name, "Key": object_key},
                    CopySourceIfMatch=version,
                    # Do not copy other headers of the client, such as Content-Encoding.
                    MetadataDirective="REPLACE",
                    ContentType=image.content_type,
                    CacheControl=cache_headers.STORED,
                )
            except ClientError as error:
                if clients.error_code(error) not in ("PreconditionFailed", "NoSuchKey"):
                    raise
                return False
        return True

    def delete(self, *object_keys):
        """Delete objects in one call. Deleting one that is not there is not an error."""
        self.delete_keys(object_keys)

    def list(self, prefix):
        """Yield the keys of the objects under a prefix, in their order."""
        paginator = self.client.get_paginator("list_objects_v2")
        with clients.storage_errors("list objects"):
            for page in paginator.paginate(Bucket=self.bucket_name, Prefix=prefix):
                yield from (one["Key"] for one in page.get("Contents", []))

    def delete_all(self, _image, object_keys):
        """Delete these objects of an image. Raises StorageUnavailable if one of them stays."""
        self.delete_keys(object_keys)

    def delete_keys(self, object_keys):
        """Delete these objects. Raises StorageUnavailable if one of them could not be deleted."""
        for start in range(0, len(object_keys), MOST_PER_DELETE):
            keys = [{"Key": key} for key in object_keys[start : start + MOST_PER_DELETE]]
            with clients.storage_errors("delete objects"):
                answer = self.client.delete_objects(
                    Bucket=self.bucket_name, Delete={"Objects": keys, "Quiet": True}
                )
            if answer.get("Errors"):
                raise clients.unavailable("delete objects", code=answer["Errors"][0].get("Code"))

    def delete_unfinished(self):
        """Do nothing: S3 has an object when all of its bytes have arrived."""

    def has(self, image):
        """Tell whether the image's object exists and has the image's size."""
        return self.size_of(image.object_key) == image.size

    def size_of(self, object_key):
        """Return how many bytes an object has, or None if there is none."""
        with clients.storage_errors("has object"):
            try:
                head = self.client.head_object(Bucket=self.bucket_name, Key=object_key)
            except ClientError as error:
                if clients.error_code(error) not in ("404", "NoSuchKey"):
                    raise
                return None
        return head["ContentLength"]

    def presign_get(self, image, expires_in, download, rendition=None):
        """Return (URL, end): anyone with the URL may read the object until the end.

        expires_in is in seconds; None: the stable URL. The end (UTC datetime) is earlier if the
        credentials end first. rendition: name, or None.
        """
        object_key, _content_type = served(image, rendition)
        parameters = {"ResponseCacheControl": cache_headers.cache_control(life(expires_in))}
        if download:
            name = download_name(image, rendition)
            parameters["ResponseContentDisposition"] = content_disposition(name)
        return self.presigner.presign_get(object_key, expires_in, parameters)

    def presign_upload(self, image, method, expires_in):
        """Return (URL, headers or fields, end): anyone with them may send the image's bytes.

        method: PUT (with headers) or POST (with the fields of a form).
        """
        sign = {"PUT": self.presigner.presign_put, "POST": self.presigner.presign_post}[method]
        return sign(image.object_key, expires_in, image.size, upload_headers(image))

    def missing(self):
        """Return the names of the parts that are missing."""
        with clients.storage_errors("ready"):
            self.client.head_bucket(Bucket=self.bucket_name)
        return []
