"""What other parts of the gateway say in English, in the language of the page.

The checker, refusals, errors of providers and of the system have one wording, that of the command
line. A Chinese page, and a command of a Chinese gateway, say the same in Chinese: the modules here have a Chinese sentence for each
English one, with the same blanks. What stands in no table (a sentence of somebody else's) is shown
as it is, marked as English.
"""

import re
from functools import lru_cache
from typing import Final

from markupsafe import Markup, escape

from gateway.ledger.rows import Language
from gateway.web.told import checks, commands, ledger_checks, others

SENTENCES: Final = {
    **checks.SENTENCES,
    **ledger_checks.SENTENCES,
    **others.SENTENCES,
    **commands.SENTENCES,
}
WORDS: Final = {**checks.WORDS, **others.WORDS}
_DAYS: Final = dict(
    zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "一二三四五六日", strict=True)
)
_DAY = re.compile(r"\b(" + "|".join(_DAYS) + r")\b", re.IGNORECASE)
_NUMBER = re.compile(r"\\\{n\\\}")
_BLANK = re.compile(r"\\\{(\w+)\\\}")
_IN_BRACKETS = re.compile(r"\\\(\\\{(\w+)\\\}\\\)")
_LONGEST = 2_000  # characters of a sentence that is looked for
_ENGLISH = re.compile(r"[A-Za-z]{3}")


def _pattern(english: str) -> re.Pattern[str]:
    """Between brackets a blank ends with them: lists may have several. ``{n}``: a number."""
    inner = _IN_BRACKETS.sub(r"\\((?P<\1>[^()]+)\\)", re.escape(english))
    inner = _NUMBER.sub(r"(?P<n>[0-9.]+)", inner)
    return re.compile(_BLANK.sub(r"(?P<\1>.+?)", inner), re.DOTALL)


# The longest first: a short one may fit a part of what a long one says.
_PATTERNS: Final = tuple(
    (_pattern(english), chinese)
    for english, chinese in sorted(SENTENCES.items(), key=lambda one: -len(one[0]))
    if "{" in english
)


@lru_cache(maxsize=2_000)
def chinese(text: str) -> str | None:
    """The sentence in Chinese; None: it stands in no table."""
    if text in SENTENCES:
        return SENTENCES[text]
    if text in WORDS:
        return WORDS[text]
    for pattern, sentence in _PATTERNS if len(text) <= _LONGEST else ():
        if found := pattern.fullmatch(text):
            return sentence.format(
                **{name: _value(part) for name, part in found.groupdict().items()}
            )
    first, _, rest = text.partition(" ")
    if first in others.CODES and " " not in rest:  # the provider's own number follows
        return f"{others.CODES[first]} {rest}".rstrip()
    return None


def _value(text: str) -> str:
    """What stands in a blank: a sentence, a word, a list of them, or the site's own."""
    if (known := chinese(text)) is not None:
        return known
    for mark, joined in ((", ", "、"), (" or ", "或"), (" and ", "和"), ("; ", "；")):
        if mark in text:
            return joined.join(_value(part) for part in text.split(mark))
    return _DAY.sub(lambda day: "周" + _DAYS[day[1].lower()], text)


def plain(text: str) -> str:
    """In Chinese, as far as it is known; for a terminal."""
    return _known(text) or text


def told(language: Language, text: object) -> Markup:
    """For a page, escaped."""
    said = str(text)
    if language is Language.ZH:
        known = _known(said)
        if known is not None:
            return escape(known)
        if _ENGLISH.search(said):
            return Markup('<span lang="en">{}</span>').format(said)
    return escape(said)


def _known(said: str) -> str | None:
    known = chinese(said)
    if known is None and ": " in said:  # where it is, and what is wrong
        place, _, rest = said.partition(": ")
        known = f"{place}：{known}" if (known := chinese(rest)) is not None else None
    return known
