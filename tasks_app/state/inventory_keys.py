"""The keys of shows and products, in the form of keys.py."""

from tasks_app.state.keys import JOBS

INVENTORY_PARTS = ("meta", "pool", "holds", "exp", "cust", "ops", "log")


def seeded() -> str:
    """STRING: the first-run data were created; stays, so that data which a user deletes do not come back."""
    return f"{JOBS}:seeded"


def inventory(target: str, part: str) -> str:
    """
    One key of one show or product; `target` is `show:<id>` or `product:<id>`. Written by tasks_app/lua only.

    meta  HASH: `definition` (JSON as created), status (on_sale, closed, cancelled or archived), hold_ms, hold_max_ms,
          max_per_customer (absent: no limit), `v` (the ledger's version), `forgotten` (the ledger's entry
          up to which retention is done), `listed` (the version up to which all holds are in their lists: `found`),
          `enlisting` (how far the walk that puts them there has come), `forgot` (1 once a customer was forgotten:
          limits then count units under the pseudonym, too);
          once it was edited, `edition` (how often), and `name` and `attributes` (JSON) where they differ from the
          definition's; once it was cancelled, `cancelled`, the batch that releases its reservations
    pool  HASH: `<pool>:cap`, `<pool>:held`, `<pool>:sold`
    holds HASH: reservation id -> the hold (tasks_app/inventory/holds.py gives its form). Released and expired ones
          until their retention ends, sales for ever
    exp   ZSET: up to 24 reservation ids, with blanks between -> deadline of each, unix ms; exactly the holds that
          are in the state `held`
    cust  HASH: customer -> units held and sold, absent when 0; only where there is a limit
    ops   HASH: operation id -> answer (JSON) to a change that no hold records (restock, capacity, status,
          edit, extend, reduce). Until its retention ends
    log   STREAM: the ledger: v, event, id, data. An entry has consecutive changes of one script that have the same
          event, at most 250: `id` has what they are about, with blanks between; `data` is the JSON object of the only
          change, or [what all have, {name: [what each has], ...}]; `v` is the version of the first. Versions count
          1, 2, 3, ... without a gap (tasks_app/inventory/queries.py, `changes`). Stays
    """
    return f"{JOBS}:{target}:{part}"


def target_of(log_key: str) -> str:
    """The show or product of a ledger: the target in `inventory(target, "log")`."""
    return log_key.removeprefix(f"{JOBS}:").removesuffix(":log")


def inventories(kind: str) -> str:
    """SET: ids of all shows, or of all products."""
    return f"{JOBS}:inventories:{kind}"


def deleted(operation_id: str) -> str:
    """STRING: this job has deleted its show or product; for a week, so that it never deletes a later one."""
    return f"{JOBS}:inventories:deleted:{operation_id}"


def inventory_codes() -> str:
    """
    ZSET, all scores 0: `<code> <target>` of all shows and products, to find them by a reservation's id
    (tasks_app/inventory/reservation_ids.py). Stays.
    """
    return f"{JOBS}:inventories:codes"


def found(name: str, value: str) -> str:
    """
    ZSET: reservation id -> when it took its units, unix ms. `name` is `customer` or `metadata.<key>`, and `value` is
    that of the reservations. Until they are forgotten (lua/inventory/finding.lua).
    """
    return f"{JOBS}:found:{name}:{value}"


def archive_trouble() -> str:
    """
    HASH: why the archive takes nothing: `error`, a sentence, and `since_ms`, unix ms. For ten minutes from each
    attempt; gone with the next file that it takes.
    """
    return f"{JOBS}:archive:trouble"


def agenda(task: str) -> str:
    """
    ZSET: `show:<id>` or `product:<id>` -> unix ms when maintenance has to look at it, to `expire` holds or to `forget`
    things past their retention; 0 = at once. In `expire` are those that may have holds, in `forget` all. The scripts of
    the inventory write it together with their changes (worker/inventory/agenda.py).
    """
    return f"{JOBS}:agenda:{task}"
