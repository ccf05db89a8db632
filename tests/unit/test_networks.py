"""Which addresses Usher sends to: judged by where they lead, and by the networks that the settings name."""

from ipaddress import ip_network

import pytest
from pydantic import ValidationError

from tasks_app.configuration.networks import allowed, literal
from tasks_app.configuration.settings import Settings

CLOSED = [
    "127.0.0.1",
    "10.1.2.3",
    "172.31.255.255",
    "192.168.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "0.0.0.0",
    "0.1.2.3",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "192.88.99.1",
    "168.63.129.16",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "feff::1",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "100::1",
    "5f00::1",
    "2001:db8::1",
    "3fff::1",
    "2001:2::1",
    "4000::1",
    "::127.0.0.1",
    "::10.0.0.1",
    "::ffff:192.168.0.1",
    "::ffff:224.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::10.0.0.1",
    "64:ff9b:1:7f00:0:100::",
    "64:ff9b:1::8.8.8.8",
    "2002:7f00:1::1",
    "2002:a00:1::1",
    "2002:c0a8:1::",
    "2002:a9fe:a9fe::",
    "2001:0:808:808:0:0:80ff:fffe",
    "2001:0:a00:1:0:0:f7f7:f7f7",
    "2a00:1450::5efe:7f00:1",
    "2a00:1450::200:5efe:a00:1",
]
OPEN = [
    "8.8.8.8",
    "1.1.1.1",
    "172.32.0.1",
    "100.128.0.1",
    "192.0.1.1",
    "223.255.255.255",
    "2606:4700::1111",
    "2a00:1450:4001::1",
    "::ffff:8.8.8.8",
    "::8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",
    "2001:0:808:808:0:0:f7f7:f7f7",
    "2a00:1450::200:5efe:808:808",
]


@pytest.mark.parametrize("address", CLOSED)
def test_private_local_and_reserved_addresses_are_closed(address):
    assert not allowed(address, ())


@pytest.mark.parametrize("address", OPEN)
def test_addresses_of_the_internet_are_open(address):
    assert allowed(address, ())


@pytest.mark.parametrize(
    ("address", "fits"),
    [
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("64:ff9b::10.1.2.3", True),
        ("11.0.0.1", True),
        ("127.0.0.1", False),
        ("::ffff:127.0.0.1", False),
        ("fd00::1", True),
        ("fd01::1", False),
        ("64:ff9b:1::8.8.8.8", True),
    ],
)
def test_the_users_own_networks_are_open_too(address, fits):
    own = [ip_network(one) for one in ("10.0.0.0/8", "fd00::/16", "64:ff9b:1::/96")]
    assert allowed(address, own) is fits


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]", "::1"),
        ("localhost", "127.0.0.1"),
        ("LOCALHOST.", "127.0.0.1"),
        ("a.localhost", "127.0.0.1"),
        ("example.org", None),
        ("", None),
    ],
)
def test_a_host_may_already_be_an_address(host, address):
    assert literal(host) == address


def test_the_setting_takes_networks_and_single_addresses(set_variables):
    set_variables(USHER_ALLOWED_NETWORKS="10.0.0.0/8, fd00::/8 ,::1,")
    assert [str(one) for one in Settings().allowed_networks] == ["10.0.0.0/8", "fd00::/8", "::1/128"]


@pytest.mark.parametrize("given", ["10.0.0.1/8", "example.org", "10.0.0.0/33", "10.0.0.0/8;fd00::/8"])
def test_a_wrong_network_is_refused_in_one_sentence(given, set_variables):
    set_variables(USHER_ALLOWED_NETWORKS=given)
    with pytest.raises(ValidationError, match=r"a network is written as 10\.0\.0\.0/8 or fd00::/8") as caught:
        Settings()
    assert caught.value.error_count() == 1


def test_no_private_address_is_open_unless_it_is_named(monkeypatch):
    monkeypatch.delenv("USHER_ALLOWED_NETWORKS")
    assert Settings().allowed_networks == ()
