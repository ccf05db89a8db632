"""A body of many lines, made while it is sent, and kept so that it can be sent again."""

import json
from collections.abc import Iterable, Iterator, Mapping
from tempfile import SpooledTemporaryFile
from typing import Any

IN_MEMORY_BYTES = 1_048_576  # what is longer goes to a file
PIECE_BYTES = 65_536


class Lines:
    """
    JSON lines of an iterable that can be iterated only once. What was sent is kept, in a temporary file once it is
    long: a repetition sends it again, and goes on where the iterable was left.
    """

    def __init__(self, source: Iterable[Mapping[str, Any]]) -> None:
        self._source = iter(source)
        self._kept = SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115 it outlives this function

    def pieces(self) -> Iterator[bytes]:
        """The lines from the first on, in pieces of about 64 KiB. Raises ValueError for what JSON cannot say."""
        self._kept.seek(0)
        while kept := self._kept.read(PIECE_BYTES):
            yield kept
        piece = bytearray()
        for one in self._source:
            piece += json.dumps(one, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"
            if len(piece) >= PIECE_BYTES:
                yield self._keep(piece)
                piece = bytearray()
        if piece:
            yield self._keep(piece)

    def close(self) -> None:
        """Forget what was kept."""
        self._kept.close()

    def _keep(self, piece: bytearray) -> bytes:
        self._kept.write(piece)  # before it is sent: what is on its way can be lost at any moment
        return bytes(piece)
