"""What each role of the roster may do on the pages, and in which grid."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.ledger.rows import Language
from rules.model import Role


class May(StrEnum):
    """A kind of thing to do."""

    LOOK = "look"  # the wall map, incidents, histories
    ANSWER = "answer"  # acknowledge, hand over, resolve; grant and revoke passes
    INSTALL = "install"  # bind, try and replace sensors
    OPERATE = "operate"  # the gateway's parts, its configuration and rules


_DESK: Final = frozenset({May.LOOK, May.ANSWER})
RIGHTS: Final[dict[Role, frozenset[May]]] = {
    Role.MEMBER: _DESK,
    Role.LEADER: _DESK,
    Role.COMMUNITY: _DESK,
    Role.COMMAND: _DESK,
    Role.INSTALLER: frozenset({May.INSTALL}),  # a stairwell does not show who left when
    Role.OPS: frozenset(May),
}


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody who is logged in."""

    user: str
    role: Role
    grid_id: str | None = None  # None: all grids
    person_id: str | None = None  # in the ledger
    language: Language | None = None  # None: the gateway's

    @property
    def by(self) -> str:
        """The name under which their answers are kept: of the roster, where they are on it."""
        return self.person_id or self.user

    def may(self, right: May) -> bool:
        return right in RIGHTS[self.role]

    def sees(self, grid_id: str | None) -> bool:
        """Whether what belongs to this grid (None: to the gateway itself) is theirs to know."""
        return self.grid_id is None or self.grid_id == grid_id
