"""When a provider counts as failing, and when it serves again."""

import pytest

from gateway.alerts.observer import Silent
from gateway.alerts.refusals import Refusals


class Seen(Silent):
    def __init__(self) -> None:
        self.up: list[bool] = []

    def provider_up(self, name: str, up: bool) -> None:
        self.up.append(up)


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ("++++", [False]),  # the first word of a start is told: a fault may be left from before
        ("--", []),
        ("---", [True]),
        ("-------", [True]),
        ("---+++", [True, False]),
        ("--+--+--", [False]),
        ("+---+---", [False, True, False, True]),
    ],
)
def test_so_many_in_a_row_and_once(answers: str, told: list[bool]) -> None:
    said: list[tuple[str, bool]] = []
    seen = Seen()
    refusals = Refusals(seen, lambda name, failed: said.append((name, failed)), enough=3)
    for answer in answers:
        refusals.provider_up("twilio", answer == "+")
        refusals.provider_up("modem", True)
    assert [failed for name, failed in said if name == "twilio"] == told
    assert said.count(("modem", False)) == 1
    assert refusals.failed("twilio") is (bool(told) and told[-1])
    assert seen.up[::2] == [answer == "+" for answer in answers]
