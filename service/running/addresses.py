"""The addresses at which other machines reach a server of this one."""

import ipaddress
import socket

# Addresses that no machine has (RFC 5737, RFC 3849). Nothing is sent to them: the system only
# chooses from which address of its own it would.
ELSEWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))


def reachable_addresses(host):
    """Return where others reach a server that listens at a host: none if only this machine does.

    A host that means every address gives those from which this machine speaks to others.
    """
    try:
        found = {row[4][0] for row in socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)}
    except OSError:
        return [host]
    addresses = [plain(ipaddress.ip_address(text.partition("%")[0])) for text in sorted(found)]
    if any(address.is_unspecified for address in addresses):
        return own_addresses(any(address.version == 6 for address in addresses))
    return [] if all(address.is_loopback for address in addresses) else [host]


def own_addresses(also_ipv6):
    """Return this machine's own addresses, or its name if it has none to others."""
    found = []
    for family, elsewhere in ELSEWHERE if also_ipv6 else ELSEWHERE[:1]:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((elsewhere, 9))
                found.append(probe.getsockname()[0])
        except OSError:
            continue
    return found or [socket.gethostname()]


def plain(address):
    """Return the IPv4 address that an IPv6 address stands for, or the address itself."""
    return getattr(address, "ipv4_mapped", None) or address


def bracketed(host):
    """Return a host as it stands in a URL."""
    return f"[{host}]" if ":" in host else host
