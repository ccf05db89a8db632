"""Web Push: the tests' own receiver against the RFC's example, then what we encrypt and sign against the receiver."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tasks_app.notifications.sends import Notification
from tests.providers.webpush import Browser, checked_claims, raw
from worker.notifications.channels.webpush import content, encrypted, topic
from worker.notifications.sending import tokens as tokens_module
from worker.notifications.sending.tokens import LIFE_SECONDS, REST_SECONDS, TOKENS_KEPT, Tokens
from worker.notifications.vapid import _made

ORIGIN = "https://push.example"


@pytest.fixture
def pair():
    return _made()


def test_the_receiver_decrypts_the_example_of_rfc_8291():
    number = int.from_bytes(raw("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), "big")
    browser = Browser(ec.derive_private_key(number, ec.SECP256R1()), raw("BTBZMqHH6r4Tts7J_aSIgg"))
    message = (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
        "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
        "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    assert browser.decrypt(raw(message)) == b"When I grow up, I want to be a watermelon"


def test_an_encrypted_message_opens_for_its_browser_only():
    browser, other = Browser(), Browser()
    plaintext = content(Notification("a", "", "Die Show ist verlegt. 你好", "Verlegt", {"show": 7}))
    body = encrypted(browser.subscription("https://push.example/1"), plaintext)

    assert json.loads(browser.decrypt(body)) == {
        "id": "a",
        "title": "Verlegt",
        "message": "Die Show ist verlegt. 你好",
        "data": {"show": 7},
        "tag": "a",
    }
    with pytest.raises(ValueError, match="not encrypted for this browser"):
        other.decrypt(body)
    with pytest.raises(ValueError, match="not encrypted for this browser"):
        browser.decrypt(body[:-1] + bytes([body[-1] ^ 1]))


def test_a_topic_is_short_base64url_and_the_id_s_own():
    topics = {topic(f"job {number} \ud800 é") for number in range(100)}
    assert len(topics) == 100
    assert all(len(one) == 32 and one.isascii() and one.replace("-", "").replace("_", "").isalnum() for one in topics)
    assert topic("a") == topic("a")


def test_a_token_is_valid_for_its_origin_and_for_no_other(pair):
    tokens = Tokens(lambda: pair, "mailto:box@example.org")
    claims = checked_claims(tokens.authorization(ORIGIN), ORIGIN, pair.public)
    assert claims["sub"] == "mailto:box@example.org"
    with pytest.raises(ValueError, match="another push service"):
        checked_claims(tokens.authorization(ORIGIN), "https://other.example", pair.public)


def test_the_receiver_refuses_a_foreign_key_and_a_changed_token(pair):
    header = Tokens(lambda: pair, "mailto:a@b.org").authorization(ORIGIN)
    with pytest.raises(ValueError, match="not the key"):
        checked_claims(header, ORIGIN, _made().public)
    payload = header.split(".")[1]
    changed = header.replace(payload, payload[:-2] + ("AA" if payload[-2:] != "AA" else "BB"))
    with pytest.raises(ValueError, match="the signature is not by that key"):
        checked_claims(changed, ORIGIN, pair.public)


def test_one_token_serves_an_origin_until_it_is_nearly_over(pair, monkeypatch):
    # Given a clock that the test moves
    now = [1_700_000_000.0]
    monkeypatch.setattr(tokens_module.time, "time", lambda: now[0])
    tokens = Tokens(lambda: pair, "mailto:a@b.org")
    first = tokens.authorization(ORIGIN)

    # When it is used again while it has more than the rest of its life
    now[0] += LIFE_SECONDS - REST_SECONDS - 1
    same = tokens.authorization(ORIGIN)

    # Then it is the same, and afterwards another
    now[0] += 2
    assert same == first
    assert tokens.authorization(ORIGIN) != first
    assert LIFE_SECONDS <= 12 * 3_600


def test_origins_do_not_share_a_token_and_are_forgotten_beyond_a_bound(pair):
    tokens = Tokens(lambda: pair, "mailto:a@b.org")
    first = tokens.authorization("https://p0.example")
    for number in range(1, TOKENS_KEPT):
        tokens.authorization(f"https://p{number}.example")
    assert tokens.authorization("https://p0.example") == first  # used just now, so not the oldest
    tokens.authorization("https://one-more.example")

    assert len(tokens._tokens) == TOKENS_KEPT
    assert "https://p1.example" not in tokens._tokens
    assert tokens.authorization("https://p0.example") == first


def test_forgetting_a_refused_token_reads_the_keys_again(pair):
    pairs = [pair, _made()]
    tokens = Tokens(lambda: pairs.pop(0), "mailto:a@b.org")
    refused = tokens.authorization(ORIGIN)
    tokens.forget(refused)
    renewed = tokens.authorization(ORIGIN)
    assert renewed != refused
    assert not pairs


def test_forgetting_leaves_a_token_that_another_thread_has_renewed(pair):
    tokens = Tokens(lambda: pair, "mailto:a@b.org")
    refused = tokens.authorization(ORIGIN)
    tokens.forget(refused)
    renewed = tokens.authorization(ORIGIN)
    tokens.forget(refused)
    assert tokens.authorization(ORIGIN) == renewed
