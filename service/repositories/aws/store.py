"""The AWS store: DynamoDB and S3, with the clients of one boto3 session."""

import functools
import hashlib
import time
from urllib.parse import urlsplit

from service.common.errors import StorageUnavailable
from service.repositories.aws import clients, fast
from service.repositories.aws.dynamodb.images import DynamodbImages
from service.repositories.aws.fast.s3_presigner import S3Presigner
from service.repositories.aws.s3_objects import S3Objects

EMULATOR_SECONDS = 30


class AwsStore:
    """Images in a table, objects in a bucket; see service/repositories/__init__.py.

    dynamodb and s3 make the calls; public_s3 only signs URLs. on_fallback is called with the name
    of each operation that the fast path leaves to the AWS SDK.
    """

    kind = "aws"
    # A schedule sweeps it, because several machines may serve one table.
    swept_by_server = False
    # S3 serves its objects itself.
    file_urls = None
    own_folder = None

    def __init__(self, settings, quota, on_fallback=fast.ignore):
        session = self.session = clients.new_session(settings, on_fallback)
        self.settings = settings
        self.dynamodb = clients.dynamodb_client(session, settings)
        self.s3 = clients.s3_client(session, settings)
        self.public_s3 = clients.public_s3_client(session, settings)
        self.presigner = S3Presigner(
            self.public_s3,
            settings.bucket_name,
            settings.signing_session_seconds,
            on_fallback=on_fallback,
        )
        self.images = DynamodbImages(self.dynamodb, settings.table_name, quota)
        self.objects = S3Objects(self.s3, settings.bucket_name, self.presigner)

    @functools.cached_property
    def origin(self):
        """The scheme, host and port of presigned URLs."""
        return clients.url_origin(self.session, self.settings)

    def place(self):
        """Return where the images are, for the line that announces the start."""
        return f"bucket {self.settings.bucket_name} and table {self.settings.table_name}"

    def identity(self):
        """Return a text that no other store has."""
        return hashlib.sha256(self.place().encode()).hexdigest()[:16]

    def is_there(self):
        """Tell that the store exists: if a part of it is missing, each call says so."""
        return True

    def refuse_newer(self):
        """Refuse nothing: what a newer version wrote is known by its records, and left as it is."""

    def prepare(self, say):
        """Make bucket, table and indexes on an emulator; on AWS a start makes nothing.

        Raises StorageUnavailable.
        """
        if self.settings.use_localstack:
            address = self.settings.aws_endpoint_url
            say(f"Making bucket and table at {address}, if it answers in {EMULATOR_SECONDS} s.")
            self.await_emulator()

    def await_emulator(self):
        """Wait for the emulator, then make bucket, table and indexes. Raises StorageUnavailable."""
        from service.repositories.aws import provision

        end = time.monotonic() + EMULATOR_SECONDS
        patient = provision.patient_clients(clients.new_session(self.settings), self.settings)
        while True:
            try:
                return provision.complete(self.settings, *patient)
            except StorageUnavailable as error:
                if time.monotonic() > end:
                    raise StorageUnavailable(
                        f"The emulator at {self.settings.aws_endpoint_url} does not work "
                        f"({error.facts['code']}): start it, or set AWS_ENDPOINT_URL."
                    ) from error
                time.sleep(0.5)

    def provision(self):
        """Make bucket, table and indexes if they are missing. Raises StorageUnavailable."""
        # Imported here, because a start on Lambda does not need it.
        from service.repositories.aws import provision

        provision.provision(self.settings)

    def read_credentials(self):
        """Return (credentials, end) for signing URLs now; end is None if it is unknown."""
        return self.presigner.read_credentials()

    def url_host(self):
        """Return the host name of presigned URLs."""
        return urlsplit(self.public_s3.meta.endpoint_url).hostname
