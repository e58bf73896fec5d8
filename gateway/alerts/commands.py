"""What an answer by text means: pure, from what people type to one of the commands.

Whole texts only: whatever is not a command from its first word to its last does nothing, so that
a forwarded alert, a chat or a code from a bank is never acted on. Knows no incidents.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final, NamedTuple, TypeAlias

from rules.model import Outcome


class Acknowledge(NamedTuple):
    """``1``: I take it. Without a code: the one open incident, if there is one."""

    code: str | None = None


class Emergency(NamedTuple):
    """``9 CODE``: it was an emergency exit."""

    code: str


class Permit(NamedTuple):
    """``2 CODE 30``: a pass of so many minutes; None: as long as usual."""

    code: str
    minutes: int | None = None


class Say(NamedTuple):
    """``0 CODE OUTCOME``: what it was."""

    code: str
    outcome: Outcome


class Help(NamedTuple):
    """``?``"""


class Unknown(NamedTuple):
    """Anything else."""


Command: TypeAlias = Acknowledge | Emergency | Permit | Say | Help | Unknown

OUTCOMES: Final[Mapping[Outcome, tuple[str, ...]]] = {
    Outcome.RETURNED: ("1", "已回家", "回家", "回家了", "已返回", "回来了", "returned", "back"),
    Outcome.PERMITTED_AFTER_ALL: ("2", "允许", "已允许", "permitted", "permitted after all"),
    Outcome.FALSE_ALARM: ("3", "误报", "false alarm", "false"),
    Outcome.EMERGENCY_EXIT: ("4", "紧急", "紧急出门", "emergency", "emergency exit"),
    Outcome.MOVED: ("5", "搬走", "已搬走", "搬家", "moved"),
    Outcome.SENSOR_FAULT: ("6", "故障", "门磁故障", "设备故障", "fault", "sensor fault"),
    Outcome.AT_HOME: ("7", "在家", "人在家", "at home"),
}
"""By which digit or word an outcome is said; the digits stand in the help."""

_YES = ("收到", "知道了", "好", "好的", "ok", "okay", "我来处理", "来处理", "我处理")
_BESIDE = ("编号", "code", "回", "回复", "reply", "谢谢", "thanks")  # said beside it; mean nothing
_HELP = ("帮助", "help")
_MINUTES = ("分", "分钟", "min", "minutes")
_LONGEST = 100  # characters: no command has so many, an alert that is sent on may

_MEANS = {word: outcome for outcome, words in OUTCOMES.items() for word in words}
_WORDS = {*_YES, *_BESIDE, *_HELP, *_MINUTES, *" ".join(_MEANS).split()} - set("1234567")
_TOKEN = re.compile("|".join([*sorted(_WORDS, key=len, reverse=True), "[0-9]+", r"[^0-9\s]+"]))
_CODE = re.compile(r"[1-9][0-9]{3,5}")  # gateway.alerts.code: four to six digits
_GLUED = re.compile(r"1([1-9][0-9]{3})")  # the blank was forgotten


def parse(text: str) -> Command:
    """Read an answer as people type it: full-width digits, stray blanks, ``收到``, a full stop,
    the code before the digit."""
    plain = unicodedata.normalize("NFKC", text[: _LONGEST + 1]).casefold()
    if len(text) > _LONGEST:
        return Unknown()
    tokens = _TOKEN.findall("".join(" " if _is_mark(char) else char for char in plain))
    if not tokens:
        return Help() if "?" in plain else Unknown()
    said = [token for token in tokens if token not in _BESIDE]
    if said and all(token in _HELP for token in said):
        return Help()
    if len(said) == 1 and (glued := _GLUED.fullmatch(said[0])):
        return Acknowledge(glued[1])
    codes = [token for token in said if _CODE.fullmatch(token)]
    said = [token for token in said if token not in codes]
    if not said or len(codes) > 1:
        return Unknown()
    return _command(said[0], said[1:], codes[0] if codes else None)


def _command(verb: str, more: list[str], code: str | None) -> Command:
    if verb == "1" or verb in _YES:
        means = {*_YES, "1"} if verb in _YES else _YES  # 收到 1 4071; but 1 4071 1 is a slip
        return Acknowledge(code) if all(word in means for word in more) else Unknown()
    if code is None:
        return Unknown()
    if verb == "9" and not more:
        return Emergency(code)
    if verb == "2":
        return _permit(code, more)
    outcome = _MEANS.get(" ".join(more)) if verb == "0" else None
    return Unknown() if outcome is None else Say(code, outcome)


def _permit(code: str, more: list[str]) -> Command:
    if len(more) > 1 and more[1] in _MINUTES:
        more = [more[0], *more[2:]]
    if not more:
        return Permit(code)
    is_number = len(more) == 1 and more[0].isdigit() and len(more[0]) <= 3
    return Permit(code, int(more[0])) if is_number else Unknown()


def _is_mark(char: str) -> bool:
    """Blanks, those too that nobody sees, punctuation and what else says nothing; a picture may
    say no."""
    category = unicodedata.category(char)
    return char in "+~" or category[0] in "ZP" or category == "Cf" or char in "\t\r\n"
