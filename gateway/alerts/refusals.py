"""Which providers do not take what they are given, and whether that has lasted.

An ``Observer`` in front of another: it counts what each provider's last requests showed and tells
once when one has refused for long, and once when it serves again. Knows no incidents.
"""

from collections.abc import Callable

from gateway.alerts.observer import Observer

# Attempts in a row. With the pauses between them (2 s to a minute) about a minute and a half: a
# hiccup is no fault, and an alarm that finds no other way waits no longer before ops is told.
ENOUGH = 5


class Refusals:
    """One a gateway. ``tell(name, failed)`` is called on the event loop; must not block.

    The first word of a provider after a start is told too: a fault may be left from before.
    """

    def __init__(
        self, observer: Observer, tell: Callable[[str, bool], None], enough: int = ENOUGH
    ) -> None:
        self._observer = observer
        self._tell = tell
        self._enough = enough
        self._in_a_row: dict[str, int] = {}
        self._told: dict[str, bool] = {}

    def failed(self, name: str) -> bool:
        """Whether this provider has been refusing for long."""
        return self._told.get(name, False)

    def provider_up(self, name: str, up: bool) -> None:
        self._observer.provider_up(name, up)
        self._in_a_row[name] = 0 if up else self._in_a_row.get(name, 0) + 1
        failed = self._in_a_row[name] >= self._enough
        if (up or failed) and self._told.get(name) is not failed:
            self._told[name] = failed
            self._tell(name, failed)

    def transition(self, kind: str, provider: str, status: str) -> None:
        self._observer.transition(kind, provider, status)

    def held(self, why: str) -> None:
        self._observer.held(why)

    def latency(self, stage: str, seconds: float) -> None:
        self._observer.latency(stage, seconds)
