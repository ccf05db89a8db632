"""One recipient has one spelling, and two recipients never have the same."""

import pytest

from tasks_app.recipients import dialled, normalised, spellings


@pytest.mark.parametrize(
    ("address", "spelling"),
    [
        ("+49 (151) 1234-567", "491511234567"),
        ("00491511234567", "491511234567"),
        ("tel:4153518780", "4153518780"),
        ("Ada@Example.ORG", "ada@example.org"),
        ("HTTP://Host:80/X?Y#Z", "http://host/X?Y#Z"),
        ("https://Me:Pw@Host:443", "https://Me:Pw@host"),
        ("https://[FE80::80]/x", "https://[fe80::80]/x"),
        ("http://host:8080/x", "http://host:8080/x"),
        ("http://host:443/x", "http://host:443/x"),
        ("https://", "https://"),
    ],
)
def test_of_the_spellings_of_one_recipient_one_counts(address, spelling):
    assert normalised(address) == normalised(normalised(address)) == spelling


@pytest.mark.parametrize(
    "address",
    [
        "-1001234567890",  # a group of Telegram; without the sign a user
        "n4153518780",
        "#4153518780",
        "@Ada:Example.org",
        "#Room",
        "Ada",
        "1234",
        "12345678901234567890",
        "a2b3c4d5e6f7g2h3i4j5k6l7m2",
        "23456723456723456723456723",
        "ftp://Host:21/x",
    ],
)
def test_names_of_chats_and_ids_of_subscriptions_stay_as_they_are(address):
    assert normalised(f" {address} ") == address


def test_what_is_called_is_what_is_compared():
    for address in ("+49 (151) 1234-567", "tel:0151 1234567", "(415) 351-8780"):
        assert dialled(address).removeprefix("+") == normalised(address)


@pytest.mark.parametrize("address", ["1234", "49151/1234567", "1" * 16, "x4153518780", "", "+49+1511234567"])
def test_what_is_no_telephone_number_is_not_made_one(address):
    assert dialled(address) is None


def test_a_number_is_looked_for_only_where_it_could_be_called():
    assert spellings("apprise", "wa:4153518780") == ["wa:4153518780", "4153518780"]
    assert spellings("webpush", "wa:4153518780") == ["wa:4153518780"]
    assert spellings("apprise", "#room-12") == ["#room-12"]
