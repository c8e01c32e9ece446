"""Which hop is the client, and whose word counts."""

from __future__ import annotations

import pytest

from smashpass.core.operations.proxies import TrustedProxies

TRUSTED = TrustedProxies.of("127.0.0.1, 10.0.0.0/8,2001:db8::/32 ,unix")


@pytest.mark.parametrize(
    "peer", ["127.0.0.1", "10.200.3.4", "2001:db8::7", "::ffff:10.0.0.1", "::ffff:127.0.0.1", ""]
)
def test_trusted_peers(peer: str) -> None:
    assert TRUSTED.trusts_peer(peer)


@pytest.mark.parametrize("peer", ["127.0.0.2", "11.0.0.1", "2001:db9::1", "unix", "nonsense"])
def test_other_peers(peer: str) -> None:
    assert not TRUSTED.trusts_peer(peer)


def test_nobody_is_trusted_by_default() -> None:
    assert not any(TrustedProxies.of("").trusts_peer(peer) for peer in ("", "127.0.0.1", "::1"))


@pytest.mark.parametrize(
    ("hops", "client"),
    [
        ([], "127.0.0.1"),
        (["203.0.113.9"], "203.0.113.9"),
        (["1.1.1.1", "203.0.113.9"], "203.0.113.9"),
        (["1.1.1.1", " 203.0.113.9", "10.0.0.2", " 10.0.0.3"], "203.0.113.9"),
        (["10.0.0.9", "10.0.0.2"], "10.0.0.9"),
        (["1.1.1.1", "unknown", "10.0.0.2"], "10.0.0.2"),
        (["1.1.1.1", "203.0.113.9:4711"], "203.0.113.9"),
        (["[2001:db9::5]:80"], "2001:db9::5"),
        (["::ffff:203.0.113.9"], "203.0.113.9"),
        (["1.1.1.1", "'; DROP TABLE viewer"], "127.0.0.1"),
    ],
)
def test_the_client_is_the_last_hop_that_is_not_a_proxy(hops: list[str], client: str) -> None:
    assert TRUSTED.client("127.0.0.1", hops) == client


@pytest.mark.parametrize("text", ["localhost", "10.0.0.1/8", "10.0.0.0/40", "1.2.3", "Unix", "*"])
def test_an_item_that_is_not_an_address_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        TrustedProxies.of(f"127.0.0.1,{text}")
