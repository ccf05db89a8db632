"""A migration that is killed between any two of its scripts, even within a part, and repeated."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis

from tasks_app.migration.ground import Ground
from tasks_app.migration.migration import Step
from tasks_app.migration.steps import STEPS
from tasks_app.state import inventory_keys, keys
from tests.integration import test_layout_2, test_layout_3
from tests.integration.migrating import Killed, bring_up, everything
from tests.integration.test_layout_first_releases import laid_down_later, now_later_ms


def killed_after_scripts(step: Step, most: int) -> tuple[Step, list[str]]:
    """The step, whose process is killed when it has run so many scripts; and those scripts, as it goes on."""
    ran: list[str] = []

    def cut(ground: Ground) -> Iterator[int]:
        run = ground.run

        def counted(script: str, *arguments: str | int) -> Any:
            if len(ran) == most:
                ground._token = "dead"  # it releases no lock
                raise Killed
            ran.append(script)
            return run(script, *arguments)

        ground.run = counted  # type: ignore[method-assign]
        yield from step(ground)

    return cut, ran


def lay_out_first(state: redis.Redis) -> Callable[[redis.Redis], object]:
    return laid_down_later(now_later_ms())


def lay_out_third(state: redis.Redis) -> Callable[[redis.Redis], object]:
    return test_layout_3.lay_out


@pytest.mark.parametrize(
    ("number", "laid_out", "renaming"),
    [(0, lay_out_first, "ledger_end"), (1, test_layout_2.lay_out, "gather"), (2, lay_out_third, "letters")],
)
def test_a_step_that_is_killed_between_two_scripts_comes_to_the_same_when_repeated(
    state: redis.Redis, number: int, laid_out: Callable[..., Callable[..., object]], renaming: str
) -> None:
    lay_out = laid_out(state)

    def begin() -> None:
        state.flushall()
        lay_out(state)
        state.client_setname("usher:999:test")
        if number:
            state.hset(keys.layout(), "version", str(number))

    def run_until(most: int) -> list[str]:
        cut, ran = killed_after_scripts(STEPS[number], most)
        begin()
        try:
            bring_up(state, [*STEPS[:number], cut])
        except Killed:
            state.delete(keys.layout_lock())  # as it would end by itself, a few seconds later
        return ran

    # Given the result of the step, and the scripts that it runs, some of which rename
    scripts = run_until(10_000)
    whole = everything(state)
    assert renaming in scripts

    # When it is killed after any of them and started again, then the result is the same
    for most in range(1, len(scripts)):
        assert len(run_until(most)) == most
        bring_up(state, STEPS[: number + 1])
        assert everything(state) == whole, f"killed after {scripts[most - 1]!r}, the script {most}"


@pytest.mark.parametrize("moved", [["meta"], ["meta", "pool", "holds"], ["log"]])
def test_a_show_that_was_half_moved_is_moved_whole_when_the_step_is_repeated(
    state: redis.Redis, moved: list[str]
) -> None:
    # Given the result of the step
    lay_out = test_layout_2.lay_out(state)
    target = test_layout_2.TARGETS[-1]

    def begin() -> None:
        state.flushall()
        lay_out(state)
        state.client_setname("usher:999:test")
        state.hset(keys.layout(), "version", "1")

    begin()
    bring_up(state, STEPS[:2])
    whole = everything(state)

    # When a server died after some keys of a show got their new names, then the next start moves the others
    begin()
    for part in moved:
        state.rename(f"{{{target}}}:{part}", inventory_keys.inventory(target, part))
    bring_up(state, STEPS[:2])
    assert everything(state) == whole
