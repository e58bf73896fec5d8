"""The files that say where chat groups are: a name or several, and the address of a service.

    # the groups of the south gate
    三号楼群, 四号楼群 = wecombot://KEY
    ntfy://ntfy.example/doorwatch

The names are those of the ledger's ``chat`` column; an address without a name is for people who
have none. An address carries its secret: it is never shown, and mistakes name the line only.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

LARGEST = 256 * 1024  # bytes; some thousand groups, and no log or database by mistake
_LINE = re.compile(
    r"(?:(?P<names>[^=:/]+?)\s*=\s*)?(?P<url>[a-z][a-z0-9+.-]*://\S+)", re.IGNORECASE
)
_BETWEEN = re.compile(r"[,，、]")


@dataclass(frozen=True, slots=True)
class Way:
    """One address. ``names``: the groups that it serves; none: everybody without a group."""

    line: int
    names: tuple[str, ...]
    url: str = field(repr=False)

    def serves(self, group: str) -> bool:
        """``group``: blank for somebody who has none."""
        return group in self.names if self.names else not group


def read(file: Path) -> list[Way]:
    """The addresses of a file; lines that are none are left out. Raises OSError."""
    return [line for line in _lines(file) if isinstance(line, Way)]


def wrong_lines(file: Path) -> list[int]:
    """The numbers of the lines that are no address. Raises OSError."""
    return [line for line in _lines(file) if isinstance(line, int)]


def _lines(file: Path) -> Iterator[Way | int]:
    with file.open("rb") as opened:
        text = opened.read(LARGEST).decode("utf-8-sig", errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        said = line.strip()
        if not said or said.startswith("#"):
            continue
        found = _LINE.fullmatch(said)
        if found is None:
            yield number
            continue
        names = (name.strip() for name in _BETWEEN.split(found["names"] or ""))
        yield Way(number, tuple(name for name in names if name), found["url"])
