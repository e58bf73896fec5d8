"""How much of the carriers' daily texts is used and left, over all phones of the roster.

Reads the ledger and the budget's book. People are counted, never named: no label tells of whom.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from gateway.memory import Memory

STATES = ("free", "reserved", "exhausted")
"""``reserved``: only critical incidents are texted still. ``exhausted``: nothing is, for now."""


class Budgets(Collector):
    """By country prefix, for those that have a cap. ``texts_to(phone)``: texts in the last 24 h."""

    def __init__(self, memory: "Memory", texts_to: Callable[[str], int]) -> None:
        self._memory = memory
        self._texts_to = texts_to

    def collect(self) -> Iterator[Metric]:
        used = GaugeMetricFamily(
            "doorwatch_budget_texts_used", "Texts of the last 24 h to people", labels=("prefix",)
        )
        left = GaugeMetricFamily(
            "doorwatch_budget_texts_left", "Texts that may still go to people", labels=("prefix",)
        )
        people = GaugeMetricFamily(
            "doorwatch_budget_people",
            "People, by the texts they may get",
            labels=("prefix", "state"),
        )
        budgets = self._memory.rules.budgets
        phones: dict[str, list[str]] = {prefix: [] for prefix in budgets}
        for phone in {person.phone for person in self._memory.ledger.people.values()}:
            fitting = [prefix for prefix in budgets if phone.startswith(prefix)]
            if fitting:
                phones[max(fitting, key=len)].append(phone)
        for prefix, budget in budgets.items():
            sent = [self._texts_to(phone) for phone in phones[prefix]]
            most, ordinary = (
                budget.texts_per_day,
                budget.texts_per_day - budget.reserved_for_critical,
            )
            exhausted = sum(each >= most for each in sent)
            reserved = sum(ordinary <= each < most for each in sent)
            used.add_metric((prefix,), sum(sent))
            left.add_metric((prefix,), sum(max(0, most - each) for each in sent))
            counts = (len(sent) - exhausted - reserved, reserved, exhausted)
            for state, many in zip(STATES, counts, strict=True):
                people.add_metric((prefix, state), many)
        yield from (used, left, people)

    def describe(self) -> Iterator[Metric]:
        return iter(())
