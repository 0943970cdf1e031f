"""Image bytes in S3, and presigned URLs for them."""

import shutil

from botocore.exceptions import ClientError

from service.models.content_disposition import content_disposition
from service.models.upload_headers import SHA256, upload_headers
from service.repositories.aws import clients

# Small images are sent as bytes: a file as body costs one more round trip (100-continue).
MOST_IN_MEMORY = 1 << 20
# DeleteObjects takes a thousand keys at most.
MOST_PER_DELETE = 1000


class S3Objects:
    """Objects in one bucket."""

    def __init__(self, client, bucket_name, presigner):
        self.client = client
        self.bucket_name = bucket_name
        self.name = f"bucket {bucket_name}"
        self.presigner = presigner

    def require_room(self):
        """Do nothing: a bucket is never full."""

    def put(self, image, file):
        """Store the bytes of a binary file at the image's object key.

        S3 refuses bytes whose SHA-256 is not the image's.
        """
        file.seek(0)
        with clients.storage_errors("put object"):
            self.client.put_object(
                Bucket=self.bucket_name,
                Key=image.object_key,
                Body=file.read() if image.size <= MOST_IN_MEMORY else file,
                ContentLength=image.size,
                ContentType=image.content_type,
                ChecksumSHA256=upload_headers(image)[SHA256],
            )

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
                )
            except ClientError as error:
                if clients.error_code(error) not in ("PreconditionFailed", "NoSuchKey"):
                    raise
                return False
        return True

    def delete(self, object_key):
        """Delete the object. Deleting one that is not there is not an error."""
        with clients.storage_errors("delete object"):
            self.client.delete_object(Bucket=self.bucket_name, Key=object_key)

    def list(self, prefix):
        """Yield the keys of the objects under a prefix, in their order."""
        paginator = self.client.get_paginator("list_objects_v2")
        with clients.storage_errors("list objects"):
            for page in paginator.paginate(Bucket=self.bucket_name, Prefix=prefix):
                yield from (one["Key"] for one in page.get("Contents", []))

    def delete_all(self, object_keys):
        """Delete these objects. Raises StorageUnavailable if one of them could not be deleted."""
        for start in range(0, len(object_keys), MOST_PER_DELETE):
            keys = [{"Key": key} for key in object_keys[start : start + MOST_PER_DELETE]]
            with clients.storage_errors("delete objects"):
                answer = self.client.delete_objects(
                    Bucket=self.bucket_name, Delete={"Objects": keys, "Quiet": True}
                )
            if answer.get("Errors"):
                raise clients.unavailable("delete objects", code=answer["Errors"][0].get("Code"))

    def has(self, image):
        """Tell whether the image's object exists and has the image's size."""
        with clients.storage_errors("has object"):
            try:
                head = self.client.head_object(Bucket=self.bucket_name, Key=image.object_key)
            except ClientError as error:
                if clients.error_code(error) not in ("404", "NoSuchKey"):
                    raise
                return False
        return head["ContentLength"] == image.size

    def presign_get(self, image, expires_in, download):
        """Return (URL, end): anyone with the URL may read the object until the end.

        expires_in is in seconds; the end (UTC datetime) is earlier if the credentials end first.
        """
        parameters = {}
        if download:
            parameters["ResponseContentDisposition"] = content_disposition(image.filename)
        return self.presigner.presign_get(image.object_key, expires_in, parameters)

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
