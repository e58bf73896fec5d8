"""What the alert path tells the metrics. It does not know who listens."""

from typing import Protocol


class Observer(Protocol):
    """Called on the event loop, after the step is durable; must not block."""

    def transition(self, kind: str, provider: str, status: str) -> None:
        """An alert of ``kind`` took a step; ``provider`` is "" before one was chosen."""

    def provider_up(self, name: str, up: bool) -> None:
        """What the last request to a provider showed."""

    def latency(self, stage: str, seconds: float) -> None:
        """From the reading's arrival to ``stage``: accepted or delivered."""

    def held(self, why: str) -> None:
        """A text does not leave as it was; ``why`` is one of ``budget.Why``."""


class Silent:
    """Nobody listens."""

    def transition(self, kind: str, provider: str, status: str) -> None:
        pass

    def provider_up(self, name: str, up: bool) -> None:
        pass

    def latency(self, stage: str, seconds: float) -> None:
        pass

    def held(self, why: str) -> None:
        pass
