"""Incident codes: the digits people read in a text and type back. Pure.

Which codes are taken (the last 7 days) is told by the caller. A code never begins with 0 (it
would get lost in a spreadsheet) and its last digit checks the others (Damm's scheme), so that
no single wrong digit and no swap of neighbours turns one incident's code into another's.
"""

from collections.abc import Collection

# Damm's table of order 10: totally anti-symmetric, so it finds every single wrong digit and
# every swap of neighbours. H. M. Damm, "Total anti-symmetrische Quasigruppen" (2004).
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)

LENGTH = 4  # digits: 900 codes with their check digit, far above a gateway's incidents in 7 days
LONGEST = 6  # so that next_code always ends; 90,000 codes


def _check_digit(digits: str) -> int:
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim


def is_code(digits: str) -> bool:
    """Whether ``digits`` can be an incident's code: four to six digits with a true check digit."""
    return (
        LENGTH <= len(digits) <= LONGEST
        and digits.isascii()
        and digits.isdigit()
        and digits[0] != "0"
        and _check_digit(digits) == 0
    )


def next_code(taken: Collection[str], seed: int) -> str:
    """A code that is not in ``taken``. ``seed`` says where to begin: any growing number will do.

    Consecutive seeds give codes far apart, so that two incidents of one minute do not look
    alike. When all codes of a length are taken the next length is used; ``LookupError`` when
    even those are gone.
    """
    for length in range(LENGTH, LONGEST + 1):
        first = 10 ** (length - 2)
        if length < LONGEST and len(taken) > 6 * first:
            continue  # mostly taken: looking for the rest would take ever longer
        count = 9 * first  # numbers of length-1 digits that do not begin with 0
        # 0.618 of the range away from the last: the golden ratio spreads best; made coprime
        # with 9 * 10**n (odd, no 3, no 5) so that every number comes up once.
        stride = _coprime(int(count * 0.618))
        for turn in range(count):
            number = str(first + (seed + turn) * stride % count)
            code = number + str(_check_digit(number))
            if code not in taken:
                return code
    raise LookupError("every incident code is taken")


def _coprime(number: int) -> int:
    while number % 2 == 0 or number % 3 == 0 or number % 5 == 0:
        number += 1
    return number
