"""Web Push by the real notifier: subscriptions of another key fail for good, and keep no other waiting."""

from tests.deadlines import until
from tests.providers.webpush import PushService
from tests.system.usher import Usher

GOOD, STALE = 50, 8  # more stale ones than make a row


def test_stale_subscriptions_hold_none_of_the_good_ones_of_their_push_service(shared_usher: Usher) -> None:
    # Given subscriptions at one push service, some of which were made with another key
    usher = shared_usher
    until(lambda: usher.http("GET", "/v1/push-key").status_code == 200, 20, lambda: "no key")
    key = usher.http.get("/v1/push-key")["public_key"]
    other_key = "B" + "A" * 86
    with PushService() as service:
        paths = [f"/stale/{number}" for number in range(STALE)] + [f"/good/{number}" for number in range(GOOD)]
        keys = {path: other_key if path.startswith("/stale") else key for path in paths}
        found = [usher.http("POST", "/v1/subscriptions", service.subscribe(path, keys[path])) for path in paths]
        assert {one.status_code for one in found} == {201}

        messages = [{"channel": "webpush", "to": one.json()["id"], "message": "Moved"} for one in found]

        # When the stale ones have been refused, and then a message goes to the good ones
        refused = usher.notify(messages[:STALE])
        until(lambda: usher.counts(refused)["delayed"] == STALE, 30, lambda: usher.told(refused))
        batch = usher.notify(messages[STALE:])

        # Then every good one has it, once
        until(lambda: usher.counts(batch)["complete"] == GOOD, 30, lambda: usher.told(batch))
        assert sorted(push.path for push in service.pushes) == sorted(paths[STALE:])

        # And the stale ones will be tried again, each by itself, for a reason that is shown
        jobs = usher.http.get(f"/v1/batches/{refused}/jobs")["jobs"]
        assert [(job["attempts_made"], job["error"]["code"]) for job in jobs] == [(1, "key_refused")] * STALE
