"""`usher jobs`, `show`, `failures`, `cancel`, `replay`, `completion`: what is there, in the terminal."""

import json
import subprocess
from pathlib import Path

import pytest

from tasks_app.jobs.job import State
from tests.jobs import TYPE, new, take_in
from usher.commands import commands
from usher.job_commands import STATES, WAITS_FOR

ROOT = Path(__file__).parents[3]


@pytest.fixture
def usher(command):
    """Run it: its exit code, and what it says to either side."""

    def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
        words, names = [*command[0], *arguments], command[1]
        ended = subprocess.run(
            words, cwd=ROOT, env=names | environment, capture_output=True, text=True, timeout=60, check=False
        )
        return ended.returncode, ended.stdout, ended.stderr

    return run


def test_the_command_line_has_the_states_there_are():
    assert tuple(State) == STATES


def test_jobs_are_listed_by_state_and_type(usher, state):
    # Given two jobs of one type, one of which waits for its time, and one of another
    first, later, other = new(), new(delay_ms=600_000), new(type="other")
    take_in(state, first, later, other)
    # Then each list has its own, for people and for programs
    head, *lines = usher("jobs")[1].splitlines()
    of = {line.split()[0]: line for line in lines}  # they were made in the same moment
    assert (head.split()[0], of.keys()) == ("ID", {first.id, later.id, other.id})
    assert of[later.id].endswith("waits for its time")
    assert of[other.id].endswith("waits for a worker that knows its type")
    listed = json.loads(usher("jobs", "--state", "queued", "--type", "other", "--json")[1])
    assert [job["id"] for job in listed] == [other.id]
    assert usher("jobs", "--state", "failed")[:2] == (0, "There are no such jobs.\n")
    code, out, told = usher("jobs", "--limit", "2")
    assert (code, len(out.splitlines()), told) == (0, 3, "There are more: --limit 10 shows more of them.\n")


def test_everything_that_a_job_may_wait_for_has_words(usher):
    document = (ROOT / "docs/jobs.md").read_text()
    told = document.split("`waiting_for` says why")[1].split("\n\n")[1]
    assert {row.split("`")[1] for row in told.splitlines()[2:]} == {*WAITS_FOR}


def test_shows_and_products_are_listed_with_what_is_left(usher, hamlet):
    lines = usher("show")[1].splitlines()
    assert lines[1].split() == ["show:hamlet", "on_sale", "10", "1", "2", "7", "A", "show"]
    (found,) = json.loads(usher("show", "--json")[1])
    assert (found["id"], found["pools"]["floor"]["available"], found["paused"]) == ("hamlet", 7, False)


def test_one_show_is_shown_with_its_pools(usher, hamlet):
    told = usher("show", "show:hamlet")[1]
    assert "held for 60 s, extended up to 60 s" in told
    assert "floor  10        1     2     7" in told
    assert "Its ledger has 4 changes" in told


def test_a_job_and_a_batch_are_shown(usher, state):
    job, batched = new(data={"file": "a.png"}, title="A picture"), new(batch="b" * 26)
    take_in(state, job, batched)
    told = usher("show", job.id)[1]
    assert told.startswith(f"{job.id}  resize_image  A picture\nqueued: waits for a worker that knows its type\n")
    assert 'data      {"file": "a.png"}' in told
    assert json.loads(usher("show", job.id, "--json")[1])["log"] == []
    assert usher("show", "b" * 26)[1].startswith(f"{'b' * 26}  a batch of 1 jobs\n1 queued\n")


def test_jobs_that_failed_alike_are_counted(usher, state):
    # Given no failed job, and then three, two of which failed alike
    assert usher("failures")[:2] == (0, "No job has failed.\n")
    errors = ['{"code":"error","message":"ValueError: a\\u001b[31m path"}'] * 2 + ['{"code":"late\\n","message":"x"}']
    take_in(state, *(new(error=error) for error in errors))

    # Then each group is a line, the larger one first, in a table and as the API has it
    head, one, other = usher("failures")[1].splitlines()
    assert head.split()[:3] == ["JOBS", "TYPE", "CODE"]
    assert (one.split()[:4], "\x1b" in one) == (["2", TYPE, "error:ValueError", "2"], False)
    assert other.split()[0] == "1"
    told = json.loads(usher("failures", "--json", "--type", TYPE)[1])
    assert [(group["code"], group["count"]) for group in told["groups"]] == [("error:ValueError", 2), ("late\n", 1)]
    assert usher("failures", "--limit", "1")[2] == "There are 2 groups: --limit shows more of them.\n"
    assert usher("failures", "--type", "other")[1] == "No job has failed.\n"


def test_jobs_and_batches_are_cancelled_and_replayed(usher, state):
    job, batched = new(), [new(batch="b" * 26) for _ in range(2)]
    take_in(state, job, *batched)
    assert usher("cancel", job.id)[:2] == (0, f"The job {job.id} is cancelled.\n")
    assert usher("cancel", "b" * 26)[:2] == (0, f"2 jobs of the batch {'b' * 26} are cancelled.\n")
    assert usher("replay", job.id)[:2] == (0, f"The job {job.id} is queued again.\n")
    assert usher("replay", job.id) == (1, "", "usher: The job is queued, so this cannot be done.\n")
    assert usher("replay", "b" * 26)[:2] == (0, f"0 failed jobs of the batch {'b' * 26} are queued again.\n")


def test_a_job_is_replayed_with_other_data(usher, state):
    job = new(data={"file": "a.png"})
    take_in(state, job, new(batch="b" * 26))
    usher("cancel", job.id)
    for typed, said in (("{", "--data is not JSON"), ("[]", "--data is not a JSON object")):
        code, _, wrong = usher("replay", job.id, "--data", typed)
        assert (code, said in wrong, "Traceback" in wrong) == (2, True, False)
    assert "is a batch" in usher("replay", "b" * 26, "--data", "{}")[2]
    told = f"The job {job.id} is queued again, with the new data.\n"
    assert usher("replay", job.id, "--data", '{"file": "b.png"}')[:2] == (0, told)
    assert 'data      {"file": "b.png"}' in usher("show", job.id)[1]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("show", "nothing"), 1, "usher: There is no such job, or it is past its retention.\n"),
        (("show", "show:nothing"), 1, "usher: There is no such show or product.\n"),
        (("cancel", "nothing"), 1, "usher: There is no such job, or it is past its retention.\n"),
        (("cancel",), 2, "usher: Missing argument 'ID...'.\n"),
        (("jobs", "--state", "asleep"), 2, "usher: Invalid value for '--state': 'asleep' is not one of"),
        (("tail", "hamlet"), 2, "usher: 'hamlet' is no topic: job:ID, batch:ID, type:NAME, show:ID or product:ID.\n"),
        (("bench", "--url", "ftp://x"), 2, "usher: 'ftp://x' is no address: http://HOST:PORT.\n"),
        (
            ("bench", "--url", "http://far.example"),
            2,
            "usher: far.example is another machine: --yes if you may load it.\n",
        ),
        (
            ("bench", "--url", "http://127.0.0.1:9"),
            1,
            "usher: http://127.0.0.1:9 does not answer: ConnectionRefusedError.\n",
        ),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(usher, arguments, code, sentence):
    found, out, told = usher(*arguments)
    assert (found, out) == (code, "")
    assert told.startswith(sentence)


def test_a_server_that_is_away_is_a_sentence(usher):
    for arguments in (["jobs"], ["show"], ["tail"]):
        code, out, told = usher(*arguments, REDIS_URL="redis://127.0.0.1:9/0")
        assert (code, out, told.startswith("usher: "), told.count("\n")) == (1, "", True, 1)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(usher, shell):
    code, out, _ = usher("completion", shell)
    assert (code, "_USHER_COMPLETE" in out) == (0, True)


def test_a_line_is_completed(usher):
    asked = {"_USHER_COMPLETE": "bash_complete", "COMP_WORDS": "usher ta", "COMP_CWORD": "1"}
    assert usher(**asked)[:2] == (0, "plain,tail\n")


def test_the_document_has_every_command():
    document = (ROOT / "docs/commands.md").read_text()
    for name, one in commands.commands.items():
        assert one.hidden or f"`usher {name}" in document, name
