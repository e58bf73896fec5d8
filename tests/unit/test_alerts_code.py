"""Codes: digits, never twice, and not mistyped into one another."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gateway.alerts.code import is_code, next_code

EVERY = {code for number in range(1000, 10_000) if is_code(code := str(number))}


def test_codes_are_digits_and_come_up_once_and_grow_when_most_are_used() -> None:
    taken: set[str] = set()
    for seed in range(700):
        code = next_code(taken, seed)
        assert is_code(code)
        assert code not in taken
        taken.add(code)
    lengths = [len(code) for code in taken]
    assert lengths.count(4) == 601  # of 900; looking for the rest would take ever longer
    assert lengths.count(5) == 99


def test_neighbouring_incidents_do_not_look_alike() -> None:
    codes = [int(next_code((), seed)) for seed in range(50)]
    assert min(abs(a - b) for a, b in pairwise(codes)) > 1_000


def test_one_wrong_digit_or_a_swap_of_neighbours_is_no_other_code() -> None:
    for code in EVERY:
        for place in range(4):
            for digit in "0123456789":
                wrong = code[:place] + digit + code[place + 1 :]
                assert wrong == code or wrong not in EVERY
            swapped = code[:place] + code[place : place + 2][::-1] + code[place + 2 :]
            assert swapped == code or swapped not in EVERY


@given(st.sets(st.sampled_from(sorted(EVERY))), st.integers(0, 2**40))
def test_never_one_that_is_taken(taken: set[str], seed: int) -> None:
    assert next_code(taken, seed) not in taken
    assert next_code(taken, seed) == next_code(taken, seed)


def test_what_is_no_code() -> None:
    for text in ("", "407", "0000", "12345678", "40a1", "４０７１", "²²²²"):
        assert not is_code(text)
