"""Where a request came from: the peer's address, or the one that trusted proxies vouch for.

Takes the peer and the X-Forwarded-For header, gives one address in one spelling. No other header is asked. Stands on nothing.
"""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

MOST_HOPS = 20
LONGEST = 64
UNKNOWN = "unknown"


class Proxies:
    """The networks whose word on a client's address is believed."""

    def __init__(self, networks: Sequence[str]) -> None:
        """Trust these networks, in CIDR form such as `10.0.0.0/8`."""
        self.networks = [ipaddress.ip_network(network) for network in networks]

    def client(self, peer: str, forwarded: str) -> str:
        """Find the client: from the peer on, each trusted hop is believed about the one before it.

        Args:
            peer: The address at the other end of the connection.
            forwarded: The X-Forwarded-For headers, joined.

        Returns:
            The first address from the right that is not trusted, or the last good one before a hop that makes no sense; a peer
            that has no address, as at a socket of this machine, shares one name with all of its kind.
        """
        if not self.networks:
            return spelled(peer)
        address = read(peer)
        if address is None:
            return peer or UNKNOWN
        hops = forwarded.rsplit(",", MOST_HOPS)[-MOST_HOPS:] if forwarded else []
        while hops and self.trusts(address):
            before = read(hops.pop())
            if before is None:
                break
            address = before
        return str(address)

    def trusts(self, address: Address) -> bool:
        """Whether an address is a trusted proxy's."""
        return any(address in network for network in self.networks)


@lru_cache(1_000)
def spelled(peer: str) -> str:
    """Give an address in its one spelling; what is none stays as it is."""
    return str(read(peer) or peer or UNKNOWN)


@lru_cache(1_000)
def read(text: str) -> Address | None:
    """Read an address, with or without a port, brackets or a zone; an IPv4 address inside an IPv6 one is itself."""
    text = text.strip()
    if len(text) > LONGEST:
        return None
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
