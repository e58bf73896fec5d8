"""How long a radio may be quiet, and when it is called deaf."""

import pytest

from drivers.ble.errors import Trouble
from drivers.ble.quiet import Quiet

DAY = range(1, 4001)  # seconds


def verdicts(*, strangers_every: int | None, active: bool = True) -> list[tuple[int, Trouble]]:
    """When, in seconds, and what; each is followed by a restart that brings nothing decodable."""
    now = 0.0
    quiet = Quiet(lambda: now, 90, 900, strangers=active)
    quiet.began()
    found = []
    for second in DAY:
        now = second
        if strangers_every is not None and second % strangers_every == 0:
            quiet.heard(decodable=False)
        if quiet.left <= 0:
            found.append((second, quiet.verdict()))
            quiet.began()
    return found


@pytest.mark.parametrize(
    ("strangers_every", "active", "expected"),
    [
        (20, True, {90: "quiet", 270: "quiet", 630: "quiet", 1350: "quiet", 2250: "quiet"}),
        (None, True, {90: "quiet", 270: "deaf", 630: "deaf", 1350: "deaf", 2250: "deaf"}),
        (None, False, {90: "quiet", 270: "quiet", 630: "quiet", 1350: "quiet", 2250: "quiet"}),
    ],
)
def test_each_vain_restart_doubles_the_patience_up_to_a_quarter_of_an_hour(
    strangers_every: int | None, active: bool, expected: dict[int, str]
) -> None:
    found = verdicts(strangers_every=strangers_every, active=active)
    assert dict(found) == {**expected, 3150: found[-1][1]}


def test_an_adapter_that_hangs_late_at_night_is_found_in_minutes_too() -> None:
    now = 0.0
    quiet = Quiet(lambda: now, 90, 900, strangers=True)
    quiet.began()
    for second in range(1, 3001):
        now = second
        quiet.heard(decodable=False)
        if quiet.left <= 0:
            assert quiet.verdict() is Trouble.QUIET
            quiet.began()
    found = []
    for second in range(3001, 3271):
        now = second
        if quiet.left <= 0:
            found.append((second - 3000, quiet.verdict()))
            quiet.began()
    assert found == [(90, Trouble.QUIET), (270, Trouble.DEAF)]


def test_life_begins_it_anew() -> None:
    now = 0.0
    quiet = Quiet(lambda: now, 90, 900, strangers=True)
    quiet.began()
    now = 90
    assert quiet.verdict() is Trouble.QUIET
    quiet.began()
    now = 100
    quiet.heard(decodable=True)
    assert (quiet.left, quiet.last, quiet.packets) == (90, 100, 1)
    now = 190
    assert quiet.verdict() is Trouble.QUIET
