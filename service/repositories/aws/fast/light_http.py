"""Requests over the SDK's pools of connections, with half of its work for each."""

import re
import weakref
from http import client as http
from types import SimpleNamespace

import urllib3
from botocore import awsrequest as aws
from botocore import exceptions as sdk
from botocore.httpsession import URLLib3Session
from urllib3 import connection, exceptions

# Headers of visible ASCII text (RFC 9110, 5), 99 at most. All else is the work of http.client.
HEADER = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+: ?[!-~](?:[ -~]*[!-~])?")
HEADERS = rb"%b(?:\r\n%b){0,98}" % (HEADER.pattern, HEADER.pattern)
HEAD = re.compile(rb"HTTP/1\.1 200 ([ -~]*)\r\n(%b)\r\n\r\n" % HEADERS)
# Headers that change how an answer is read, and those that connections write or must see.
UNUSUAL = {"transfer-encoding", "trailer", "upgrade"}
WRITTEN = {"accept-encoding", "connection", "content-length", "expect", "host"} | UNUSUAL
# The arguments with which the SDK calls urllib3, but for the one that preloads the answer.
OPTIONS = {"retries": urllib3.Retry(False), "redirect": False, "assert_same_host": False}
OPTIONS |= {"preload_content": True, "decode_content": False, "enforce_content_length": False}
# What the SDK makes of urllib3's errors where no proxy is set: the first that fits.
ERRORS = [
    (exceptions.SSLError, sdk.SSLError),
    (exceptions.NewConnectionError, sdk.EndpointConnectionError),
    (exceptions.ConnectTimeoutError, sdk.ConnectTimeoutError),
    (exceptions.ReadTimeoutError, sdk.ReadTimeoutError),
    (exceptions.ProtocolError, sdk.ConnectionClosedError),
]


class LightAnswer(http.HTTPResponse):
    """An answer. A plain head that came whole is read here."""

    def begin(self):
        """Read the head. What is only peeked at stays in the stream for http.client."""
        head = HEAD.match(self.fp.peek())
        if head and self.take(*head.groups()):
            self.fp.read(head.end())
        else:
            super().begin()
            self.headers = urllib3.HTTPHeaderDict(self.headers.items())

    def take(self, reason, lines):
        """Keep the facts of a head. Return False if http.client must find them."""
        pairs = [line.split(":", 1) for line in lines.decode().split("\r\n")]
        headers = {name.lower(): text.lstrip(" ") for name, text in pairs}
        size = headers.get("content-length", "")
        is_kept = headers.get("connection", "keep-alive") == "keep-alive"
        is_once = len(headers) == len(pairs) and UNUSUAL.isdisjoint(headers)
        if not (is_kept and is_once and size.isdecimal() and len(size) < 10):
            return False
        self.version, self.status, self.reason = 11, 200, reason.decode().strip()
        self.headers, self.length = headers, int(size)
        self.chunked = self.will_close = False
        return True


class LightConnection:
    """Mixin: does less if urllib3 shall preload the answer, as the SDK itself never wants."""

    def request(self, method, url, body=None, headers=None, **options):
        """Send a request: head and body at once, unless a header is unusual."""
        self.is_light = lines = options["preload_content"] and lines_of(headers)
        if lines:
            self.sock and self.sock.settimeout(self.timeout)
            self.putrequest(method, url)
            self._output(b"%s\r\nContent-Length: %d" % (lines, len(body)))
            # In pieces as the SDK's: the limit on the time of sending is one for each piece.
            self.endheaders(body[: self.blocksize])
            for start in range(self.blocksize, len(body), self.blocksize):
                self.send(body[start : start + self.blocksize])
        else:
            super().request(method, url, body, headers, **options)

    def getresponse(self):
        """Return the answer to the request."""
        if not self.is_light:
            return super().getresponse()
        self.sock.settimeout(self.timeout)
        self.response_class = LightAnswer
        answer = http.HTTPConnection.getresponse(self)
        # The connection keeps its last answer, but not the body.
        facts = {"status": answer.status, "headers": answer.headers, "data": answer.read()}
        return SimpleNamespace(**facts, version_string="HTTP/1.1", length_remaining=0)


def lines_of(headers):
    """Return the headers of a request as lines, None if they are not plain."""
    names = {name.lower() for name in headers}
    lines = [b"%s: %s" % (name.encode(), text) for name, text in headers.items()]
    is_plain = "user-agent" in names and WRITTEN.isdisjoint(names)
    return b"\r\n".join(lines) if is_plain and all(map(HEADER.fullmatch, lines)) else None


def light_pool(pool, base):
    """Return a class of the SDK's pools, with light connections."""
    light = type("Light", (aws.AWSConnection, LightConnection, base), {})
    return type("LightPool", (pool,), {"ConnectionCls": light})


class LightResponse(aws.AWSResponse):
    """An answer whose body has come."""

    content = property(lambda self: self.raw.data)


class LightSender:
    """Sends requests over the pools of a session of the SDK; with a proxy the session does.

    session: None if it is of another kind. pools: {scheme and host: weak reference to a pool}.
    """

    def __init__(self, session):
        self.session = session if type(session) is URLLib3Session else None
        self.pools = {}
        if self.session:
            session._manager.pool_classes_by_scheme = {
                "http": light_pool(aws.AWSHTTPConnectionPool, connection.HTTPConnection),
                "https": light_pool(aws.AWSHTTPSConnectionPool, connection.HTTPSConnection),
            }

    def send(self, request):
        """Return the answer to a request. Raises what the session would raise."""
        start = request.url.index("/", len("https://"))
        origin, target = request.url[:start], request.url[start:]
        pool = (self.pools.get(origin) or self.find_pool(origin))()
        if pool is None:
            # A proxy is set, or the session was closed and let go of its pools.
            self.pools.pop(origin, None)
            return self.session.send(request)
        try:
            answer = pool.urlopen(request.method, target, request.body, request.headers, **OPTIONS)
        except exceptions.HTTPError as error:
            fitting = (sdks for theirs, sdks in ERRORS if isinstance(error, theirs))
            kind = next(fitting, sdk.HTTPClientError)
            raise kind(endpoint_url=request.url, request=request, error=error) from error
        return LightResponse(request.url, answer.status, answer.headers, answer)

    def find_pool(self, origin):
        """Return a reference to the pool of an address. There is none for a proxy."""
        if self.session._proxy_config.proxy_url_for(origin):
            return lambda: None
        pool = self.session._manager.connection_from_url(origin)
        self.session._setup_ssl_cert(pool, origin, self.session._verify)
        return self.pools.setdefault(origin, weakref.ref(pool))
