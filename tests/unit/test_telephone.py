"""All spellings of a telephone number are that number, and a text that could be two numbers is neither."""

import pytest

from tasks_app.notifications.telephone import UnreadableNumberError, is_spelled, number


@pytest.mark.parametrize(
    "text",
    [
        "4153518780",
        "14153518780",
        "+14153518780",
        "+1 (415) 351-8780",
        "(415) 351.8780",
        "415/351/8780",
        "001 415 351 8780",
        "01114153518780",
        "tel:4153518780",
        "TEL:+1-415-351-8780",
        "tel:351-8780;phone-context=+1415",
        "sms:+14153518780",
        "smsto:4153518780",
        "whatsapp:+14153518780",
        "+14153518780;ext=5",
        "4153518780 ext. 12",
        "4153518780x7",
    ],
)
def test_all_spellings_are_one_number(text):
    assert number(text, "US") == "+14153518780"


@pytest.mark.parametrize("text", ["0151/23456712", "+49(0)15123456712", "+49 0151 23456712", "0049 151 23456712"])
def test_the_zero_of_a_country_is_not_part_of_its_numbers(text):
    assert number(text, "DE") == "+4915123456712"


def test_of_many_zeros_none_stays():
    assert number("+200000000001", "US") == number("+20000000001", "US") == number("+2000000001", "US")


def test_a_whole_number_whose_plus_is_missing_is_one():
    assert number("4915123456712", "US") == "+4915123456712"


@pytest.mark.parametrize("text", ["+15551234567", "5551234567", "15551234567"])
def test_numbers_of_examples_are_numbers(text):
    assert number(text, "US") == "+15551234567"


def test_numbers_of_the_course_are_numbers_whatever_their_exchange():
    assert number("4151218782", "US") == "+14151218782"


def test_a_number_is_read_as_one_of_the_region():
    assert [number("0612345678", region) for region in ("IT", "FR")] == ["+390612345678", "+33612345678"]


@pytest.mark.parametrize(
    "text",
    [
        "0151/2345671",  # German
        "01512345671",
        "07911123456",  # British
        "7911123456",
        "612345678",  # French
        "13812345678",  # Chinese; in America nobody has it
        "3518780",  # local
        "+999123456",
        "+1",
        "1" * 16,
        "1" * 2_048,
        "(" * 1_000 + "1" * 1_000,
        "4153518780 4153518781",
        "tel:ada",
        "sms:4153518780?body=hi",
        "tel:3518780;phone-context=example.org",
    ],
)
def test_digits_that_are_no_number_here_are_refused(text):
    with pytest.raises(UnreadableNumberError):
        number(text, "US")


@pytest.mark.parametrize(
    "text",
    ["", "+", "ada", "#4153518780", "-1001234567890", "4153518780,4153518781", "a4153518780", "12 34", "++14153518780"],
)
def test_a_text_of_more_than_digits_is_no_number(text):
    assert number(text, "US") is None


def test_a_short_code_is_itself():
    assert number("12345", "US") == "12345"


def test_a_number_in_letters_is_known_as_one():
    assert is_spelled("1-800-FLOWERS", "US")
    assert not is_spelled("room-12", "US")
