"""Opens what a power cut has left with the service, and notes what it shows."""

import contextlib
import gc
import io
import time

from service.app import create_app
from service.models.image import FOLDERS
from service.models.renditions import SIZES, rendition_key
from service.operators.bags import layout
from tests.power.clients import digest, pictures
from tests.repositories.stores import read_object
from tests.support.promises import GONE, facts_of

SETTINGS = {"GRACE_SECONDS": "0", "LOG_LEVEL": "ERROR"}
# More than any record needs until it is not due any more.
MOST_SWEEPS = 8
OUTCOMES = ("condemned", "purged", "postponed", "forgotten", "settled", "skipped", "failed")


def known_renditions(folder):
    """Return {(SHA-256 of a picture, name): that of its rendition}, made by a new service."""
    known = {}
    client = open_app(folder).test_client()
    for picture in pictures():
        image_id = upload(client, picture).json["image_id"]
        for name in SIZES:
            url = client.get(f"/images/{image_id}?rendition={name}").json["url"]
            known[digest(picture), name] = digest(client.get(url, buffered=True).data)
    return known


def open_app(folder):
    """Return the app on the data of a folder."""
    return create_app(SETTINGS | {"DATA_DIR": str(folder / "data")})


def upload(client, picture):
    form = {"user_id": "after", "image_data": (io.BytesIO(picture), "a.png")}
    return client.post("/images", data=form)


class Opened:
    """What the service shows of a state of the disk.

    facts: {image_id: Facts or GONE} of the image_ids that are known and of all that are listed.
    urls: {image_id: SHA-256 of what a URL gives that was signed before the cut}. is_exported:
    whether there is a complete export. faults: what is wrong whatever was answered, as texts.
    """

    def __init__(self, folder, run):
        self.faults = []
        self.facts = {}
        self.urls = {}
        self.is_exported = False
        self.folder = folder
        self.run = run
        self.app = open_app(folder)
        self.client = self.app.test_client()
        try:
            self.look()
        except Exception as error:  # a state that breaks the service is what is looked for
            self.faults.append(f"{type(error).__name__}: {str(error)[:300]}")
        store = self.app.extensions["store"]
        with contextlib.suppress(AttributeError):
            store.images.database.close()
        del self.app, self.client, self.run, self.folder
        gc.collect(0)

    def look(self):
        """Look at everything, sweep, and look again."""
        # A direct upload whose bytes are there is completed by a look at it.
        for image_id in self.run.direct_ids:
            self.facts_of(image_id)
        self.facts = self.look_at_images()
        self.check_files(self.facts)
        for image_id, url in self.run.urls.items():
            response = self.client.get(url, buffered=True)
            self.urls[image_id] = digest(response.data) if response.status_code == 200 else None
        self.check_it_goes_on()
        self.sweep()
        swept = self.look_at_images()
        for image_id, facts in swept.items():
            # What was in the trash for no time may be gone.
            may = {self.facts[image_id]} | ({GONE} if image_id in self.run.brief_ids else set())
            if facts not in may:
                self.faults.append(f"a sweep has made {image_id} {facts}")
        self.check_files(swept)
        self.export()
        audit = self.app.extensions["audit"].run()
        if audit["faults"]:
            self.faults.append(f"audit: { {name: n for name, n in audit.items() if n} }")

    def get(self, path, *expected):
        """Return an answer. Raises AssertionError if its status is unexpected."""
        response = self.client.get(path)
        assert response.status_code in expected, (path, response.status_code, response.json)
        return response

    def look_at_images(self):
        """Return {image_id: Facts or GONE}."""
        rows = [*self.rows("status=ready"), *self.rows("status=trashed")]
        facts = {row["image_id"]: facts_of(row) for row in rows}
        assert len(facts) == len(rows), "an image is listed twice"
        for image_id in self.run.ids - facts.keys():
            facts[image_id] = self.facts_of(image_id)
            if facts[image_id] != GONE and facts[image_id].state != "pending":
                self.faults.append(f"{image_id} is {facts[image_id].state}, but not listed")
        return facts

    def facts_of(self, image_id):
        """Return the Facts of an image as a view shows it, or GONE."""
        # No request for each of the many that are not there.
        if self.app.extensions["image_service"].images.get(image_id) is None:
            return GONE
        response = self.get(f"/images/{image_id}", 200, 404)
        return facts_of(response.json) if response.status_code == 200 else GONE

    def rows(self, query):
        """Return the rows of all pages of a list."""
        page = self.get(f"/images?limit=100&{query}", 200).json
        rows = page["images"]
        while page.get("next_cursor"):
            page = self.get(f"/images?limit=100&{query}&cursor={page['next_cursor']}", 200).json
            rows += page["images"]
        return rows

    def check_files(self, facts_of_all):
        """Check that each image, and each rendition that is there, has the right bytes."""
        images, objects = (
            self.app.extensions["image_service"].images,
            self.app.extensions["objects"],
        )
        there = {key for folder in FOLDERS for key in objects.list(folder)}
        for image_id, facts in facts_of_all.items():
            if facts == GONE or facts.state not in ("ready", "trashed"):
                continue
            image = images.get(image_id)
            if digest(read_object(objects, image.object_key) or b"") != image.sha256:
                self.faults.append(f"{image_id} has not its bytes")
            for name in SIZES:
                key = rendition_key(image.object_key, name)
                named = image.rendition(name)
                if key in there or named:
                    found = digest(read_object(objects, key) or b"")
                    if found != self.run.renditions.get((image.sha256, name)):
                        self.faults.append(f"{image_id} has a damaged {name}")

    def check_it_goes_on(self):
        """Check that an image can be uploaded, seen and deleted."""
        uploaded = upload(self.client, pictures()[0])
        assert uploaded.status_code == 201, uploaded.json
        path = f"/images/{uploaded.json['image_id']}"
        self.get(path, 200)
        assert self.client.delete(path).status_code == 204

    def export(self):
        """Check an export that was begun, and go on with it."""
        bag = self.folder / "backup/bag"
        if not bag.exists():
            return
        self.faults += [f"the bag names {path}, damaged" for path in damaged_originals(bag)]
        self.is_exported = is_valid(bag)
        done = self.app.test_cli_runner().invoke(args=["export", str(bag), "--update"])
        if done.exit_code or not is_valid(bag):
            self.faults.append(f"the export does not go on: {done.output}")

    def sweep(self):
        """Sweep until no record is due."""
        for _ in range(MOST_SWEEPS):
            time.sleep(0.002)
            figures = self.app.extensions["sweep"].run()
            assert not figures["failed"], figures
            if not any(figures[name] for name in OUTCOMES):
                return
        self.faults.append(f"records stay due: {figures}")


def is_valid(bag):
    """Tell whether a bag is complete, and each of its files as its manifests say."""
    for manifest in (bag / layout.TAG_MANIFEST, bag / layout.MANIFEST):
        if not manifest.exists():
            return False
        for line in manifest.read_text().splitlines():
            expected, _, path = line.partition("  ")
            if digest_of(bag / path) != expected:
                return False
    return True


def damaged_originals(bag):
    """Return the paths of the files that the records of a bag name and that are not as they say."""
    records = bag / layout.RECORDS
    lines = records.read_text().splitlines() if records.exists() else []
    named = map(layout.image_of, lines)
    return [path for path, image in named if digest_of(bag / path) != image.sha256]


def digest_of(path):
    return digest(path.read_bytes() if path.is_file() else b"")
