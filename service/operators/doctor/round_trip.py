"""Checks the whole service with an image of one pixel: upload, open, trash, restore, delete it."""

import contextlib
import io
import re
import secrets

from service.business.changes.image_changes import RESTORE, TRASH, UPDATE
from service.common.errors import ImageNotFound, ServiceError
from service.models.image import READY
from service.models.renditions import THUMB
from service.operators.doctor.findings import Concern, Fault
from service.operators.doctor.visits import Unreachable

PIXEL = (
    b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff"
    b",\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
)  # fmt: skip
URL_SECONDS = 300


class RoundTrip:
    """The steps in order. Call `clean_up` at the end, also after a fault.

    visit(url) returns the Answer that a user of the service would get. explain(answer, url) returns
    a text about what to do if the answer is not the image.
    """

    def __init__(self, image_service, visit, explain):
        self.image_service = image_service
        self.visit = visit
        self.explain = explain
        self.image = self.url = None

    def checks(self):
        """Return the steps as checks."""
        return [
            ("upload", self.upload),
            ("presigned URL", self.open),
            ("thumbnail", self.open_thumb),
            ("signature", self.forge),
            ("trash", self.trash),
            ("delete", self.delete),
        ]

    def upload(self):
        """Store the image with a random user_id."""
        user_id = f"doctor-{secrets.token_hex(8)}"
        fields = {"user_id": user_id, "filename": "doctor.gif", "description": None, "tags": []}
        with storage_faults():
            self.image = self.image_service.upload(io.BytesIO(PIXEL), fields)
        return "an image of one pixel is stored"

    def open(self):
        """Open the image by its URL, as a browser would."""
        with storage_faults():
            self.url, _end = self.image_service.sign(self.image, URL_SECONDS)
        answer = self.ask(self.url)
        if answer.status != 200 or answer.body != PIXEL:
            raise Fault(self.explain(answer, self.url))
        return "opens and serves the bytes of the image"

    def open_thumb(self):
        """Open the thumb that the upload made, by its URL."""
        if not self.image.rendition(THUMB):
            raise Concern(
                "The upload made no thumbnail: the log of the service says why (`thumb not made` "
                "or `thumb not stored`)."
            )
        with storage_faults():
            url, _end = self.image_service.sign(self.image, URL_SECONDS, rendition=THUMB)
        answer = self.ask(url)
        if answer.status != 200 or answer.body[8:12] != b"WEBP":
            raise Fault(self.explain(answer, url))
        return "the upload's thumbnail opens"

    def forge(self):
        """Check that a URL with a wrong signature does not open."""
        with_other = re.sub(r"(?<=ignature=)[0-9a-f]+", lambda found: found[0][::-1], self.url)
        if self.ask(with_other).status == 200:
            raise Concern(
                "A URL with a wrong signature opens, too: this store does not check signatures, so "
                "URLs that open here may fail on AWS. On LocalStack set "
                "S3_SKIP_SIGNATURE_VALIDATION=0."
            )
        return "a URL with a wrong signature is refused"

    def trash(self):
        """Tag the image, move it to the trash and bring it back, as a request for many does."""
        with storage_faults():
            self.act(UPDATE, {"add_tags": ["doctor"]})
            self.act(TRASH)
            self.act(RESTORE)
        if (list(self.image.tags), self.image.state) != (["doctor"], READY):
            raise Fault("The image came back from the trash as another one.")
        return "the image is tagged, moved to the trash and restored"

    def act(self, action, changes=None):
        """Do an action with the image, in a request for many that names only this one."""
        image_ids = [self.image.image_id]
        ((image, error),) = self.image_service.batch(None, image_ids, action, changes)
        if error:
            raise error
        self.image = image

    def ask(self, url):
        """Return the Answer that a user gets from a URL. Raises Fault if there is none."""
        try:
            return self.visit(url)
        except Unreachable as error:
            raise Fault(self.explain(None, url, error)) from error

    def delete(self):
        """Delete the image, and check that its URL no longer opens."""
        with storage_faults():
            self.image_service.delete(None, self.image.image_id)
        self.image = None
        if self.ask(self.url).status == 200:
            raise Fault(
                "The deleted image still opens: allow s3:DeleteObject on the bucket, and put no "
                "cache in front of it."
            )
        return "the image is deleted, and its URL no longer opens"

    def clean_up(self):
        """Delete the image if a fault has prevented it."""
        if self.image:
            with contextlib.suppress(ServiceError):
                self.image_service.delete(None, self.image.image_id)


@contextlib.contextmanager
def storage_faults():
    """Turn errors of the service into a Fault."""
    try:
        yield
    except ImageNotFound as error:
        raise Fault(
            "The stored image is not found. Check whether another program deletes images."
        ) from error
    except ServiceError as error:
        facts = ", ".join(str(fact) for fact in error.facts.values())
        raise Fault(
            f"Refused: {facts or error.detail}. Allow the service what deployment/roles.yml allows."
        ) from error
