"""`usher doctor` finds a key that is refused for longer than a caller waits."""

from tasks_app.access import Allowances, ApiKey, KeyStore, Role
from tasks_app.configuration import Rate
from tests.integration.doctor.patient import Patient


def test_a_key_that_is_refused_for_long_is_found_until_its_rate_is_raised(patient: Patient) -> None:
    # Given a key that owes less than a minute
    _, key = ApiKey.issue("shop", (Role.CLIENT,))
    KeyStore(patient.state).add(key)
    allowances, rate = Allowances(patient.state), Rate(10, 60)
    allowances.take(key.id, rate)
    allowances.owe(key.id, rate, 12)
    assert patient.found(rate="10/m") == []

    # And one that has used up what may come in an hour, and owes nothing
    _, slow = ApiKey.issue("shop", (Role.CLIENT,), rate="1/h")
    KeyStore(patient.state).add(slow)
    allowances.take(slow.id, Rate(1, 3_600))
    assert patient.found(rate="10/m") == []

    # When the first owes more, then it is found
    allowances.owe(key.id, rate, 20)
    [(check, level, what)] = patient.found(rate="10/m")
    assert (check, level) == ("limits.debts", "warning")
    assert f"Every request with the key {key.id} of shop is refused for another 1" in what

    # And a higher rate begins anew
    KeyStore(patient.state).limit(key.id, rate="100/s")
    assert patient.found(rate="10/m") == []
