"""Write a fixture: data of both stores as this version of the service writes it.

Run it as `python -m tests.upgrades.write_fixture FOLDER`. Later versions must open what it wrote.
"""

import hashlib
import json
import sys
from pathlib import Path

from moto import mock_aws

from service.app import create_app
from service.common.config import SETTINGS
from service.repositories.aws.provision import provision
from tests.upgrades import aws_data
from tests.upgrades.story import Story

# With limits the service counts what each user keeps. Unfinished uploads are due after a minute,
# and the trash never, whenever a test opens it.
LIMITS = {"MAX_IMAGES_PER_USER": "100", "MAX_BYTES_PER_USER": "1000000", "GRACE_SECONDS": "60"}
LIMITS["TRASH_DAYS"] = "36500"
CHECKSUMS = "checksums.json"


def main(folder):
    """Write both stores' data into a folder that does not exist yet."""
    if folder.exists():
        sys.exit(f"{folder} exists already: a fixture is written once and never changed.")
    for store, write in (("embedded", write_embedded), ("aws", write_aws)):
        place = folder / store
        place.mkdir(parents=True)
        write_json(place / "expected.json", write(place))
    write_json(folder / CHECKSUMS, checksums(folder))


def write_embedded(folder):
    """Write images.db and the objects; return what was answered."""
    app = new_app(DATA_DIR=str(folder))
    expected = Story(app).tell()
    # The last connection that closes moves all of the write-ahead log into images.db.
    app.extensions["store"].database.close()
    return expected


def write_aws(folder):
    """Write the table's items and the bucket's objects; return what was answered."""
    with mock_aws():
        app = new_app(BUCKET_NAME="images", TABLE_NAME="images", AUTH="none")
        provision(app.extensions["settings"])
        expected = Story(app).tell()
        aws_data.save(app.extensions["image_service"].images, app.extensions["objects"], folder)
    return expected


def new_app(**settings):
    """Return an app with these settings and the limits, without those of the environment."""
    nothing = {name: "" for name, *_ in SETTINGS}
    return create_app(nothing | {"LOG_LEVEL": "ERROR"} | LIMITS | settings)


def write_json(path, value):
    """Write a value as JSON that a person can read."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def checksums(folder):
    """Return {path: SHA-256} of every file of a fixture but the file of the checksums."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
        if path.name != CHECKSUMS
    }


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Say where: python -m tests.upgrades.write_fixture FOLDER")
    main(Path(sys.argv[1]))
