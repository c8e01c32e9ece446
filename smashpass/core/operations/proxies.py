"""The trusted proxies in front of the server, whose headers name the client."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

UNIX = "unix"
"""Stands for whoever can write to the unix socket that the server listens on."""

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """Addresses and networks of proxies; ``unix``: whether the peer of a unix socket is one."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    unix: bool = False

    @classmethod
    def of(cls, text: str) -> TrustedProxies:
        """Return the proxies of a list with commas: addresses, networks, and the word ``unix``.

        Raises:
            ValueError: An item is none of these; says which, and why.
        """
        items = [item.strip() for item in text.split(",") if item.strip()]
        networks = tuple(ip_network(item) for item in items if item != UNIX)
        return cls(networks, UNIX in items)

    def trusts_peer(self, peer: str) -> bool:
        """Tell whether the other end of a connection is a trusted proxy.

        Args:
            peer: Its address; the empty text for a unix socket.
        """
        if not peer:
            return self.unix
        address = read_address(peer)
        return address is not None and self._holds(address)

    def client(self, peer: str, hops: Sequence[str]) -> str:
        """Return the address of the client behind a trusted peer.

        Args:
            peer: The other end of the connection.
            hops: Addresses as the proxies noted them, the nearest last.

        Returns:
            The last hop that is not itself a trusted proxy: what stands before it, anybody can
            write. Where a hop is not an address, the one that named it.
        """
        last = peer
        for hop in reversed(hops):
            address = read_address(hop)
            if address is None:
                return last
            last = str(address)
            if not self._holds(address):
                return last
        return last

    def _holds(self, address: Address) -> bool:
        return any(address in network for network in self.networks)


@lru_cache(maxsize=1_024)
def read_address(text: str) -> Address | None:
    """Return the address in ``text``, which may be followed by a port; None if there is none.

    An IPv4 address inside an IPv6 one, as a socket for both gives it, is the IPv4 address.
    """
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def client_network(address: str) -> str:
    """Return what counts as one client: an IPv4 address, or the /64 network of an IPv6 address.

    A client with an IPv6 address usually has such a network, with 2^64 addresses to use.
    """
    parsed = read_address(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((int(parsed) >> 64 << 64, 64)))
    return str(parsed or address)
