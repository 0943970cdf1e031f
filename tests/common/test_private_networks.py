"""Fast DynamoDB calls with the network settings of the SDK: own certificates, and proxies."""

import datetime
import ipaddress
import ssl

import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import SSLError
from botocore.httpsession import URLLib3Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from service.common import config
from service.repositories.aws import clients
from service.repositories.aws.fast.light_http import LightSender
from tests.faults.proxy import Proxy
from tests.support.prepared_answers import FOUND, get
from tests.support.raw_server import raw_server

SETTINGS = {"BUCKET_NAME": "images", "TABLE_NAME": "images", "USE_LOCALSTACK": "1"}
SETTINGS |= {"FAST_DYNAMODB": "1"}
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(FOUND), FOUND)
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


class Tunnel(Proxy):
    """A proxy for TLS: passes on what comes after a CONNECT."""

    def __init__(self, server_address):
        self.asked = []
        super().__init__(server_address)

    def passed(self, client, most=None):
        """Read a CONNECT, then pass bytes in both directions."""
        self.asked.append(client.recv(65536).partition(b"\r\n")[0])
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        super().passed(client, most)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A file with the key and the certificate of 127.0.0.1, which is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "store")])
    now = datetime.datetime.now(datetime.UTC)
    host = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([host]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    form = serialization.PrivateFormat.PKCS8
    path = tmp_path_factory.mktemp("tls") / "store.pem"
    secret = key.private_bytes(pem, form, serialization.NoEncryption())
    path.write_bytes(secret + signed.public_bytes(pem))
    return path


@pytest.fixture
def tls_server(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with raw_server(context) as server:
        server.answers = [[ANSWER]] * 4
        yield server


@pytest.fixture
def server():
    with raw_server() as server:
        server.answers = [[ANSWER]] * 4
        yield server


@pytest.fixture
def new_client(monkeypatch):
    """Make clients of an address, with these proxies and certificates only."""
    made = []

    def make(url, **environment):
        for name in (*PROXIES, "AWS_CA_BUNDLE"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        settings = config.load(SETTINGS)
        session = clients.new_session(settings)
        made.append(clients.new_client(session, settings, "dynamodb", url, read_timeout=2))
        return made[-1]

    yield make
    for client in made:
        client.close()


def check_fast(client):
    """Make four calls: the SDK makes the first one."""
    answers = [get(client) for _ in range(4)]
    assert ["ResponseMetadata" in answer for answer in answers] == [True, False, False, False]


def test_a_private_authority_is_trusted(tls_server, new_client, certificate):
    client = new_client(f"https://127.0.0.1:{tls_server.port}", AWS_CA_BUNDLE=str(certificate))

    check_fast(client)
    assert tls_server.connections == [1] * 4


def test_the_first_request_may_be_fast(tls_server, certificate):
    session = URLLib3Session(verify=str(certificate), timeout=(1, 1))
    url = f"https://127.0.0.1:{tls_server.port}/"
    request = AWSPreparedRequest("POST", url, {"User-Agent": b"a"}, b"", False)

    assert LightSender(session).send(request).status_code == 200
    session.close()


@pytest.mark.parametrize("way", ["the SDK", "fast"])
def test_an_unknown_authority_is_not_trusted(tls_server, way):
    session = URLLib3Session(timeout=(1, 1))
    send = session.send if way == "the SDK" else LightSender(session).send
    url = f"https://127.0.0.1:{tls_server.port}/"

    with pytest.raises(SSLError):
        send(AWSPreparedRequest("POST", url, {"User-Agent": b"a"}, b"", False))
    assert tls_server.requests == []
    session.close()


def test_another_host_is_not_trusted(tls_server, new_client, certificate):
    client = new_client(f"https://localhost:{tls_server.port}", AWS_CA_BUNDLE=str(certificate))

    with pytest.raises(SSLError):
        get(client)
    assert tls_server.requests == []


def test_tls_goes_through_a_tunnel(tls_server, new_client, certificate):
    tunnel = Tunnel(("127.0.0.1", tls_server.port))
    url = f"https://127.0.0.1:{tls_server.port}"
    client = new_client(url, HTTPS_PROXY=tunnel.url, AWS_CA_BUNDLE=str(certificate))

    check_fast(client)
    assert tunnel.asked == [b"CONNECT 127.0.0.1:%d HTTP/1.0" % tls_server.port]
    tunnel.close()


def test_a_proxy_is_told_the_whole_address(server, new_client):
    client = new_client("http://store.invalid", HTTP_PROXY=f"http://127.0.0.1:{server.port}")

    check_fast(client)
    lines = {request.partition(b"\r\n")[0] for request in server.requests}
    assert lines == {b"POST http://store.invalid/ HTTP/1.1"}


def test_some_hosts_need_no_proxy(server, new_client):
    proxy = "http://127.0.0.1:1"
    client = new_client(
        f"http://127.0.0.1:{server.port}", HTTP_PROXY=proxy, HTTPS_PROXY=proxy, NO_PROXY="127.0.0.1"
    )

    check_fast(client)
    assert server.connections == [1] * 4
