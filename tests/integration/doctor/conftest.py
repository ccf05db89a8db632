"""What the tests of `usher doctor` examine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.doctor.patient import Patient
from tests.servers import Valkey


@pytest.fixture
def patient(valkey: Valkey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Patient]:
    """A healthy system; this folder is empty."""
    monkeypatch.chdir(tmp_path)
    made = Patient(valkey)
    yield made
    made.close()
