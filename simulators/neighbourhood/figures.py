"""The figures of a gateway's weeks in a town, as ``tally`` fills them in. Arithmetic alone."""

from collections import defaultdict
from dataclasses import dataclass, field

from simulators.neighbourhood.gateway import Text
from simulators.neighbourhood.life import Trouble
from simulators.neighbourhood.noticed import Decided
from simulators.neighbourhood.truth import Expected, Opening


@dataclass(slots=True)
class Tally:
    """``missed``: heard breaches nobody was told of. ``unfound``: openings that a counter proves
    and nobody spoke of. ``accused``: decisions that call unauthorised what was not."""

    household_weeks: float
    openings: int
    breaches: int
    heard: int  # breaches of which at least one packet said that the door was open
    missed: list[Expected] = field(default_factory=list)
    hidden: int = 0  # heard, but wrong only by an earlier opening that left no trace
    proved: int = 0  # openings of which nothing was heard, but a counter shows them
    unfound: list[Opening] = field(default_factory=list)
    traceless: int = 0  # openings of which nothing can be known
    accused: list[Decided] = field(default_factory=list)
    false_texts: list[Text] = field(default_factory=list)
    unverified_texts: int = 0  # because nobody knew the time
    texts: int = 0
    calls: int = 0
    naive: int = 0  # a text at every opening of an isolating home
    first_steps: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # by role
    owed: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # breaches times people
    seconds: list[float] = field(default_factory=list)  # from the breach to the first text
    troubles: dict[Trouble, tuple[int, int]] = field(default_factory=dict)  # noticed, of
    meals: tuple[int, int] = (0, 0)  # not taken in: noticed, of
    asked_in_vain: int = 0  # about meals that were
    loss: float = 0.0  # of packets, as it came to be

    @property
    def recall(self) -> float:
        return 1 - len(self.missed) / self.heard if self.heard else 1.0

    @property
    def inferred(self) -> float:
        return 1 - len(self.unfound) / self.proved if self.proved else 1.0

    @property
    def first_steps_each(self) -> float:
        """First-step texts that a member on duty got for each true breach of the grid."""
        return self.first_steps["member"] / max(1, self.owed["member"])

    @property
    def texts_per_breach(self) -> float:
        return self.texts / max(1, self.heard)

    @property
    def false_per_household_week(self) -> float:
        return len(self.false_texts) / self.household_weeks

    @property
    def fewer_than_naive(self) -> float:
        return self.naive / max(1, self.texts)
