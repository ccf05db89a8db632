"""Each secret setting may come from a file; what is wrong with it is said without showing it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from ops.variables import unknown_variables
from tasks_app.configuration.settings import Settings
from tasks_app.configuration.variables import sentences

SIGNER = "whsec_" + "c" * 32
KEY = "c" * 43
CONTENTS = {
    "REDIS_URL": "redis://:hunter2@state.example/3",
    "BROKER_URL": "redis://:hunter2@broker.example/4",
    "USHER_WEBHOOK_SECRETS": f"{SIGNER}, {SIGNER}",
    "USHER_APPRISE_URL": "mailto://me:hunter2@example.org/{to}",
    "USHER_VAPID_KEY": KEY,
}

Set = Callable[..., None]


@pytest.fixture
def put(tmp_path: Path, set_variables: Set) -> Callable[[str, bytes], Path]:
    """Put this into a file, and name it in NAME_FILE."""

    def write(variable: str, content: bytes) -> Path:
        file = tmp_path / variable
        file.write_bytes(content)
        set_variables(**{f"{variable}_FILE": file})
        return file

    return write


def refusal() -> str:
    with pytest.raises(ValidationError) as caught:
        Settings()
    return sentences(caught.value)


def test_every_secret_setting_is_one_of_these() -> None:
    hidden = {name for name, field in Settings.model_fields.items() if not field.repr}
    typed = {name for name, field in Settings.model_fields.items() if "Secret" in str(field.annotation)}
    assert typed < hidden
    assert Settings.secret_variables().keys() == CONTENTS.keys()
    assert len(hidden) == len(CONTENTS)


@pytest.mark.parametrize("variable", CONTENTS)
def test_a_secret_from_a_file_is_the_same_as_from_its_variable(
    variable: str, put: Callable[[str, bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(variable, f"\n{CONTENTS[variable]}\r\n".encode())
    from_file = Settings()
    assert f"{variable}_FILE" not in unknown_variables(from_file)
    monkeypatch.delenv(f"{variable}_FILE")
    assert from_file != Settings()
    monkeypatch.setenv(variable, CONTENTS[variable])
    assert from_file == Settings()
    assert "hunter2" not in repr(from_file)


@pytest.mark.parametrize("variable", CONTENTS)
def test_both_ways_at_once_are_refused(variable: str, put: Callable[[str, bytes], Path], set_variables: Set) -> None:
    put(variable, CONTENTS[variable].encode())
    set_variables(**{variable: CONTENTS[variable]})
    assert refusal() == f"{variable} and {variable}_FILE are both set: leave one of them out."


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xff\xfe", "cannot be read: it is no text in UTF-8"),
        (b"x" * 70_000, "is too large for a secret"),
    ],
)
def test_a_file_without_a_secret_is_refused(put: Callable[[str, bytes], Path], content: bytes, why: str) -> None:
    put("USHER_VAPID_KEY", content)
    assert refusal() == f"USHER_VAPID_KEY_FILE names a file that {why}."


@pytest.mark.parametrize(("path", "why"), [("/hunter2", "No such file or directory"), ("/", "Is a directory")])
def test_a_file_that_cannot_be_read_is_refused_without_its_name(set_variables: Set, path: str, why: str) -> None:
    set_variables(REDIS_URL_FILE=path)
    assert refusal() == f"REDIS_URL_FILE names a file that cannot be read: {why}."


def test_a_wrong_secret_in_a_file_is_refused_as_in_its_variable(put: Callable[[str, bytes], Path]) -> None:
    put("USHER_WEBHOOK_SECRETS", b"hunter2")
    said = refusal()
    assert said == "USHER_WEBHOOK_SECRETS must be `whsec_` and the base64 of 24 to 64 bytes."


@pytest.mark.parametrize("key", ["", "hunter2", "A" * 43, "_" * 43, "c" * 44, "\u20ac" * 43])
def test_what_is_no_key_on_the_curve_is_refused(key: str) -> None:
    if not key:
        assert Settings(vapid_key=None).vapid_private_key == ""
        return
    with pytest.raises(ValidationError, match="private key on P-256"):
        Settings(vapid_key=SecretStr(key))


def test_an_empty_name_of_a_file_is_none(set_variables: Set) -> None:
    set_variables(REDIS_URL_FILE="")
    assert Settings().redis_url_given == os.environ.get("REDIS_URL")
