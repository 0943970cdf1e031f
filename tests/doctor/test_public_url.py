"""PUBLIC_URL as the doctor sees it: a proxy in front of the service, right and wrong."""

import json
import ssl

import pytest

from service.operators.doctor import findings
from service.operators.doctor.embedded_checks import serving
from service.operators.doctor.public_url import check_public_url
from service.operators.doctor.visits import visit
from tests.doctor.conftest import concerns, last

HEALTH = (200, b'{"status":"ok","version":"1.1.0"}', {})


@pytest.fixture
def found(site):
    """Return what is found at a path of a site, whose answers respond(path, host) gives."""

    def run(respond, path=""):
        rows = [("public URL", lambda: check_public_url(site(respond) + path))]
        (finding,) = findings.run_checks(rows)
        return finding["status"], finding["detail"]

    return run


def proxy(address, prefix="/api"):
    """Return what answers like a proxy that removes a prefix."""

    def respond(path, _host):
        if not path.startswith(f"{prefix}/"):
            return 404, b"<html>", {}
        answer = visit(address + path.removeprefix(prefix))
        return answer.status, answer.body, {}

    return respond


def test_it_works(new_app, site):
    app = new_app()
    with serving(app) as address:
        settings = app.extensions["settings"]
        settings.port = int(address.rpartition(":")[2])
        settings.public_url = site(proxy(address)) + "/api"

        lines = app.test_cli_runner().invoke(args=["doctor"]).stdout.splitlines()

    assert f"ok       public URL: the service answers at {settings.public_url}" in lines
    assert lines[-1].startswith("ok       delete")


def test_another_service_of_this_kind(new_app, site, tmp_path):
    app, other = new_app(), new_app(DATA_DIR=str(tmp_path / "other"))
    with serving(app) as address, serving(other) as elsewhere:
        settings = app.extensions["settings"]
        settings.port = int(address.rpartition(":")[2])
        settings.public_url = site(proxy(elsewhere)) + "/api"

        line = last(app)

    assert line.startswith("fault presigned URL: ")
    assert settings.public_url in line


def test_a_server_that_is_not_running(new_app, dead_address):
    app = new_app(PORT=dead_address.rpartition(":")[2], PUBLIC_URL="https://photos.example.com")

    assert concerns(app) == ["public URL: Not tried, because the server is not running."]


def test_it_is_asked_on_aws_too(provisioned, dead_address):
    provisioned.extensions["settings"].public_url = dead_address

    assert last(provisioned).startswith("fault public URL: Nobody answers at PUBLIC_URL=")


def test_nobody_answers(dead_address):
    (finding,) = findings.run_checks([("public URL", lambda: check_public_url(dead_address))])

    assert finding["status"] == "fault"
    assert f"Nobody answers at PUBLIC_URL={dead_address} (" in finding["detail"]


@pytest.mark.parametrize(
    "answer",
    [
        (200, b"<html>It works!</html>", {}),
        (200, b"[]", {}),
        (502, b"<html>Bad Gateway</html>", {}),
        (404, b"\xff", {}),
        (200, b'{"status":"down"}', {}),
    ],
)
def test_something_else_answers(found, answer):
    status, detail = found(lambda *_: answer)

    assert status == "fault"
    assert f"something else answers there, with status {answer[0]}." in detail


def test_the_proxy_does_not_know_the_prefix(found):
    def respond(path, _host):
        return HEALTH if path == "/health" else (404, b"<html>", {})

    assert found(respond)[0] == "ok"
    status, detail = found(respond, "/api")
    assert status == "fault"
    assert "answers there without /api" in detail


def test_the_proxy_passes_the_prefix_on(found):
    def respond(path, _host):
        return 404, json.dumps({"status": 404, "instance": path}).encode(), {}

    status, detail = found(respond, "/api")

    assert status == "fault"
    assert "the proxy passes /api on. Let it remove that" in detail


def test_it_leads_on_to_another(found, site):
    elsewhere = site(lambda *_: HEALTH)

    status, detail = found(lambda path, _: (301, b"", {"Location": elsewhere + path}))

    assert status == "concern"
    assert detail.endswith(f"set PUBLIC_URL={elsewhere}.")


def test_the_setting_for_private_certificates_is_openssls():
    assert ssl.get_default_verify_paths().openssl_cafile_env == "SSL_CERT_FILE"


@pytest.mark.parametrize("host", ["a..b", "[::::]", "a" * 64])
def test_a_redirect_to_no_host_is_a_fault(stack, host):
    def lead_on(_variables, start_response):
        start_response("302 Found", [("Location", f"http://{host}/health")])
        return [b""]

    address = stack.enter_context(serving(lead_on))
    (finding,) = findings.run_checks([("public URL", lambda: check_public_url(address))])

    assert finding["status"] == "fault"
    assert finding["detail"].startswith(f"Nobody answers at PUBLIC_URL={address}")
