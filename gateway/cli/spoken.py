"""In which language a command speaks: the gateway's, once its configuration is known.

The wordings are English where they are made; ``gateway.web.told`` has their Chinese. JSON stays as
it is, and so do the refusals of the other commands.
"""

from typing import TYPE_CHECKING

from gateway.report.words import word

if TYPE_CHECKING:
    from gateway.errors import Mistake
    from gateway.lint.found import Warned

_spoken = {"language": "en"}


def use(language: str) -> None:
    """``zh`` or ``en``, from here on."""
    _spoken["language"] = language


def in_chinese() -> bool:
    return _spoken["language"] == "zh"


def say(text: str) -> str:
    """A sentence; what is in no table stays English."""
    if not in_chinese():
        return text
    from gateway.web.told import plain  # noqa: PLC0415 - its patterns are many

    return plain(text)


def joined(*parts: str, by: str = "; ") -> str:
    """Sentences, each in its own words, with marks between them."""
    mark = {"; ": "；", ", ": "，", " and ": "、"}[by] if in_chinese() else by
    return mark.join(say(part) for part in parts if part)


def mistake(one: "Mistake | Warned") -> str:
    """Where, what, and how to mend it. What is in no table stays English, marks and all."""
    what = say(one.what)
    if what == one.what:
        return str(one)
    return f"{say(one.place)}：{what}；{say(one.remedy)}"


def column(name: str) -> str:
    """The heading of a table."""
    from gateway.web.told.commands import COLUMNS  # noqa: PLC0415

    return COLUMNS.get(name, name) if in_chinese() else name


def cell(code: str | None) -> str | None:
    """A code of ours in a table."""
    if code is None or not in_chinese():
        return code
    from gateway.web.told.commands import CELLS  # noqa: PLC0415
    from gateway.web.words.desk_codes import WORDS  # noqa: PLC0415

    line = WORDS.get(f"desk.line.{code}")
    return CELLS.get(code) or (line[0] if line else word(code, "zh"))
