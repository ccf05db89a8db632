"""Addresses of servers: which are understood, which are refused without showing a secret, and what may be shown."""

import pytest
from kombu import Connection

from tasks_app.configuration.servers import parse


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("redis://localhost", "redis://localhost:6379/0"),
        ("redis://:p%40ss%23@host:7000/3", "redis://host:7000/3"),
        ("redis://:p@ss@host", "redis://host:6379/0"),
        ("redis://name:secret@[::1]:7000/2", "redis://[::1]:7000/2"),
        ("REDIS://host?db=3", "redis://host:6379/3"),
        ("redis://host/3?db=3", "redis://host:6379/3"),
        ("rediss://:secret@host?ssl_ca_certs=/a/ca.pem", "rediss://host:6379/0"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock?db=0"),
        ("redis+cluster://:secret@a:1,b,[::1]:3", "redis+cluster://a:1,b:6379,[::1]:3"),
        ("rediss+cluster://a?ssl_ca_certs=/ca.pem", "rediss+cluster://a:6379"),
        ("unix://:secret@/run/redis.sock?db=4", "unix:///run/redis.sock?db=4"),
    ],
)
def test_an_address_is_shown_without_its_secrets_and_reads_the_same_again(given: str, shown: str) -> None:
    server = parse(given)
    assert server.shown == shown
    assert parse(server.url) == server
    assert "secret" not in repr(server)


@pytest.mark.parametrize(
    ("given", "finding"),
    [
        ("marker", "must begin with redis://"),
        ("marker:6379/0", "must begin with redis://"),
        ("http://:marker@host", "must begin with redis://"),
        ("redis:/:marker@host", "must begin with redis://"),
        ("redis+cluster://:marker@a:1,b:2/3", "names a database of a cluster"),
        ("redis+cluster://:marker@a:1,", "names no host"),
        ("redis+sentinel://:marker@host/0", "must name one server"),
        ("redis://:marker@a:1,b:2/0", "must name one server"),
        ("redis://:marker@a;redis://b", "must name one server"),
        ("redis://:marker#123@host/0", "cannot be read"),
        ("redis://:m@rker#marker@host/0", "cannot be read"),
        ("redis://:mar/marker@host/0", "cannot be read"),
        ("redis://:mar?marker@host/0", "cannot be read"),
        ("redis://:mar[marker@host/0", "cannot be read"),
        ("redis://:x@host:marker/0", "cannot be read"),
        ("redis://:x@host:99999/0", "cannot be read"),
        ("redis://:mar ker@host", "has a blank"),
        ("redis://:marker@host\n", "has a blank"),
        ("redis://:marker@", "names no host"),
        ("redis://host/marker", "must end in the number of a database"),
        ("redis://host/-1", "must end in the number of a database"),
        ("redis://host/1?db=2", "names two databases"),
        ("redis://host?db=1&db=1", "the same option twice"),
        ("redis://host?password=marker", "has an option after its ?"),
        ("redis://host?ssl_ca_certs=/marker", "must begin with rediss://"),
        ("rediss://host?ssl_keyfile=/marker", "without ssl_certfile"),
        ("rediss://:marker@host?ssl_cert_reqs=none", "turns off the check"),
        ("rediss://:marker@host?ssl_check_hostname=false", "turns off the check"),
        ("unix://marker/redis.sock", "by its whole path"),
        ("unix://", "by its whole path"),
    ],
)
def test_a_wrong_address_is_refused_without_a_word_of_it(given: str, finding: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as caught:
        parse(given)
    assert finding in str(caught.value)
    assert "marker" not in str(caught.value)


def test_a_state_without_a_broker_lends_its_next_database() -> None:
    assert parse("redis://h/3").next_database().shown == "redis://h:6379/4"
    assert parse("unix:///s?db=3").next_database().shown == "unix:///s?db=4"


def test_two_ways_to_write_one_database_are_one_place() -> None:
    assert parse("redis://localhost").place() == parse("redis://:pw@127.0.0.1:6379/0").place()
    assert parse("unix:///s").place() != parse("unix:///s?db=1").place()


@pytest.mark.parametrize(
    "given", ["unix://:secret@/run/r.sock?db=2", "rediss://:secret@host/2", "redis://:secret@host/2"]
)
def test_celery_shows_no_password(given: str) -> None:
    with Connection(parse(given).celery_url) as connection:
        assert "secret" not in connection.as_uri()


def test_celery_verifies_the_certificate_of_its_broker() -> None:
    server = parse("rediss://host?ssl_ca_certs=/ca.pem&ssl_certfile=/c.pem&ssl_keyfile=/k.pem")
    with Connection(server.celery_url, ssl=server.celery_tls) as connection:
        parameters = connection.ssl
    assert parameters["ssl_cert_reqs"].name == "CERT_REQUIRED"
    assert parameters["ssl_check_hostname"] is True
    assert [parameters[name] for name in ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")] == [
        "/ca.pem",
        "/c.pem",
        "/k.pem",
    ]
