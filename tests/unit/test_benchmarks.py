"""The parts of the benchmark that can be wrong unnoticed: the load, the peer's packages, the table."""

import socket
import threading
import time
from contextlib import contextmanager

import pytest

from benchmarks import npm, speed
from benchmarks.comparison import table
from benchmarks.load import Load, run
from benchmarks.parts import PARTS, Seen
from benchmarks.processes import StartError

ANSWER = b"HTTP/1.1 202 ACCEPTED\r\nContent-Length: 2\r\n\r\n{}"


@contextmanager
def answering(stall_seconds=0.0):
    """The port of a server for one connection, which delays its first answer for a while; and what it received."""
    came = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer():
            with listener.accept()[0] as peer:
                while part := peer.recv(65_536):
                    came.append(part)
                    if len(came) == 1:
                        time.sleep(stall_seconds)
                    peer.sendall(ANSWER)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield listener.getsockname()[1], came
        thread.join(10)


def test_load_numbers_its_requests():
    with answering() as (port, came):
        measured = run(Load(port, "/jobs", '{"number":#}', 3, 1))
    assert [part.rpartition(b"\r\n\r\n")[2] for part in came] == [b'{"number":0}', b'{"number":1}', b'{"number":2}']
    assert measured.statuses == {"202": 3}


def test_load_at_a_rate_is_not_faster_than_that_rate():
    with answering() as (port, _):
        measured = run(Load(port, "/jobs", "{}", 11, 1, per_second=50))
    assert measured.statuses == {"202": 11}
    assert measured.ended_seconds - measured.started_seconds >= 10 / 50


def test_load_at_a_rate_counts_the_wait_for_a_connection():
    # Given a server that is silent for 200 ms, while ten more requests become due within 100 ms
    with answering(stall_seconds=0.2) as (port, _):
        measured = run(Load(port, "/jobs", "{}", 11, 1, per_second=100))
    # Then each of them has waited, though the server answered each at once when it came
    assert min(measured.latencies_ms) >= 95


def test_load_without_a_rate_counts_each_request_from_its_sending():
    with answering(stall_seconds=0.2) as (port, _):
        measured = run(Load(port, "/jobs", "{}", 3, 1))
    assert measured.latencies_ms[0] >= 200
    assert min(measured.latencies_ms[1:]) < 200


def test_load_goes_on_when_a_connection_that_it_does_not_use_is_closed():
    # Given a server that closes the unused connection as soon as something came on the other
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer():
            with listener.accept()[0] as unused, listener.accept()[0] as used:
                while used.recv(65_536):
                    unused.close()
                    used.sendall(ANSWER)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        measured = run(Load(listener.getsockname()[1], "/jobs", "{}", 6, 2, per_second=50))
        thread.join(10)
    assert measured.statuses == {"202": 6}


@pytest.fixture
def programs(tmp_path, set_variables):
    """A function that makes a program, in a place without others."""
    (tmp_path / "bin").mkdir()
    set_variables(PATH=tmp_path / "bin")

    def make(name, script):
        program = tmp_path / "bin" / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    return make


@pytest.mark.parametrize("there", ["", "node"])
def test_peer_is_left_out_where_a_program_is_missing(programs, capsys, there):
    if there:
        programs(there, "exit 0")
    systems = speed.contestants(1)
    assert [system.name for system in systems] == ["Usher", "plain Celery + Flask"]
    missing = "npm" if there else "node"
    assert capsys.readouterr().err == f"BullMQ + Fastify is left out: there is no {missing} here.\n"


def test_packages_are_installed_once(programs, tmp_path):
    programs("node", "exit 0")
    programs("npm", f"echo called >> {tmp_path}/calls")
    place = tmp_path / "packages"
    assert npm.installed(place) == npm.installed(place) == place / "node_modules"
    assert (tmp_path / "calls").read_text() == "called\n"


def test_packages_whose_installation_failed_are_tried_again(programs, tmp_path):
    programs("node", "exit 0")
    programs("npm", "echo no network >&2; exit 1")
    with pytest.raises(StartError, match="npm could not install its packages and said: no network"):
        npm.installed(tmp_path)
    programs("npm", "exit 0")
    npm.installed(tmp_path)


def test_table_has_ratios_by_round_and_names_the_system_that_did_not_keep_up():
    cpu = {"valkey": 1.0, "worker": 2.0, "web": 3.0, "load": 4.0}
    ours = [Seen(100, cpu, 1, 10, 1.0), Seen(300, cpu, 1, 30, 1.0)]
    theirs = [Seen(50, cpu, 1, 20, 0.5), Seen(100, cpu, 1, 20, 0.6)]
    text = table(PARTS[0], {"Usher": ours, "peer": theirs})
    assert "Usher : peer, by round: rate 2.00, 3.00; p99 0.50, 1.50" in text
    assert "kept up with 55%" in text


def test_unknown_part_is_refused_with_a_list_of_the_parts(capsys):
    with pytest.raises(SystemExit):
        speed.parse(["jobs", "joobs"])
    said = capsys.readouterr().err
    assert "there is no part joobs; there are jobs, single, reservations, idle, behind, crowd," in said
    assert "slots, busy, tenant, depth, pages" in said
