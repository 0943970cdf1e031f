"""The emulators of the system tests: installed once and completely, waited for while they run."""

import sys

import pytest

from tests.system import emulators

# Answers only after a second.
LATE = """
import http.server, sys, threading
threading.Event().wait(1)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.BaseHTTPRequestHandler) \\
    .serve_forever()
"""


@pytest.fixture
def installs():
    """The versions that were installed."""
    return []


@pytest.fixture
def install(installs, tmp_path):
    def install(version, then=lambda: None):
        def run(folder, text):
            assert list(folder.iterdir()) == []
            (folder / "part").write_text(text)
            then()
            installs.append(text)

        return emulators.installed("tool", version, run, tools=tmp_path)

    return install


def test_a_tool_is_installed_once(install, installs):
    folder = install("1")
    again = install("1")

    assert folder == again
    assert installs == ["1"]


def test_another_version_is_installed_anew(install, installs):
    folder = install("1\nclass A {}")
    install("1\nclass B {}")

    assert installs == ["1\nclass A {}", "1\nclass B {}"]
    assert (folder / "part").read_text() == "1\nclass B {}"


def test_half_an_install_does_not_count(install, installs):
    with pytest.raises(ZeroDivisionError):
        install("1", lambda: 1 / 0)

    install("1")

    assert installs == ["1"]


@pytest.mark.parametrize("program", ["java", "javac", "npm"])
def test_a_missing_program_is_named(monkeypatch, tmp_path, program):
    for other in {"java", "javac", "npm"} - {program}:
        (tmp_path / other).touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(emulators.Missing, match=f"^{program} is not installed"):
        emulators.dynamodb_local().__enter__()


def test_a_late_server_is_waited_for():
    port = emulators.free_port()

    with emulators.running([sys.executable, "-c", LATE, str(port)], port, {}) as url:
        assert emulators.answers(url)


def test_a_server_that_ends_is_not_waited_for():
    command = [sys.executable, "-c", "raise SystemExit('the last words')"]

    with pytest.raises(RuntimeError, match="did not start:\nthe last words"):
        emulators.running(command, emulators.free_port(), {}).__enter__()
