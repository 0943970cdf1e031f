"""What a trusted proxy says of a request: its scheme, its host and port, its client's address.

Not Werkzeug's ProxyFix: it counts proxies and believes whoever connects.
"""

import functools
import ipaddress

from werkzeug.wsgi import host_is_trusted

# Each entry costs some microseconds, and the client may send any number of them.
MOST_HOPS = 32


class TrustedProxies:
    """WSGI middleware that reads X-Forwarded-* headers if they come from one of the networks.

    Never a path: a prefix is in PUBLIC_URL.
    """

    def __init__(self, app, networks):
        self.app = app
        self.networks = networks
        self.trusts = functools.lru_cache(maxsize=1024)(self.contains)

    def __call__(self, variables, start_response):
        """Correct the request's variables and pass it on."""
        if self.is_forwarded(variables) and self.trusts(variables.get("REMOTE_ADDR", "")):
            scheme = first(variables, "PROTO").lower()
            if scheme in ("http", "https"):
                variables["wsgi.url_scheme"] = scheme
            host = public_host(variables)
            if host:
                variables["HTTP_HOST"] = host
            variables["REMOTE_ADDR"] = self.client(variables)
        return self.app(variables, start_response)

    def is_forwarded(self, variables):
        """Tell whether there is anything to read."""
        return any(
            f"HTTP_X_FORWARDED_{name}" in variables for name in ("FOR", "PROTO", "HOST", "PORT")
        )

    def contains(self, text):
        """Tell whether an address belongs to a trusted network."""
        address = parsed(text)
        return address is not None and any(address in network for network in self.networks)

    def client(self, variables):
        """Return the address of the last hop that is no trusted proxy.

        What stands before it in X-Forwarded-For, a client may have written.
        """
        address = variables["REMOTE_ADDR"]
        hops = variables.get("HTTP_X_FORWARDED_FOR", "").rsplit(",", MOST_HOPS)[-MOST_HOPS:]
        while hops and self.trusts(address):
            hop = parsed(hops.pop())
            if hop is None:
                break
            address = str(hop)
        return address


def first(variables, name):
    """Return the first value of an X-Forwarded header: that of the proxy nearest to the client."""
    return variables.get(f"HTTP_X_FORWARDED_{name}", "").partition(",")[0].strip()


def public_host(variables):
    """Return the host, with its port, that the client has asked, as far as the headers tell it."""
    host = first(variables, "HOST")
    if not host_is_trusted(host):
        host = variables.get("HTTP_HOST", "")
    # A proxy that passes the host on without its port, as nginx's $host, may tell the port. One
    # behind another may tell its own: 80, though the client came by https.
    port = first(variables, "PORT")
    has_port = ":" in host.rpartition("]")[2]
    with_port = f"{host}:{port}"
    if has_port or port in ("80", "443") or not host_is_trusted(with_port):
        return host
    return with_port


def parsed(text):
    """Return an address as an object, or None. A port after it is left out, as Azure writes one."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    # A socket for both versions shows 192.0.2.1 as ::ffff:192.0.2.1.
    return getattr(address, "ipv4_mapped", None) or address
