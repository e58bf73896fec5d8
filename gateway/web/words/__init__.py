"""The words of the pages in both languages: one table a page, looked up by ``page.word``.

A sentence that a tired volunteer understands, no jargon, no blame. ``{n}`` is filled in.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from gateway.ledger.rows import Language
from gateway.web.words import (
    common,
    desk,
    desk_codes,
    desk_homes,
    install,
    ops,
    ops_work,
    resident,
)

Words: TypeAlias = Mapping[str, tuple[str, str]]  # key: Chinese, English

TABLES: tuple[Words, ...] = (
    common.WORDS,
    desk.WORDS,
    desk_homes.WORDS,
    desk_codes.WORDS,
    install.WORDS,
    ops.WORDS,
    ops_work.WORDS,
    resident.WORDS,
)
ALL: dict[str, tuple[str, str]] = {key: both for table in TABLES for key, both in table.items()}


def say(language: Language, key: str, **values: object) -> str:
    """Raises ``KeyError`` for a word that is in no table."""
    text = ALL[key][0 if language is Language.ZH else 1]
    return text.format(**values) if values else text


def speaker(language: Language) -> Callable[..., str]:
    """``t`` of the templates."""

    def t(key: str, **values: object) -> str:
        return say(language, key, **values)

    return t
