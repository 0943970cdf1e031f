"""A live service, folders of pictures, and the import from one to the other."""

import contextlib
import json

import pytest
from click.testing import CliRunner

from service.operators.commands.import_images import import_command
from service.operators.doctor.embedded_checks import serving
from tests.support import pictures
from tests.support.counted_requests import CountedRequests


@pytest.fixture
def serve(new_app):
    """Serve apps with the test's settings; return the CountedRequests in front of each."""
    with contextlib.ExitStack() as stack:

        def run(**settings):
            front = CountedRequests(new_app(**settings))
            front.address = stack.enter_context(serving(front))
            return front

        yield run


@pytest.fixture
def service(serve):
    """A service that is served."""
    return serve()


@pytest.fixture
def folder(tmp_path):
    """A folder with two albums of pictures."""
    paths = {"rome/a.png": "red", "rome/b.png": "green", "2024/Oslo/c.jpg": "blue"}
    return filled(tmp_path / "photos", **paths)


def filled(folder, **colours):
    """Write a picture for each path below a folder; return the folder."""
    folder.mkdir(exist_ok=True)
    for name, colour in colours.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        kind = pictures.jpeg if name.endswith("jpg") else pictures.png
        path.write_bytes(kind(9, 9, colour))
    return folder


class Run:
    """What a run of the import has told."""

    def __init__(self, result, report):
        self.code = result.exit_code
        self.told = result.stderr
        self.figures = json.loads(result.stdout) if self.code in (0, 1) else None
        lines = report.read_text().splitlines() if report.exists() else []
        self.rows = [json.loads(line) for line in lines]

    def counts(self):
        """Return the figures that are not 0, but for bytes and time."""
        others = ("bytes", "seconds")
        return {name: n for name, n in self.figures.items() if n and name not in others}


@pytest.fixture
def bring(tmp_path):
    """Import a folder for Ana in this process; return the Run."""

    def run(folder, service, *options, user="ana", **environment):
        report = tmp_path / "report.jsonl"
        report.unlink(missing_ok=True)
        words = [str(folder), "--to", service.address, "--user", user, "--report", str(report)]
        result = CliRunner().invoke(import_command, [*words, *options], env=environment)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Run(result, report)

    return run
