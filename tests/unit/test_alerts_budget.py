"""What one number may get: before the limit is hit texts merge, go another way, or wait."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.alerts.budget import (
    CALLS,
    NO_LIMITS,
    TEXTS,
    Hold,
    Limits,
    Merge,
    Send,
    Sent,
    Verdict,
    Waiting,
    Why,
    limits_of,
    plan,
)
from gateway.rulesfile import BUDGETS
from gateway.rulesfile.read import Budget
from rules.model import Severity
from rules.moment import DAY, HOUR, MINUTE, SECOND
from tests.support.outbox import START

NOW = START
MAINLAND = limits_of(BUDGETS, "+8613800000001")  # 2 of the same words, 4 a day, 1 reserved
LOW, MEDIUM, HIGH, CRITICAL = Severity


def text(number: int, severity: Severity | None = HIGH, words: str = "", **more: object) -> Waiting:
    one = Waiting(number, words or f"text {number}", severity, ("twilio",))
    return one._replace(**more)  # type: ignore[arg-type]


def sent(*ago: int, words: str = "", provider: str = "twilio") -> list[Sent]:
    return [Sent(NOW - at, words or f"sent {at}", provider) for at in ago]


def send(number: int, provider: str = "twilio") -> Send:
    return Send(number, provider)


def hold(number: int, after: int, why: Why) -> Hold:
    return Hold(number, NOW + after, why)


# name, limits, what was sent, what waits, what becomes of it
TABLE: list[tuple[str, Limits, list[Sent], list[Waiting], list[Verdict]]] = [
    ("the first text", MAINLAND, [], [text(1)], [send(1)]),
    ("the last but the reserved", MAINLAND, sent(HOUR, 2 * HOUR), [text(1)], [send(1)]),
    (
        "the reserved one is not for a high one",
        MAINLAND,
        sent(HOUR, 2 * HOUR, 3 * HOUR),
        [text(1)],
        [hold(1, 21 * HOUR, Why.RESERVED)],
    ),
    (
        "but for a critical one",
        MAINLAND,
        sent(HOUR, 2 * HOUR, 3 * HOUR),
        [text(1, CRITICAL)],
        [send(1)],
    ),
    (
        "nothing is left for anybody",
        MAINLAND,
        sent(HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR),
        [text(1, CRITICAL), text(2)],
        [hold(1, 20 * HOUR, Why.TEXTS), hold(2, 21 * HOUR, Why.TEXTS)],
    ),
    (
        "a day later it is free again, and not a moment before",
        MAINLAND,
        sent(DAY, 2 * HOUR, 3 * HOUR),
        [text(1)],
        [send(1)],
    ),
    (
        "two at once leave one, and go alone",
        MAINLAND,
        [],
        [text(1), text(2)],
        [send(1), send(2)],
    ),
    (
        "three at once would leave none: one text",
        MAINLAND,
        [],
        [text(1), text(2), text(3, MEDIUM)],
        [Merge((1, 2, 3), "twilio")],
    ),
    (
        "the gravest is named first",
        MAINLAND,
        sent(HOUR, 2 * HOUR),
        [text(1, LOW), text(2, HIGH), text(3, MEDIUM)],
        [Merge((2, 3, 1), "twilio")],
    ),
    (
        "critical ones go together with their like only, in their own words while there is room",
        MAINLAND,
        [],
        [text(1), text(2, CRITICAL)],
        [send(2), send(1)],
    ),
    (
        "the same words twice, a third time not",
        MAINLAND,
        sent(HOUR, 5 * HOUR, words="text 1"),
        [text(1)],
        [hold(1, 19 * HOUR, Why.SAME)],
    ),
    (
        "not even for a critical one",
        MAINLAND,
        sent(HOUR, 5 * HOUR, words="text 1"),
        [text(1, CRITICAL)],
        [hold(1, 19 * HOUR, Why.SAME)],
    ),
    (
        "what is urgent takes the next provider",
        MAINLAND,
        sent(HOUR, 2 * HOUR, 3 * HOUR, provider="modem"),
        [text(1, providers=("modem", "twilio"))],
        [send(1, "twilio")],
    ),
    (
        "what is not urgent does not",
        MAINLAND,
        sent(HOUR, 2 * HOUR, 3 * HOUR, provider="modem"),
        [text(1, MEDIUM, providers=("modem", "twilio"))],
        [hold(1, 21 * HOUR, Why.RESERVED)],
    ),
    (
        "what several may have had counts for each",
        MAINLAND,
        [Sent(NOW - HOUR, "x", "", times=3)],
        [text(1, providers=("modem", "twilio"))],
        [hold(1, 23 * HOUR, Why.RESERVED)],
    ),
    (
        "an answer counts and keeps off the reserve",
        MAINLAND,
        sent(HOUR, 2 * HOUR, 3 * HOUR),
        [text(1, None)],
        [hold(1, 21 * HOUR, Why.RESERVED)],
    ),
    ("no cap: the first at once", TEXTS, [], [text(1)], [send(1)]),
    (
        "the second within a minute waits",
        TEXTS,
        sent(20 * SECOND),
        [text(1)],
        [hold(1, 40 * SECOND, Why.BURST)],
    ),
    (
        "no door waits for an answer, a test or a digest",
        TEXTS,
        [one._replace(is_aside=True) for one in sent(*range(SECOND, 15 * SECOND, SECOND))],
        [text(1)],
        [send(1)],
    ),
    (
        "but a carrier counts them",
        MAINLAND,
        [one._replace(is_aside=True) for one in sent(1 * HOUR, 2 * HOUR, 3 * HOUR)],
        [text(1)],
        [hold(1, 21 * HOUR, Why.RESERVED)],
    ),
    ("two at once are one", TEXTS, [], [text(1), text(2)], [Merge((1, 2), "twilio")]),
    (
        "what must not go by a provider is in no text that may go by it",
        TEXTS,
        [],
        [text(1, providers=("twilio", "modem")), text(2, providers=("modem",))],
        [send(1, "twilio"), send(2, "modem")],
    ),
    (
        "five in a quarter of an hour",
        TEXTS,
        sent(*range(2 * MINUTE, 12 * MINUTE, 2 * MINUTE)),
        [text(1)],
        [hold(1, 5 * MINUTE, Why.BURST)],
    ),
    (
        "eleven in an hour",
        TEXTS,
        sent(*range(4 * MINUTE, 59 * MINUTE, 5 * MINUTE)),
        [text(1)],
        [hold(1, 6 * MINUTE, Why.BURST)],
    ),
    (
        "bursts hold back neither a critical one nor an answer",
        TEXTS,
        sent(1 * SECOND, 2 * SECOND),
        [text(1, CRITICAL), text(2, CRITICAL), text(3, None)],
        [send(1), send(2), send(3)],
    ),
    (
        "three calls in a quarter of an hour",
        CALLS,
        sent(1 * MINUTE, 3 * MINUTE, 14 * MINUTE),
        [text(1, merges=False)],
        [hold(1, 1 * MINUTE, Why.BURST)],
    ),
    (
        "words that a provider may know are not merged",
        MAINLAND,
        sent(HOUR),
        [text(1), text(2, merges=False), text(3)],
        [Merge((1, 3), "twilio"), send(2)],
    ),
    ("without limits nothing waits", NO_LIMITS, sent(*range(99)), [text(1)], [send(1)]),
]


@pytest.mark.parametrize(
    ("limits", "before", "waiting", "verdicts"),
    [row[1:] for row in TABLE],
    ids=[row[0] for row in TABLE],
)
def test_what_becomes_of_what_waits(
    limits: Limits, before: list[Sent], waiting: list[Waiting], verdicts: list[Verdict]
) -> None:
    assert plan(limits, before, waiting, NOW) == verdicts


@pytest.mark.parametrize(
    ("phone", "most"),
    [("+8613800000001", 4), ("+85251230001", 9), ("+12025550123", None)],
)
def test_the_longest_prefix_has_the_say(phone: str, most: int | None) -> None:
    limits = limits_of({**BUDGETS, "+852": Budget(3, 9, 0), "+85": Budget(1, 1, 0)}, phone)
    assert limits == TEXTS if most is None else limits.rates[0].most == most


# -- any pattern -----------------------------------------------------------------------------

SEVERITIES = st.sampled_from([None, LOW, MEDIUM, HIGH, CRITICAL])
# After how long, how grave, in which of a few words (so that some are the same).
ARRIVALS = st.lists(
    st.tuples(
        st.integers(0, 5 * HOUR).filter(lambda wait: wait % 7 == 0 or wait < MINUTE),
        SEVERITIES,
        st.sampled_from(["a", "b", ""]),
    ),
    max_size=40,
)
BUDGET = st.builds(
    lambda same, texts, reserved: Budget(same, texts, min(reserved, texts - 1)),
    st.integers(1, 3),
    st.integers(1, 6),
    st.integers(0, 3),
)


class Number:
    """One number with its texts: what was sent, and what still waits."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.sent: list[tuple[Sent, Severity | None]] = []
        self.waiting: dict[int, Waiting] = {}
        self.until: dict[int, int] = {}
        self.ends: dict[int, str] = {}

    def look(self, now: int) -> None:
        before = [one for one, _ in self.sent if one.at > now - DAY]
        for verdict in plan(self.limits, before, list(self.waiting.values()), now):
            if isinstance(verdict, Hold):
                assert verdict.until > now
                self.until[verdict.id] = verdict.until
                continue
            ids = verdict.ids if isinstance(verdict, Merge) else (verdict.id,)
            ones = [self.waiting.pop(id_) for id_ in ids]
            words = ones[0].text if len(ones) == 1 else f"all of {ids}"
            self.sent.append((Sent(now, words, verdict.provider), ones[0].severity))
            for id_ in ids:
                self.until.pop(id_, None)
                self.ends[id_] = "sent" if id_ == ids[0] else f"merged into {ids[0]}"

    def live(self, arrivals: Sequence[tuple[int, Severity | None, str]]) -> None:
        now = NOW
        for number, (wait, severity, words) in enumerate(arrivals):
            until = now + wait
            while due := [at for at in self.until.values() if at <= until]:
                now = max(now, min(due))
                self.look(now)
            now = until
            self.waiting[number] = Waiting(number, words or f"{number}", severity, ("twilio",))
            self.look(now)


@given(BUDGET, ARRIVALS)
def test_no_number_ever_gets_more_than_its_budget(
    budget: Budget, arrivals: list[tuple[int, Severity | None, str]]
) -> None:
    number = Number(limits_of({"+86": budget}, "+8613800000001"))
    number.live(arrivals)
    for last, _ in number.sent:
        day = [(one, how) for one, how in number.sent if last.at - DAY < one.at <= last.at]
        assert len(day) <= budget.texts_per_day
        assert sum(one.text == last.text for one, _ in day) <= budget.same_per_day
        others = sum(how is not Severity.CRITICAL for _, how in day)
        assert others <= budget.texts_per_day - budget.reserved_for_critical


@given(BUDGET, ARRIVALS)
def test_nothing_is_lost(budget: Budget, arrivals: list[tuple[int, Severity | None, str]]) -> None:
    number = Number(limits_of({"+86": budget}, "+8613800000001"))
    number.live(arrivals)
    for id_ in range(len(arrivals)):
        assert (id_ in number.ends) != (id_ in number.until), "sent, or waits for a moment"
    for end in number.ends.values():
        assert end == "sent" or number.ends[int(end.split()[-1])] == "sent"


@given(BUDGET, ARRIVALS)
def test_a_critical_one_always_finds_what_is_reserved(
    budget: Budget, arrivals: list[tuple[int, Severity | None, str]]
) -> None:
    number = Number(limits_of({"+86": budget}, "+8613800000001"))
    number.live([(wait, min(how or LOW, HIGH), words) for wait, how, words in arrivals])
    now = max([one.at for one, _ in number.sent], default=NOW)
    for id_ in range(1_000, 1_000 + budget.reserved_for_critical):
        number.waiting[id_] = text(id_, CRITICAL)
        number.look(now)
        assert number.ends[id_] == "sent"


@given(ARRIVALS)
def test_without_a_cap_bursts_are_kept_apart(
    arrivals: list[tuple[int, Severity | None, str]],
) -> None:
    number = Number(TEXTS)
    number.live([(wait, how or LOW, words) for wait, how, words in arrivals])
    plain = [one.at for one, how in number.sent if how is not Severity.CRITICAL]
    for most, within, _ in TEXTS.rates:
        for last in plain:
            assert sum(last - within < at <= last for at in plain) <= most
