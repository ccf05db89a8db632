"""Keys: who is let in, and for how long."""

import time

import pytest
import redis

from api.events import Broadcaster
from api.stream.event_stream import EventStream
from tasks_app.access import ApiKey, KeyRing, KeyStore, Role
from tasks_app.errors import StateUnavailableError, TooManyKeysError, UnknownKeyError
from tests.integration.access.access_kit import Caller, Gate
from tests.integration.api_system import assert_problem
from tests.servers import Valkey

ADMIN = (Role.ADMIN,)


def test_without_any_key_this_machine_may_do_everything_but_make_keys(gate: Gate):
    nobody = gate.nobody()
    assert nobody.get("/v1/stats").status_code == 200
    assert nobody.post("/v1/jobs", {"type": "resize_image"}).status_code == 202
    assert_problem(nobody.post("/v1/keys", {"owner": "mallory", "roles": ["admin"]}), 401, "key_required")


def test_with_the_first_key_everybody_needs_one(gate: Gate):
    admin = gate.caller("root", Role.ADMIN)
    refused = gate.nobody().get("/v1/stats")
    assert_problem(refused, 401, "key_required")
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="usher"'
    assert admin.get("/v1/stats").status_code == 200
    for path in ("/healthz", "/v1", "/docs/openapi.json", "/push"):
        assert gate.nobody().get(path).status_code == 200
    assert gate.nobody().get("/").headers["Location"] == "/sign-in?to=/"


@pytest.mark.parametrize("sent", ["Bearer", "Bearer ", "Basic dXNrOng=", "usk_aaaaaaaa", ""])
def test_what_is_no_bearer_is_asked_for_a_key(gate: Gate, sent):
    gate.caller("root", Role.ADMIN)
    answer = gate.nobody().get("/v1/stats", Authorization=sent)
    assert answer.status_code == 401
    assert answer.json["code"] in ("key_required", "key_invalid")


def test_a_wrong_secret_of_a_known_key_opens_nothing(gate: Gate):
    caller = gate.caller("root", Role.ADMIN)
    token = caller.headers["Authorization"]
    wrong = token[:-1] + ("a" if token[-1] != "a" else "b")
    assert_problem(gate.nobody().get("/v1/stats", Authorization=wrong), 401, "key_invalid")


def test_an_admin_makes_lists_rotates_and_revokes_keys_over_http(gate: Gate):
    admin = gate.caller("root", Role.ADMIN)
    made = admin.post(
        "/v1/keys", {"owner": "shop", "roles": ["client"], "scopes": ["show:hamlet"], "expires_seconds": 60}
    )
    assert made.status_code == 201
    shop = Caller(gate.application, made.json["key"])
    assert shop.get("/v1/jobs").status_code == 200
    told = admin.get(made.headers["Location"]).json
    assert (told["owner"], told["roles"], told["scopes"], told["state"]) == (
        "shop",
        ["client"],
        ["show:hamlet"],
        "valid",
    )
    assert "key" not in told

    rotated = admin.post(f"/v1/keys/{told['id']}/rotate", {"overlap_seconds": 30})
    both = (shop, Caller(gate.application, rotated.json["key"]))
    assert [caller.get("/v1/jobs").status_code for caller in both] == [200, 200]
    for key in (told["id"], rotated.json["id"]):
        assert admin.call("DELETE", f"/v1/keys/{key}").json["state"] == "revoked"
        assert admin.call("DELETE", f"/v1/keys/{key}").json["state"] == "revoked"
    assert [caller.get("/v1/jobs").json["code"] for caller in both] == ["key_invalid"] * 2
    assert [key["state"] for key in admin.get("/v1/keys").json["keys"]] == ["valid", "revoked", "revoked"]
    assert_problem(admin.post(f"/v1/keys/{told['id']}/rotate"), 404, "key_not_found")
    assert_problem(admin.get("/v1/keys/aaaaaaaa"), 404, "key_not_found")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"owner": "", "roles": ["client"]}, "owner"),
        ({"owner": "a shop", "roles": ["client"]}, "owner"),
        ({"owner": "shop", "roles": []}, "roles"),
        ({"owner": "shop", "roles": ["root"]}, "roles.0"),
        ({"owner": "shop", "roles": ["client"], "scopes": ["hamlet"]}, "scopes.0"),
        ({"owner": "shop", "roles": ["client"], "scopes": ["type:a/b"]}, "scopes.0"),
        ({"owner": "shop", "roles": ["client"], "expires_seconds": 0}, "expires_seconds"),
    ],
)
def test_what_no_key_may_be_is_refused_with_its_field(gate: Gate, body, field):
    answer = gate.caller("root", Role.ADMIN).post("/v1/keys", body)
    assert assert_problem(answer, 422, "invalid_request")["errors"][0]["field"] == field


def test_the_state_has_no_key_in_clear(gate: Gate, state):
    token = gate.caller("root", Role.ADMIN).headers["Authorization"].removeprefix("Bearer ")
    kept = [state.hgetall(key) for key in state.scan_iter("*api-key*") if state.type(key) == "hash"]
    assert kept
    assert not any(token.rpartition("_")[2] in value for record in kept for value in record.values())


def test_an_expired_key_opens_nothing_and_its_last_use_is_remembered(gate: Gate, eventually):
    token, key = ApiKey.issue("shop", (Role.CLIENT,), (), int(time.time() * 1000) + 300)
    gate.usher.api_keys.add(key)
    shop = Caller(gate.application, token)
    assert shop.get("/v1/jobs").status_code == 200
    eventually(lambda: shop.get("/v1/jobs").status_code == 401)
    assert gate.usher.api_keys.read(key.id).used_ms


def test_a_revoked_key_ends_within_a_second_in_a_process_that_knows_it(gate: Gate):
    token, key = ApiKey.issue("shop", ADMIN)
    gate.usher.api_keys.add(key)
    ring = KeyRing(gate.usher.api_keys, is_local=True)
    assert ring.find(token)
    gate.usher.api_keys.revoke(key.id)
    revoked_at = time.monotonic()
    while ring.find(token):
        assert time.monotonic() < revoked_at + 1
        time.sleep(0.01)


def test_a_request_costs_no_round_trip(gate: Gate, state):
    token, key = ApiKey.issue("shop", ADMIN)
    gate.usher.api_keys.add(key)
    ring = KeyRing(gate.usher.api_keys, is_local=True, look_seconds=60)
    ring.find(token)
    before = state.info("stats")["total_commands_processed"]
    for _ in range(1_000):
        assert ring.find(token)
    assert state.info("stats")["total_commands_processed"] - before < 10


def finds(ring: KeyRing, token: str) -> bool:
    try:
        return ring.find(token) is not None
    except StateUnavailableError:
        return False


def test_while_the_state_is_away_no_key_is_taken_on_trust(gate: Gate, valkey: Valkey, eventually):
    # Given a ring that knows a key, and one that knows that there is none
    store = KeyStore(redis.Redis.from_url(valkey.url(0), socket_timeout=1.0, decode_responses=True))
    without, ring = (KeyRing(store, is_local=True, look_seconds=0) for _ in range(2))
    assert without.is_open()
    token, key = ApiKey.issue("shop", ADMIN)
    gate.usher.api_keys.add(key)
    assert ring.find(token)
    # When the server is frozen, then the first knows nobody any more after a second, and the second stays open
    with valkey.frozen():
        eventually(lambda: not finds(ring, token), 5)
        assert without.is_open()
    # And afterwards all is as before
    eventually(lambda: finds(ring, token), 5)


def test_beyond_loopback_nobody_is_let_in_without_a_key(gate: Gate):
    assert not KeyRing(gate.usher.api_keys, is_local=False).is_open()


def test_a_thousand_keys_are_the_most_and_those_long_over_make_room(gate: Gate, state):
    store = gate.usher.api_keys
    made = [ApiKey.issue("shop", ADMIN)[1] for _ in range(1_000)]
    for key in made[:3]:
        store.add(key)
    for key in made[3:]:
        state.hset(f"{{jobs}}:api-key:{key.id}", mapping=key.to_record())
        state.sadd("{jobs}:api-keys", key.id)
    with pytest.raises(TooManyKeysError):
        store.add(ApiKey.issue("shop", ADMIN)[1])
    state.hset(f"{{jobs}}:api-key:{made[0].id}", "revoked_ms", "1")
    store.add(ApiKey.issue("shop", ADMIN)[1])
    with pytest.raises(UnknownKeyError):
        store.read(made[0].id)


def test_an_open_stream_ends_soon_after_its_key_is_revoked(gate: Gate, set_heartbeats):
    # Given a listener whose key is good, and another who needed none when it came
    set_heartbeats(0.2)
    job = gate.nobody().post("/v1/jobs", {"type": "resize_image"}).json["id"]
    path = f"/v1/stream?topic=job:{job}"
    early = gate.nobody().get(path)
    listener = gate.caller("ops", Role.OPERATOR)
    stream = listener.get(path)
    for answer in (early, stream):
        assert next(answer.response).startswith(b"retry")
    # When the key is revoked, then either hears nothing more, though the job is not over
    assert next(stream.response).startswith(b"id")
    gate.usher.api_keys.revoke(gate.usher.api_keys.listed()[0].id)
    assert (list(stream.response), list(early.response)) == ([], [])


def test_a_listener_hears_on_while_the_keys_cannot_be_read(gate: Gate):
    def unknown() -> bool:
        raise StateUnavailableError

    job = gate.nobody().post("/v1/jobs", {"type": "resize_image"}).json["id"]
    with gate.application.app_context():
        events = EventStream(
            gate.usher, Broadcaster(gate.usher.events, gate.usher.jobs.counts), f"job:{job}", None, unknown
        ).told()
    assert [next(events)[:5], next(events)[:2]] == ["retry", "id"]
