"""One recipient has one spelling, no two have the same, and an address that is not one recipient is refused."""

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks_app.configuration.settings import Settings
from tasks_app.errors import InvalidAddressError
from tasks_app.notifications import addresses
from tasks_app.notifications.addresses import ADDRESS_CHARACTERS, reduced
from tests.channels import RECIPIENTS

NUMBER = "4153518780"
LISTS = ["any", "apprise", "console"]
recipient = RECIPIENTS.recipient


@pytest.mark.parametrize("channel", LISTS)
@pytest.mark.parametrize(
    "text",
    [
        NUMBER,
        f" {NUMBER}\n",
        f"\u200b{NUMBER}",
        f"\ufeff{NUMBER}\ufeff",
        f"\u202a+1{NUMBER}\u202c",
        f"\u2068{NUMBER}\u2069",
        "\u200f415\u00ad3518780\u200e",
        "415\u20133518780",
        "415\u2014351\u20118780",
        "415\u2212351\u22128780",
        "415\u00a0351\u202f8780",
        "４１５３５１８７８０",
        "＋１（４１５）３５１－８７８０",
        "٤١٥٣٥١٨٧٨٠",
        "④①⑤③⑤①⑧⑦⑧⓪",
        f'"{NUMBER}"',
        f"\u201c{NUMBER}\u201d",
        f"<{NUMBER}>",
        f"{NUMBER};",
        "+1(415)351 8780;ext=5",
        f"sms:+1{NUMBER}",
    ],
)
def test_a_number_is_the_same_however_it_is_written(channel, text):
    found = recipient(channel, text)
    assert (found.kind, found.key, found.target) == ("number", f"+1{NUMBER}", f"+1{NUMBER}")


@pytest.mark.parametrize("channel", LISTS)
@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Ada@Example.ORG", "ada@example.org"),
        ("mailto:ada@example.org", "ada@example.org"),
        ("MAILTO:ada%40example.org", "ada@example.org"),
        ("<ada@example.org>", "ada@example.org"),
        ('"Ada L." <ada@example.org>', "ada@example.org"),
        ("Ada <ada@example.org>", "ada@example.org"),
        ("'ada@example.org'", "ada@example.org"),
        ("ada@example.org;", "ada@example.org"),
        ("ada@example.org,", "ada@example.org"),
        ("ada@\u200bexample.org", "ada@example.org"),
        ("ada＠example．org", "ada@example.org"),
        ("jo\u0308rg@example.org", "jörg@example.org"),
        ("ada@bu\u0308cher.example", "ada@xn--bcher-kva.example"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("ada+news@example.org", "ada+news@example.org"),
        ("ada@localhost", "ada@localhost"),
        ("ada@mail.local", "ada@mail.local"),
    ],
)
def test_a_mail_address_is_the_same_however_it_is_written(channel, text, key):
    found = recipient(channel, text)
    assert (found.kind, found.key, found.target.lower()) == ("mail", key, key)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("HTTP://Host:80/X?Y#Z", "http://host/X?Y"),
        ("https://host", "https://host/"),
        (" https://host.:443/a/./b/../c%2fd ", "https://host/a/c%2Fd"),
        ("https://[FE80::80]/x", "https://[fe80::80]/x"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("http://host:443/x", "http://host:443/x"),
    ],
)
@pytest.mark.parametrize("channel", ["webhook", "any"])
def test_a_url_is_the_same_however_it_is_written(channel, text, key):
    found = recipient(channel, text)
    assert (found.kind, found.key, found.target) == ("url", key, text.strip())
    assert recipient(channel, key).key == key


@pytest.mark.parametrize(
    "text",
    [
        "ftp://h/x",
        "https://",
        "http://[::",
        "https://h:0/",
        "https://u:p@h/",
        "https://h/\u200b",
        "https://h/ x",
        "ada",
        NUMBER,
    ],
)
def test_a_webhook_is_called_only_by_a_url(text):
    with pytest.raises(InvalidAddressError):
        recipient("webhook", text)


@pytest.mark.parametrize("channel", LISTS)
@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\u200b",
        "\u2800",
        "a\nb",
        "a\x1bb",
        "\ud800",
        "0151/2345671",
        "1" * 2_000,
        "n4153518780",
        "Tel. 415 351 8780",
        "Ada Lovelace +14153518780",
        "call 4153518780 home",
        "Tel. 0151/2345671",
        "415_351_8780",
        "415·351·8780",
        "4\ufe0f\u20e31\ufe0f\u20e35\ufe0f\u20e33\ufe0f\u20e35\ufe0f\u20e31\ufe0f\u20e38\ufe0f\u20e37\ufe0f\u20e38\ufe0f\u20e30\ufe0f\u20e3",
        "-4153518780",
        "1-800-FLOWERS",
        "4153518780,4153518781",
        "4153518780 4153518781",
        "415-351-8780:415-351-8781",
        "<evil@example.org>bob@example.org",
        "a@example.org,b@example.org",
        "a@example.org b@example.org",
        "mailto:a@example.org?cc=b@example.org",
        '"a@example.org" <b@example.org>, c@example.org',
        "a@b@example.org",
        "@ada@example.org",
        "ada@",
        "ada@example.4",
        "sip:+14153518780@example.org",
        "a" * (ADDRESS_CHARACTERS + 1),
        "a" * 400 + "@example.org",
        "1" * 10_000_000,
        "@" * 10_000_000,
        "https://" + "a" * 10_000_000,
    ],
    ids=lambda text: ascii(text[:20]),
)
def test_an_ambiguous_address_is_refused(channel, text):
    with pytest.raises(InvalidAddressError):
        recipient(channel, text)


def test_the_shortcut_answers_as_the_parser_does():
    # Given addresses of which nearly all take the short way
    chance = random.Random(38)
    local, host = string.ascii_letters + string.digits + "_+-.", string.ascii_letters + string.digits + "."
    ends = ["org", "COM", "museum", "test", "local", "x1"]
    texts = [
        f"{''.join(chance.choices(local, k=chance.randint(1, 12)))}@"
        f"{''.join(chance.choices(host, k=chance.randint(1, 12)))}.{chance.choice(ends)}"
        for _ in range(3_000)
    ]
    short = {text: plain for text in texts if (plain := addresses._plain(text))}
    assert len(short) > 500

    # Then each is what the parser says
    for text, plain in short.items():
        assert addresses._mailbox(text) == plain


def test_a_reduced_address_stays_as_it_is():
    for text in (NUMBER, "Ada@Bücher.example", "HTTP://Host/x", "#room"):
        key = reduced(text, "US").key
        assert reduced(key, "US").key == key


@pytest.mark.parametrize("channel", [*LISTS, "webhook", "webpush"])
@given(st.text(max_size=80) | st.text("0123456789+-() .;@<>\"'/x:,\u200b\uff11", max_size=40))
def test_any_text_is_one_recipient_or_a_refusal(channel, text):
    try:
        found = recipient(channel, text)
    except InvalidAddressError:
        return
    assert found.key
    assert found.target
    assert recipient(channel, found.target).key == found.key
    if channel != "webpush":
        assert recipient(channel, f" \u200b{text}\ufeff\t").key == found.key or found.kind == "url"


@pytest.mark.parametrize(("code", "region"), [("de", "DE"), ("US", "US")])
def test_the_region_is_a_country(code, region, set_variables):
    set_variables(USHER_PHONE_REGION=code)
    assert Settings().phone_region == region


@pytest.mark.parametrize("code", ["XX", "Germany", "49", "+1"])
def test_a_region_that_is_not_a_country_is_refused(code, set_variables):
    set_variables(USHER_PHONE_REGION=code)
    with pytest.raises(ValueError, match="must be a country in two letters"):
        Settings()
