"""The import when the service is busy, absent or odd, and when it is stopped itself."""

import signal
import subprocess
import sys

import pytest

from tests.importing.conftest import filled
from tests.support import pictures
from tests.support.servers import ROOT, free_port


@pytest.fixture
def many(tmp_path):
    """A folder of 30 pictures."""
    colours = {f"{number:02}.png": (number, 90, 30) for number in range(30)}
    return filled(tmp_path / "many", **colours)


@pytest.fixture
def start():
    """Start the import as a program; kill it at the end."""
    running = []

    def run(folder, service, *options, **settings):
        words = [folder, "--to", service.address, "--user", "ana", "--jobs", "1", *options]
        running.append(
            subprocess.Popen(
                [sys.executable, ROOT / "main.py", "import", *words],
                env=settings,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return running[-1]

    yield run
    for process in running:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_service_is_waited_for(bring, folder, service, status):
    service.answers["POST"] = [(status, {"Retry-After": "1"})]

    run = bring(folder, service, "--jobs", "1")

    assert run.counts() == {"uploaded": 3}
    assert service.count("POST") == 4


def test_a_longer_wait_than_the_patience_ends_the_run(bring, folder, service):
    service.answers["POST"] = [(429, {"Retry-After": "3600"})]

    run = bring(folder, service, "--jobs", "1", "--patience", "60")

    assert (run.code, run.counts()) == (1, {"left": 3})
    assert "Gave up" in run.told
    assert "Run the command again to go on" in run.told


@pytest.mark.parametrize("status", [408, 500, 502, 504])
def test_a_gateway_that_fails_once_is_asked_again(bring, folder, service, status):
    service.answers["POST"] = [(status, {})]

    run = bring(folder, service)

    assert run.counts() == {"uploaded": 3}


def test_a_gateway_that_allows_less_is_passed_by(bring, folder, service):
    service.answers["POST"] = [(413, {})]

    run = bring(folder, service, "--jobs", "1")

    assert run.counts() == {"uploaded": 3}
    assert len(service.images()) == 3


def test_an_answer_that_was_lost_makes_no_second_image(bring, folder, service):
    service.lost = 1

    run = bring(folder, service, "--jobs", "1")

    assert run.counts() == {"uploaded": 3}
    assert len(service.images()) == 3


def test_another_address_is_not_followed(bring, folder, service):
    service.answers["GET"] = [(301, {"Location": "https://photos.example.com/"})]

    run = bring(folder, service)

    assert run.code == 1
    assert "redirects to https://photos.example.com/" in run.told


def test_a_service_that_is_not_there_is_given_up(bring, folder, service):
    service.address = f"http://127.0.0.1:{free_port()}"

    run = bring(folder, service, "--patience", "0")

    assert (run.code, run.counts()) == (1, {"left": 3})
    assert f"{service.address} does not answer" in run.told


def test_it_needs_no_settings_of_a_service(start, folder, service):
    process = start(folder, service, MAX_IMAGE_SIZE="10MB", AUTH="nobody")

    _output, errors = process.communicate(timeout=30)

    assert process.returncode == 0, errors
    assert len(service.images()) == 3


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_stopped_run_goes_on(start, bring, many, service, tmp_path, number):
    report = tmp_path / "stopped.jsonl"
    # So that it cannot come to its end before it is stopped.
    service.answers["POST"] = [None] * 5 + [(503, {"Retry-After": "1"})] * 1000
    process = start(many, service, "--report", str(report))
    while report.exists() is False or not report.read_bytes().count(b"\n") > 3:
        assert process.poll() is None
    process.send_signal(number)
    _output, errors = process.communicate(timeout=30)
    before = len(service.images())

    service.answers.clear()
    run = bring(many, service)

    assert process.returncode == (130 if number == signal.SIGINT else -number)
    assert ("Run the command again" in errors) == (number == signal.SIGINT)
    assert report.read_bytes().endswith(b"\n")
    assert 0 < before < 30
    # The service may have gone on with the upload that was stopped.
    present = run.counts()["present"]
    assert present in (before, before + 1)
    assert run.counts() == {"uploaded": 30 - present, "present": present}
    assert len({image["sha256"] for image in service.images()}) == len(service.images()) == 30


def test_a_direct_upload_whose_address_ended_gets_another(bring, folder, serve):
    service = serve(MAX_INLINE_SIZE="80")
    service.answers["PUT"] = [(403, {}), (503, {})]

    run = bring(folder, service, "--jobs", "1")

    assert run.counts() == {"uploaded": 3}
    assert service.count("PUT") == 5


def test_a_file_that_vanishes_is_told(bring, folder, service):
    service.meanwhile = (folder / "rome/a.png").unlink

    run = bring(folder, service)

    assert (run.code, run.counts()) == (1, {"uploaded": 2, "failed": 1})
    assert "a.png: The file cannot be read: No such file or directory." in run.told


def test_a_file_that_grows_is_told(bring, folder, service):
    longer = pictures.png(30, 30)
    service.meanwhile = lambda: (folder / "2024/Oslo/c.jpg").write_bytes(longer)

    run = bring(folder, service)

    assert (run.code, run.counts()) == (1, {"uploaded": 2, "failed": 1})
    assert bring(folder, service).counts() == {"uploaded": 1, "present": 2}


def test_words_of_the_service_do_not_steer_the_terminal(bring, folder, service):
    service.answers["GET"] = [(301, {"Location": "http://a/\x1b[2J"})]

    assert "\x1b" not in bring(folder, service).told


def test_heic_is_asked_for_once(bring, tmp_path, service):
    folder = filled(tmp_path / "photos", **{"a.png": "red"})
    for size in range(3):
        (folder / f"{size}.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100 + size))

    run = bring(folder, service, "--jobs", "1")

    assert (run.code, run.counts()) == (1, {"uploaded": 1, "refused": 3})
    assert "Most Compatible" in run.told
    assert service.count("POST") == 2


def test_a_broken_picture_is_refused_with_the_services_words(bring, tmp_path, service):
    folder = filled(tmp_path / "photos")
    (folder / "cut.png").write_bytes(pictures.png(9, 9)[:-20])

    run = bring(folder, service)

    (row,) = run.rows
    assert (run.code, row["outcome"], row["image_id"]) == (1, "refused", None)
    assert row["detail"] in run.told
