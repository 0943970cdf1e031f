"""Brings one picture into the service, unless it is there already."""

import hashlib

from service.operators.importing import sent_texts
from service.operators.importing.direct import send_directly
from service.operators.importing.folder import CHANGED, unreadable
from service.operators.importing.library import Stored
from service.operators.importing.outcomes import (
    DELETED,
    FAILED,
    KEPT,
    PRESENT,
    REFUSED,
    RETAGGED,
    TRASHED,
    UPLOADED,
    Outcome,
)
from service.operators.importing.transport.service_client import FileLost

# A file up to this size is read once, and sent in one request if the service takes it so.
MOST_INLINE = 10 * 1024 * 1024
HEIC = "image/heic"
SPENT = "idempotency-key-spent"
REUSED = "idempotency-key-reused"
TOO_MANY = f"An image has at most {sent_texts.MOST_TAGS} tags; left out: "
UNKNOWN = "Under another name or other tags it was deleted before, or its upload never ended."
NOT_CHECKED = "The service has not checked the bytes in time. Run the import again."


class Uploader:
    """Uploads pictures of a user.

    tags: those of every image. album_tags: whether the names of folders are tags too.
    """

    def __init__(self, client, library, *, tags=(), album_tags=False):
        self.client = client
        self.library = library
        self.user = library.user
        self.tags = tags
        self.album_tags = album_tags
        # Grows never: what the service has refused as too large for one request.
        self.most_inline = MOST_INLINE
        self.heic_refusal = None

    def bring(self, files):
        """Return the Outcome of a picture, whose files have the same bytes. Raises Stopped.

        Raises FileLost for the first of the files, if that cannot be read or has changed.
        """
        tags, left_out = self.tags_of(files)
        content, sha256 = read(files[0])
        stored = self.library.find(sha256)
        if stored:
            outcome = self.tagged(stored, tags)
        else:
            outcome = self.upload(files[0], content, sha256, tags)
        if left_out and outcome.outcome in KEPT:
            outcome.detail = " ".join(
                filter(None, [outcome.detail, TOO_MANY + ", ".join(left_out)])
            )
        outcome.sha256, outcome.tags = sha256, tags
        return outcome

    def tags_of(self, files):
        """Return (tags, those left out) of a picture that is in the folders of all its files."""
        tags = list(self.tags)
        if self.album_tags:
            tags += [tag for file in files for tag in sent_texts.folder_tags(file.folders)]
        tags = list(dict.fromkeys(tags))
        return tags[: sent_texts.MOST_TAGS], tags[sent_texts.MOST_TAGS :]

    def upload(self, file, content, sha256, tags):
        """Return the Outcome of sending a picture. content: its bytes, None for a large file."""
        if file.content_type == HEIC and self.heic_refusal:
            return Outcome(REFUSED, self.heic_refusal)
        fields = {"user_id": self.user, "filename": sent_texts.filename(file.name)}
        key = key_of(self.user, sha256)
        if content is not None and len(content) <= self.most_inline:
            texts = fields | {"tags": ",".join(tags)}
            answer = self.client.send_form(texts, content, key, file)
            if answer.status != 413:
                return self.outcome_of(answer, file, tags)
            # A gateway may allow less than the service does.
            self.most_inline = min(self.most_inline, len(content) - 1)
        described = {"content_type": file.content_type, "size": file.size, "sha256": sha256}
        answer = send_directly(self.client, fields | described | {"tags": tags}, key, file)
        return self.outcome_of(answer, file, tags)

    def outcome_of(self, answer, file, tags):
        """Return the Outcome that the answer to an upload means."""
        if answer.code == SPENT:
            return Outcome(DELETED)
        if answer.code == REUSED:
            return self.known(answer.body.get("image_id"), tags)
        if answer.status not in (200, 201):
            return self.refused(answer, file)
        if not {"image_id", "status"} <= answer.body.keys():
            return Outcome(FAILED, "The answer is none of the image service.")
        return self.outcome_of_image(answer, tags)

    def outcome_of_image(self, answer, tags):
        """Return the Outcome that an answer with an image means."""
        image_id = answer.body["image_id"]
        if answer.body["status"] == "refused":
            return Outcome(REFUSED, answer.body["problem"]["detail"], image_id=image_id)
        if answer.body["status"] == "pending":
            return Outcome(FAILED, NOT_CHECKED, image_id=image_id)
        if self.library.is_older(answer.body):
            return self.tagged(Stored(answer.body), tags)
        return Outcome(UPLOADED, image_id=image_id)

    def refused(self, answer, file):
        """Return the Outcome that a refusal means, and learn from it."""
        if file.content_type == HEIC and answer.status == 415:
            self.heic_refusal = answer.words
        # What may be otherwise in the next run is no refusal.
        is_lasting = answer.status < 500 and answer.status not in (408, 409)
        return Outcome(REFUSED if is_lasting else FAILED, answer.words)

    def known(self, image_id, tags):
        """Return the Outcome for an image that was uploaded under another name or other tags."""
        if image_id is None:
            return Outcome(PRESENT)
        answer = self.client.get(f"/images/{image_id}")
        if answer.status == 404:
            return Outcome(DELETED, UNKNOWN, image_id=image_id)
        if answer.body.get("status") not in ("ready", "trashed"):
            detail = "An upload under another name or other tags has not ended; try in some hours."
            return Outcome(FAILED, detail, image_id=image_id)
        return self.tagged(Stored(answer.body), tags)

    def tagged(self, stored, tags):
        """Return the Outcome for an image that is there, after adding the tags that it lacks."""
        if stored.is_trashed:
            return Outcome(TRASHED, image_id=stored.image_id)
        missing = [tag for tag in tags if tag not in stored.tags]
        room = sent_texts.MOST_TAGS - len(stored.tags)
        detail = TOO_MANY + ", ".join(missing[room:]) if missing[room:] else None
        if not missing[:room]:
            return Outcome(PRESENT, detail, image_id=stored.image_id)
        body = {"add_tags": missing[:room]}
        answer = self.client.send_json("PATCH", f"/images/{stored.image_id}", body)
        if answer.status != 200:
            return Outcome(FAILED, answer.words, image_id=stored.image_id)
        return Outcome(RETAGGED, detail, image_id=stored.image_id)


def key_of(user, sha256):
    """Return the Idempotency-Key of a user's picture: the same in every run."""
    return f"import-{hashlib.sha256(f'{user}:{sha256}'.encode()).hexdigest()}"


def read(file):
    """Return (bytes, hex digest) of a file; the bytes of a large one are None. Raises FileLost."""
    try:
        with open(file.path, "rb") as content:
            if file.size > MOST_INLINE:
                return None, hashlib.file_digest(content, "sha256").hexdigest()
            # One byte more than expected, to see whether the file has grown.
            found = content.read(file.size + 1)
    except OSError as error:
        raise FileLost(unreadable(error)) from error
    if len(found) != file.size:
        raise FileLost(CHANGED)
    return found, hashlib.sha256(found).hexdigest()
