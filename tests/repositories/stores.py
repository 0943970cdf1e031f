"""The repositories of the tests: each call makes a new, empty repository."""

import contextlib
import itertools
import os
import threading

from botocore.awsrequest import AWSResponse
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.models import botocore_stubber
from moto.s3.models import s3_backends

from service.common import config
from service.models.quota import NO_QUOTA
from service.repositories.aws import clients, provision
from service.repositories.aws.dynamodb.images import DynamodbImages
from service.repositories.aws.dynamodb.table import table_definition
from service.repositories.aws.fast.s3_presigner import S3Presigner
from service.repositories.aws.fast.sigv4 import utc_now
from service.repositories.aws.s3_objects import S3Objects
from service.repositories.embedded.folder_objects import FolderObjects
from service.repositories.embedded.sqlite.database import SqliteDatabase
from service.repositories.embedded.sqlite.images import SqliteImages
from tests.support import quick_moto

quick_moto.install()
numbers = itertools.count(1)


def in_turn(answer):
    """Let moto answer one request at a time: its transactions copy tables that others change."""
    turn = threading.RLock()

    def wait_and_answer(request):
        with turn:
            return answer(request)

    return wait_and_answer


botocore_stubber.process_request = in_turn(botocore_stubber.process_request)


class AwsStores:
    """Repositories on emulators at these endpoints; without endpoints, on moto.

    fast: the value of FAST_DYNAMODB; None: that of the environment.
    """

    def __init__(self, dynamodb_endpoint=None, s3_endpoint=None, *, fast=None):
        values = {"BUCKET_NAME": "images", "TABLE_NAME": "images", "USE_LOCALSTACK": "1"}
        values["FAST_DYNAMODB"] = fast or os.environ.get("FAST_DYNAMODB", "")
        self.settings = config.load(values)
        session = clients.new_session(self.settings)
        self.settings.aws_endpoint_url = dynamodb_endpoint
        self.dynamodb = clients.dynamodb_client(session, self.settings)
        self.settings.aws_endpoint_url = self.settings.public_s3_endpoint_url = s3_endpoint
        self.s3 = clients.s3_client(session, self.settings)
        self.on_moto = s3_endpoint is None
        if self.on_moto:
            self.s3.meta.events.register("before-call.s3.CopyObject", refuse_another_source)

    def new_images(self, quota=NO_QUOTA):
        """Return image records in a table of their own."""
        table_name = f"images-{next(numbers)}"
        if self.on_moto:
            # It is empty and active at once, which `provision` would ask before and after.
            self.dynamodb.create_table(**table_definition(table_name))
        else:
            provision.make_table(self.dynamodb, table_name)
        return DynamodbImages(self.dynamodb, table_name, quota)

    def new_objects(self, clock=utc_now):
        """Return objects in a bucket of their own, whose URLs are signed by a clock."""
        self.settings.bucket_name = f"objects-{next(numbers)}"
        if self.on_moto:
            self.s3.create_bucket(Bucket=self.settings.bucket_name)
        else:
            provision.make_bucket(self.s3, self.settings)
        presigner = S3Presigner(self.s3, self.settings.bucket_name, 3600, clock=clock)
        return S3Objects(self.s3, self.settings.bucket_name, presigner)


class EmbeddedStores:
    """Repositories in a folder."""

    def __init__(self, folder):
        self.folder = folder
        self.databases = []

    def new_images(self, quota=NO_QUOTA):
        """Return image records in a database of their own."""
        self.databases.append(SqliteDatabase(self.folder / f"images-{next(numbers)}.db"))
        return SqliteImages(self.databases[-1], quota)

    def new_objects(self, clock=utc_now):
        """Return objects in a folder of their own, whose URLs are signed by a clock."""
        return FolderObjects(self.folder / f"objects-{next(numbers)}", clock=clock)

    def close(self):
        """Close the databases."""
        for database in self.databases:
            database.close()


def refuse_another_source(params, **_call):
    """Refuse a copy as S3 does whose source has not the ETag that it names: moto copies any."""
    headers = params["headers"]
    bucket_name, _, key = headers["x-amz-copy-source"].partition("/")
    source = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].get_object(bucket_name, key)
    if source is None or headers.get("x-amz-copy-source-if-match") in (None, source.etag):
        return None
    return AWSResponse(params["url"], 412, {}, None), {"Error": {"Code": "PreconditionFailed"}}


def archive(images, image_id):
    """Give a record a state that only a newer version of the service knows."""
    if isinstance(images, SqliteImages):
        with images.database.writing("test") as connection:
            change = "UPDATE images SET state = 'archived' WHERE image_id = ?"
            connection.execute(change, (image_id,))
        return
    images.client.update_item(
        TableName=images.table_name,
        Key={"image_id": {"S": image_id}},
        UpdateExpression="SET #state = :archived",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={":archived": {"S": "archived"}},
    )


def read_object(objects, object_key):
    """Return an object's bytes, or None if there is no object."""
    if isinstance(objects, FolderObjects):
        file = objects.open(object_key)
    else:
        file = open_s3_object(objects, object_key)
    if file is None:
        return None
    with file:
        return file.read()


def open_s3_object(objects, object_key):
    """Return an S3 object as a binary file, or None if there is none."""
    with contextlib.suppress(objects.client.exceptions.NoSuchKey):
        return objects.client.get_object(Bucket=objects.bucket_name, Key=object_key)["Body"]


def aws_settings(images, objects):
    """Return the settings of an app on a table and a bucket, whatever the environment says."""
    nothing = {name: "" for name, *_ in config.SETTINGS}
    place = {"TABLE_NAME": images.table_name, "BUCKET_NAME": objects.bucket_name, "AUTH": "none"}
    return nothing | place | {"LOG_LEVEL": "ERROR"}
