"""The invariants: what must be true of every history, whatever harm was done to the system meanwhile."""

from collections.abc import Callable, Iterator, Mapping

from chaos.history import History
from chaos.invariants import answers, events, jobs, keys, sends, stock, uniques

Check = Callable[[History], Iterator[str]]

# The invariant in plain words -> the function that finds where it is broken, a sentence each.
INVARIANTS: Mapping[str, Check] = {
    "When all is healed, everything is ready again within a minute.": answers.ready_again,
    "Every request gets an answer that its route may give.": answers.fitting,
    "One key is one thing, and two keys are two.": answers.one_thing_a_key,
    "A job that was answered for reaches a final state, and is found.": jobs.ended,
    "A job is complete only if its handler did it, and its result is what the handler returned.": jobs.done,
    "A job fails only for a reason that it had.": jobs.failed_rightly,
    "Lists have each job once, and none that nobody asked for.": jobs.listed,
    "A program that made a job hears once of its end, and of the right one.": jobs.heard,
    "No seat is had by two, and no stock is negative, at any moment.": stock.never_oversold,
    "The ledger counts without a gap, each entry can follow the one before, and its sum is what is shown.": stock.sums,
    "What was answered about a reservation is in the ledger, and nothing else is.": stock.as_answered,
    "A reservation over several shows and products is in all of them, in one state, or in none.": stock.together,
    "A hold is confirmed before its deadline only, and expires after it only.": stock.in_time,
    "What the provider took is never told as plainly failed, nor as sent what it never took.": sends.told_truly,
    "What must not be sent twice is taken once.": sends.at_most_once,
    "Events come in order, each once.": events.in_order,
    "No event of a show or product is missing on its stream.": events.complete,
    "Of one key that may do one at a time, none begins while another is under way.": keys.one_at_a_time,
    "The jobs of one key begin in the order in which they came.": keys.in_order,
    "Of one unique key, none is recorded while another has it.": uniques.one_at_a_time,
    "Of a unique key that lasts for seconds, none is recorded before they are over.": uniques.not_too_often,
    "Who is answered with another's job is answered with one of the same unique key.": uniques.beside_another,
    "A unique job is done with the data of the last one that replaced it.": uniques.last_word,
    "A job's events tell one story with one end, that of its record.": events.stories,
}


def broken(history: History) -> dict[str, list[str]]:
    """Each broken invariant, with the faults; empty = all hold."""
    found = {words: list(check(history)) for words, check in INVARIANTS.items()}
    return {words: faults for words, faults in found.items() if faults}
