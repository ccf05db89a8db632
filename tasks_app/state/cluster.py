"""
The state on a Redis or Valkey Cluster: one client for the whole cluster, which keeps the promises of a plain client.

It sends each command to the primary of its key, and repeats a command only if a node said that it did not execute it
(MOVED, ASK). redis-py's own cluster client also repeats a pipeline whose answer was lost, and tries silent nodes one
after the other while all callers wait; Usher has to answer within two seconds. This client consists of redis-py's
clients for single servers.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

import redis
from redis.client import Pipeline
from redis.commands.core import Script
from redis.crc import key_slot
from redis.exceptions import AskError, MovedError, NoScriptError, TryAgainError

from tasks_app.state import keys
from tasks_app.state.topology import Address, Topology, target

REDIRECTIONS = 5  # of one command; a command needs more only while a cluster is being rebuilt
HOME = key_slot(keys.JOBS.encode())
# These go to the primary of the jobs: the jobs use its clock, fill its memory, and have their keys there for a scan.
KEYLESS = {"TIME", "INFO", "PING", "SCAN"}
BEHIND_THE_SCRIPT = {"EVAL", "EVALSHA"}  # the number of keys follows the script


class ClusterClient(redis.Redis):
    """The commands of redis.Redis whose keys are all in one hash slot; `open_node` makes a client for one node."""

    def __init__(
        self, seeds: Iterable[Address], open_node: Callable[[Address], redis.Redis], patience_seconds: float
    ) -> None:
        super().__init__(decode_responses=True)  # the pool of the base class stays empty
        self._topology = Topology(seeds, open_node, patience_seconds)

    def primaries(self) -> dict[Address, redis.Redis]:
        """The clients of all primaries, by host and port. Raises redis.ConnectionError."""
        return {address: self._topology.client(address) for address in self._topology.primaries()}

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """As redis-py's. Raises redis.ConnectionError also if the nodes redirect the command too often."""
        return self.routed(hash_slot_of(args), lambda node: node.execute_command(*args, **options), (args, options))

    def routed(self, hash_slot: int, call: Callable[[Any], Any], command: "Command | None" = None) -> Any:
        """
        The result of `call` with the client of the hash slot's primary. If it is moving to another node and the key is
        there already, that node gets the `command`, if it is all that `call` does.
        """
        for _ in range(REDIRECTIONS):
            address = self._topology.owner(hash_slot)
            try:
                return call(self._topology.client(address))
            except MovedError as error:
                self._topology.told(address, error)
            except AskError as error:
                if command is None:
                    raise TryAgainError("TRYAGAIN the hash slot is on its way to another node") from error
                return self._asked(target(error, address), *command)
            except redis.RedisError as error:
                self._topology.told(address, error)
                raise
        raise redis.ConnectionError("the nodes of the cluster send a command round and round")

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> "ClusterPipeline":
        """In a transaction all keys are in one hash slot; otherwise each has its own pipeline."""
        return ClusterPipeline(self, transaction, shard_hint)

    def register_script(self, script: Any) -> Script:
        """A script that each node learns at its first call there: a node that takes over may not know it."""
        return ClusterScript(self, script)

    def close(self) -> None:
        """Close the connections to all nodes."""
        super().close()
        self._topology.close()

    def _asked(self, address: Address, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        pipe: Any = self._topology.client(address).pipeline(transaction=False)
        pipe.execute_command("ASKING")
        pipe.execute_command(*args, **options)
        return pipe.execute()[1]


Command = tuple[tuple[Any, ...], dict[str, Any]]


class ClusterScript(Script):
    """Calls the script by its hash, or by its text if the node does not know it."""

    def __call__(self, keys: Any = None, args: Any = None, client: Any = None) -> Any:
        """As redis-py's."""
        if isinstance(client, Pipeline):
            return super().__call__(keys, args, client)  # this loads the script before it calls it
        given = [*(keys or ()), *(args or ())]
        count = len(keys or ())
        try:
            return self.registered_client.evalsha(self.sha, count, *given)
        except NoScriptError:
            return self.registered_client.eval(str(self.script), count, *given)


class ClusterPipeline(Pipeline):
    """Sends by hash slot when it is executed; the answers are in the order of the commands."""

    def __init__(self, cluster: ClusterClient, transaction: bool, shard_hint: Any) -> None:
        super().__init__(cluster.connection_pool, cluster.response_callbacks, transaction, shard_hint)
        self._cluster = cluster
        self._is_whole = transaction

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        """As redis-py's."""
        commands: list[Command] = self.command_stack
        try:
            answers = self._answers(commands)
        finally:
            self.reset()
        if raise_on_error:
            cast(Any, self).raise_first_error(commands, answers)
        return answers

    def _answers(self, commands: list[Command]) -> list[Any]:
        hash_slots = [hash_slot_of(args, default=None) for args, _ in commands]
        home = next((one for one in hash_slots if one is not None), HOME)  # for commands without a key
        places: dict[int, list[int]] = {}
        for place, hash_slot in enumerate(hash_slots):
            places.setdefault(home if hash_slot is None else hash_slot, []).append(place)
        if self._is_whole and len(places) > 1:
            raise ValueError("the keys of a transaction must be in one hash slot")
        answers: list[Any] = [None] * len(commands)
        for hash_slot, own in places.items():
            for place, answer in zip(own, self._of(hash_slot, [commands[place] for place in own]), strict=True):
                answers[place] = answer
        return answers

    def _of(self, hash_slot: int, commands: list[Command]) -> list[Any]:
        def send(node: redis.Redis) -> list[Any]:
            pipe = node.pipeline(transaction=self._is_whole)
            pipe.scripts, pipe.command_stack = set(self.scripts), list(commands)
            return pipe.execute(raise_on_error=False)

        answers: list[Any] = self._cluster.routed(hash_slot, send)
        return [
            self._again(command) if isinstance(answer, AskError) else answer
            for command, answer in zip(commands, answers, strict=True)
        ]

    def _again(self, command: Command) -> Any:
        """Repeat a command that its node redirected."""
        args, options = command
        try:
            return self._cluster.execute_command(*args, **options)
        except redis.ResponseError as error:
            return error


def hash_slot_of(args: Sequence[Any], default: int | None = HOME) -> Any:
    """The hash slot of a command's first key; `default` if it has no key."""
    name = str(args[0]).upper()
    if name in KEYLESS:
        return default
    if name in BEHIND_THE_SCRIPT:
        if int(args[2]) == 0:
            return default
        key = args[3]
    elif name == "XREAD":
        key = args[args.index(b"STREAMS") + 1]
    else:
        key = args[1]
    return key_slot(key.encode())
