"""The plan of `make chaos` follows from its seed, the report says what broke, and a wrong setting is one sentence."""

import json

import pytest

from chaos.__main__ import main
from chaos.caller import UnreadableError
from chaos.history import History, Recorder, read
from chaos.outsider import is_message
from chaos.plan import DECK, plan
from chaos.report import recoveries, told
from chaos.run import Run
from chaos.system import StartError
from tests.unit.chaos_history import sound


def test_the_same_seed_gives_the_same_plan_and_another_seed_another_plan():
    assert plan(7, 120) == plan(7, 120)
    assert plan(7, 120) != plan(8, 120)


@pytest.mark.parametrize("seed", range(1, 9))
def test_two_minutes_have_every_kind_of_fault_and_in_order(seed):
    faults = plan(seed, 120)
    assert {fault.kind for fault in faults} == set(DECK)
    moments = [fault.at_seconds for fault in faults]
    assert moments == sorted(moments)
    assert all(fault.at_seconds + fault.seconds <= 120.1 for fault in faults)


def test_a_directory_with_something_in_it_is_refused_and_left_alone(tmp_path, capsys):
    (tmp_path / "mine").touch()
    with pytest.raises(SystemExit) as raised:
        main(["--directory", str(tmp_path)])
    assert raised.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1].endswith(f"{tmp_path} is not empty")
    assert [one.name for one in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize(
    "wrong", [["--seconds", "0"], ["--seconds", "nan"], ["--seconds", "x"], ["--seed", "x"], ["--seed", "9" * 5_000]]
)
def test_a_wrong_argument_is_one_sentence(wrong, capsys):
    with pytest.raises(SystemExit) as raised:
        main(wrong)
    assert raised.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"make chaos: error: argument {wrong[0]}: a ")


def test_a_record_that_its_killed_writer_did_not_finish_is_left_out(tmp_path):
    record = Recorder(tmp_path / "history")
    record("did", job="a", fact="done")
    record.close()
    with (tmp_path / "history").open("a") as file:
        file.write('{"kind": "did", "job"')
    assert [one["job"] for one in read(tmp_path / "history", tmp_path / "there is none")] == ["a"]


def test_only_messages_of_celery_are_tampered_with():
    assert is_message(b'{"body": "W10=", "headers": {}, "properties": {}}')
    assert not any(map(is_message, [b"\xff", b"7", b'{"raw": "x", "reason": "y"}', b"[]"]))


def test_a_recovery_ends_with_the_first_outcome_of_a_request_made_after_the_fault():
    records = [{"kind": "healed", "at": 10.0, "number": 0}]
    for key, began, ended in (("before", 9.0, 10.5), ("first", 11.0, 13.0), ("second", 12.0, 14.0)):
        records.append({"kind": "asked", "at": began, "key": key, "what": "job"})
        records.append({"kind": "answered", "at": began, "key": key, "id": key, "status": 202})
        records.append({"kind": "told", "at": ended, "data": {"event": "complete", "job": key}})
    assert recoveries(History(records)) == [3.0]


def test_the_report_says_which_invariant_is_broken_and_by_what():
    lines = list(told(History([]), {"Nothing is lost.": [f"job {number} is" for number in range(20)]}))
    assert lines[-10] == "BROKEN      Nothing is lost."
    assert lines[-9:] == [*(f"            job {number} is" for number in range(8)), "            and 12 more"]
    assert len(list(told(History([]), {"Short.": ["a long story " * 100]}))[-1]) <= 312
    assert list(told(History([]), {}))[-1] == "all invariants hold"


class Quiet(Run):
    """Nothing happens in it except that this history is written."""

    left_out = ""

    def carry_out(self):
        lines = [json.dumps(one) for one in sound() if one["kind"] != self.left_out]
        (self.directory / "history.jsonl").write_text("\n".join(lines) + "\n")


class Broken(Quiet):
    """Nobody noted that a handler did its job."""

    left_out = "did"


def test_a_failed_run_shows_its_seed_plan_and_what_broke_and_keeps_its_directory(tmp_path, capsys):
    assert main(["--seed", "7", "--seconds", "20"], tmp_path, Broken) == 1
    said = capsys.readouterr().out
    assert "seed 7, 20 s" in said
    assert "BROKEN      A job is complete only if its handler did it" in said
    assert "note-1-id is complete, but its handler never did it" in said
    assert all(str(fault) in said for fault in plan(7, 20))
    assert "again: make chaos SEED=7 SECONDS=20" in said
    [kept] = tmp_path.iterdir()
    assert f"{kept} is kept" in said


def test_a_run_that_breaks_nothing_leaves_nothing_behind(tmp_path, capsys):
    assert main(["--seconds", "20"], tmp_path, Quiet) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "all invariants hold"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("trouble", "code", "words"),
    [
        (StartError("not ready after 90 s"), 1, "cannot be started or read: not ready after 90 s"),
        (UnreadableError("/v1/jobs: 500"), 1, "cannot be started or read: /v1/jobs: 500"),
        (KeyboardInterrupt(), 130, "chaos: stopped."),
    ],
    ids=["no start", "not readable", "Ctrl-C"],
)
def test_a_run_that_cannot_be_judged_says_so_and_keeps_its_directory(tmp_path, capsys, trouble, code, words):
    class Troubled(Run):
        def carry_out(self):
            raise trouble

    assert main(["--seed", "7", "--seconds", "20", "--directory", str(tmp_path / "kept")], kind=Troubled) == code
    said = capsys.readouterr().out
    assert words in said
    assert f"{tmp_path / 'kept'} is kept" in said
