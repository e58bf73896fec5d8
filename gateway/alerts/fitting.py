"""How a text is made to fit one segment: courtesies give way first, then the far end of the
address, never the room number, the code or how the door stands. Pure.
"""

from typing import NamedTuple

from gateway.alerts.address import shorten
from gateway.alerts.segments import GSM_7_SINGLE, UCS_2_SINGLE, measure
from gateway.ledger.rows import Language

_LIMIT = {Language.ZH: UCS_2_SINGLE, Language.EN: GSM_7_SINGLE}
# What an address should keep before more of the sentence gives way: building, unit and room.
ADDRESS_WANTED = {Language.ZH: 16, Language.EN: 30}


class Part(NamedTuple):
    """A piece of a text. ``rank`` 0 always stays; the highest rank gives way first."""

    rank: int
    text: str


def fit(head: list[Part], address: str, parts: list[Part], code: str, language: Language) -> str:
    """Join all; while it is too long drop the highest rank, then shorten the address. That it is
    urgent is said again if it fits after all."""
    limit = _LIMIT[language]
    place = limit
    for highest in range(7, -1, -1):
        before, after = _joined(head, highest), _joined(parts, highest)
        if code not in after and not any(rank == 1 and highest >= 1 for rank, _ in parts):
            after += code
        after = " " + after.strip()
        place = limit - measure(before + after).units
        if measure(address).units <= place:
            break
        if highest <= 3 and place >= ADDRESS_WANTED[language]:
            break
    rest = shorten(address, place, language) + after
    whole = _joined(head, 7) + rest
    return whole if measure(whole).units <= limit else before + rest


def _joined(parts: list[Part], highest: int) -> str:
    return "".join(words for rank, words in parts if rank <= highest)
