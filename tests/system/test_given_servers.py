"""The user's own servers: Usher accepts those that lose nothing, over TLS too; it refuses others in a sentence."""

import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import tls
from tests.servers import Valkey, free_port
from tests.system.up import Up

Eventually = Callable[..., None]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path / "own")
    server.start()
    yield server
    server.kill()


@pytest.mark.parametrize("variable", ["REDIS_URL", "BROKER_URL"])
def test_a_replica_is_refused(up: Up, own: Valkey, variable: str) -> None:
    with own.client() as client:
        client.replicaof("127.0.0.1", str(free_port()))

    said = up.refusal(**{variable: own.url(5)})

    assert said.endswith(f"{variable} is {own.url(5)}, which is a replica and takes no changes: name its primary.")


@pytest.mark.parametrize("variable", ["REDIS_URL", "BROKER_URL"])
@pytest.mark.parametrize("given", ["", "wrong"])
def test_a_wrong_password_is_reported_and_not_shown(up: Up, own: Valkey, variable: str, given: str) -> None:
    with own.client() as client:
        client.config_set("requirepass", "right")

    said = up.refusal(**{variable: f"redis://:{given}@127.0.0.1:{own.port}/3"})

    wants = "another name or password" if given else "a password: redis://:PASSWORD@host"
    assert said == f"usher: {variable} is redis://127.0.0.1:{own.port}/3, and the server there wants {wants}."


def test_a_database_that_does_not_exist_is_reported(up: Up, own: Valkey) -> None:
    said = up.refusal(REDIS_URL=own.url(15))  # whose next one is the broker's

    assert "BROKER_URL (the database after REDIS_URL's, since it is not set)" in said
    assert said.endswith("and the server there has no database 16.")


def test_a_server_of_another_kind_is_reported(up: Up) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        said = up.refusal(REDIS_URL=f"redis://:secret@127.0.0.1:{other.server_port}/0")
        other.shutdown()

    assert said.endswith("and the server there is not Redis or Valkey.")
    assert "secret" not in said


def test_a_state_that_forgets_causes_a_warning(up: Up, own: Valkey) -> None:
    with own.client() as client:
        client.config_set("appendonly", "no")
        client.config_set("maxmemory-policy", "allkeys-lru")  # so that the start ends here

    as_state, as_broker = up.refusal(REDIS_URL=own.url(0), BROKER_URL=own.url(1)), up.refusal(BROKER_URL=own.url(1))

    assert "allkeys-lru" in as_state
    assert "appendonly" not in as_broker


def test_a_state_without_a_file_is_reported_at_the_start(up: Up, own: Valkey, eventually: Eventually) -> None:
    with own.client() as client:
        client.config_set("appendonly", "no")
    process = up.start(REDIS_URL=own.url(0))
    eventually(up.is_up, 60)
    process.terminate()
    said = process.communicate(timeout=30)[1]
    assert f"usher: REDIS_URL is {own.url(0)}, whose appendonly is no: sales and queued jobs are lost" in said


@pytest.mark.parametrize("scheme", ["redis+sentinel", "sentinel"])
def test_sentinels_are_refused(up: Up, scheme: str) -> None:
    said = up.refusal(REDIS_URL=f"{scheme}://:secret@127.0.0.1:1/0")

    assert said.startswith("usher: REDIS_URL must name one server, or a cluster as redis+cluster://")
    assert said.endswith("Sentinel is not supported.")
    assert "secret" not in said


def test_a_cluster_needs_a_broker_that_is_a_server(up: Up) -> None:
    cluster = "redis+cluster://:secret@127.0.0.1:1"
    assert up.refusal(REDIS_URL=cluster).endswith(
        "BROKER_URL must name a server where REDIS_URL is a cluster: Celery cannot use one."
    )
    assert "Celery cannot use a cluster" in up.refusal(BROKER_URL=cluster)


def test_a_server_in_no_cluster_is_not_mistaken_for_one(up: Up, own: Valkey) -> None:
    said = up.refusal(REDIS_URL=f"redis+cluster://127.0.0.1:{own.port}", BROKER_URL=own.url(1))
    assert "is in none: begin it with redis:// or rediss:// instead." in said


def test_tls_is_verified_for_state_and_broker_alike(up: Up, own: Valkey, tmp_path: Path) -> None:
    # Given a server behind TLS, with a certificate that this machine does not know
    certificate = tls.certify(tmp_path / "server.pem")
    with tls.Door(certificate, own.port) as door:
        url, known = f"rediss://127.0.0.1:{door.port}/0", f"?ssl_ca_certs={certificate}"

        # When it is the state, the broker, or has a name that is not the certificate's
        as_state = up.refusal(REDIS_URL=url)
        as_broker = up.refusal(BROKER_URL=url)
        elsewhere = up.refusal(REDIS_URL=url.replace("127.0.0.1", "localhost") + known)

    # Then each is refused before a byte is passed on
    assert f"REDIS_URL is {url}, and this machine does not trust its certificate" in as_state
    assert f"BROKER_URL is {url}, and this machine does not trust its certificate" in as_broker
    assert "this machine does not trust its certificate" in elsewhere
    assert door.relayed == 0


def test_a_server_that_wants_a_client_s_certificate_gets_it(
    up: Up, own: Valkey, tmp_path: Path, eventually: Eventually
) -> None:
    certificate, client = tls.certify(tmp_path / "server.pem"), tls.certify(tmp_path / "client.pem")
    with tls.Door(certificate, own.port, clients=client) as door:
        url = f"rediss://127.0.0.1:{door.port}/0?ssl_ca_certs={certificate}"
        assert "TLS" in up.refusal(REDIS_URL=url) or door.relayed == 0
        process = up.start(REDIS_URL=f"{url}&ssl_certfile={client}&ssl_keyfile={client}")
        eventually(up.is_up, 60)
        process.terminate()
        assert process.wait(30) == 0
