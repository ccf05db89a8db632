"""Amounts in sentences: one or many, and some of many."""

from tasks_app.text import counted, listed


def test_one_is_not_many() -> None:
    assert [counted(n, "job") for n in (0, 1, 2, 1_200)] == ["0 jobs", "1 job", "2 jobs", "1,200 jobs"]


def test_a_list_of_many_names_some_and_says_how_many_more() -> None:
    assert listed(["a", "b"], 2) == "a, b"
    assert listed(["a", "b", "c"], 2) == "a, b and 1 more"
    assert listed([], 2) == ""
