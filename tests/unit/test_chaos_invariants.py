"""The judge of `make chaos` finds each broken invariant in a history, and nothing in a sound one."""

import pytest

from chaos.invariants import INVARIANTS
from tests.unit.chaos_cases import CASES
from tests.unit.chaos_changes import RESERVED, SUMS
from tests.unit.chaos_history import (
    FLOOR,
    TYPE,
    Doctored,
    entry,
    held,
    own_job,
)


@pytest.fixture
def doctored():
    return Doctored()


def test_a_sound_history_breaks_nothing(doctored):
    assert doctored.broken() == {}


@pytest.mark.parametrize("case", CASES)
def test_a_broken_invariant_is_found(doctored, case):
    doctor, invariant, words = CASES[case]
    doctor(doctored)
    assert words in "\n".join(doctored.broken()[invariant])


@pytest.mark.parametrize(
    ("doctor", "words"),
    [
        (lambda entries: entries.pop(4), "the ledger's entry 5 has the version 6"),
        (lambda entries: entries.__setitem__(5, held(6, "sold", 90_000)), "sold is held a second time"),
        (lambda entries: entries.__setitem__(7, entry(8, "confirmed", "late")), "late is confirmed after expired"),
        (lambda entries: entries.__setitem__(7, entry(8, "released", "ghost")), "ghost is released after None"),
        (lambda entries: entries.__setitem__(8, entry(9, "held", "kept", lines=FLOOR * 2, expires_ms=99_000)), "shows"),
    ],
    ids=["a gap", "held twice", "confirmed after its end", "released by nobody", "more units"],
)
def test_an_impossible_entry_of_the_ledger_is_found(doctored, doctor, words):
    doctor(doctored.ledger())
    assert words in "\n".join(doctored.broken()[SUMS])


def test_every_invariant_has_a_history_that_breaks_it():
    assert {invariant for _, invariant, _ in CASES.values()} == set(INVARIANTS)


def test_uncertain_ends_break_nothing(doctored):
    # A hold past its deadline that nobody has swept yet, a stream that says it lost a part, and a job that was poison
    doctored.one("found", **RESERVED).update(state="expired")
    doctored.one("told", topic=TYPE, id="0-0").update(name="reset")
    doctored.drop("told", topic=TYPE, id="2-0")
    doctored.drop("told", topic=TYPE, id="1-0")
    doctored.add(*own_job("deadly", "chaos_deadly", "failed", attempts=3))
    doctored.one("found", id="deadly-id").update(error={"code": "poison"})
    assert doctored.broken() == {}
