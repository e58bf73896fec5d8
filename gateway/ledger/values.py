"""Cells of the ledger's tables as values and back: ids, words, radio addresses, keys.

Every ``parse_*`` takes the cell's text, never blank, and raises ``Unreadable``; every ``show_*``
gives the text that parses to the same value. Dates and hours: ``gateway.ledger.clocks``;
phones: ``gateway.ledger.phones``.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from typing import TypeVar

from gateway.ledger.clocks import Unreadable, plain
from gateway.ledger.rows import BLE, Protocol
from gateway.ledger.words import CHINESE, NO, NOTHING, SCOPES, YES, said

W = TypeVar("W", bound=StrEnum)

LONGEST_TEXT = 200  # characters; no honest name or address is longer
LARGEST_NUMBER = 100_000  # openings or minutes: ten weeks, anything more is a slip
_EXCEL_ERRORS = ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!")

# Hex digits of a key: BTHome v2 AES-128; MiBeacon v4/v5 16 bytes, v2/v3 legacy 12 bytes.
KEY_DIGITS = {Protocol.BTHOME: (32,), Protocol.XIAOMI: (32, 24)}

# Where topics begin below which a sensor is known by its name alone, unless a site has it otherwise
TOPICS = {Protocol.JSON: "doors", Protocol.ZIGBEE2MQTT: "zigbee2mqtt"}
_WILDCARD = re.compile(r"(^|/)[+#](/|$)")  # a whole level of a topic: MQTT 5.0, 4.7.1


def parse_text(text: str) -> str:
    """Free text: spaces tidied, otherwise as written."""
    tidy = " ".join(text.split())
    if tidy in _EXCEL_ERRORS:
        raise Unreadable(f"the formula gives {tidy}", "write the value itself")
    if any(unicodedata.category(char) in ("Cc", "Cs", "Co") for char in tidy):
        raise Unreadable(f"{tidy!r} has an unreadable character", "type the cell again")
    if len(tidy) > LONGEST_TEXT:
        raise Unreadable(f"{len(tidy)} characters are too long", f"use at most {LONGEST_TEXT}")
    return tidy


OURS = ("drill:", "grid:")
"""So begin the hidden home of a drill, and what concerns a whole grid: no home may be taken for
them."""


def parse_id(text: str) -> str:
    """An id: full-width characters become plain, so that a typing mode makes no second one."""
    found = parse_text(plain(text))
    if found.startswith(OURS):
        raise Unreadable(f"{found!r} is a name of the gateway's own", "use another id")
    return found


def parse_word(kind: type[W], text: str) -> W:
    """A word of an enumeration in either language."""
    word: W | None = _words(kind).get(plain(text).lower())
    if word is None:
        raise Unreadable(f"{text!r} is not known", f"use one of {_allowed(kind)}")
    return word


@cache
def _words(kind: type[W]) -> dict[str, W]:
    names = {word.value: word for word in kind}
    return names | {name: word for word in kind for name in CHINESE.get(word, ())}


def _allowed(kind: Iterable[StrEnum]) -> str:
    return ", ".join(
        word.value if said(word, "zh") == word.value else f"{word.value} {said(word, 'zh')}"
        for word in kind
    )


def parse_words(kind: type[W], text: str) -> tuple[W, ...]:
    """Several words, in the order of the enumeration; 无 says that there are none."""
    if plain(text).lower() in NOTHING:
        return ()
    found = {parse_word(kind, part) for part in re.split(r"[,、;/]", plain(text)) if part.strip()}
    return tuple(word for word in kind if word in found)


def parse_flag(text: str) -> bool:
    word = plain(text).lower()
    if word in YES or word in NO:
        return word in YES
    raise Unreadable(f"{text!r} is neither yes nor no", "write yes 是 or no 否")


def show_flag(value: bool, language: str) -> str:
    return (YES if value else NO)[1 if language == "zh" else 0]


def parse_number(text: str) -> int:
    """A whole number of at least 1."""
    digits = plain(text)
    if digits.isascii() and digits.isdigit() and 0 < int(digits[:9]) <= LARGEST_NUMBER:
        return int(digits)
    raise Unreadable(
        f"{text!r} is not a whole number from 1 to {LARGEST_NUMBER}", "write digits, or leave blank"
    )


def parse_target(text: str) -> str:
    """What a window applies to: ``household:H1``, ``grid:G1`` or ``all``."""
    scope, _, subject = plain(text).partition(":")
    for name, chinese in SCOPES.items():
        if scope.strip().lower() in (name, *chinese) and (name == "all") is not bool(subject):
            return f"{name}:{parse_id(subject)}" if subject.strip() else name
    raise Unreadable(
        f"{text!r} is not known", "write household:ID 户:ID, grid:ID 网格:ID or all 全部"
    )


def show_target(target: str, language: str) -> str:
    scope, colon, subject = target.partition(":")
    return (SCOPES[scope][0] if language == "zh" else scope) + colon + subject


def parse_address(protocol: Protocol, text: str) -> str:
    """How the sensor is known on the air or in the broker.

    BLE and Theengs: its MAC; ChirpStack: its EUI, lower case; zigbee2mqtt: its name, without
    the prefix of its topic; else the name or topic as written.
    """
    if protocol in BLE or protocol is Protocol.THEENGS:
        pairs = re.sub(r"[\s:.\-]", "", plain(text)).upper()
        if not re.fullmatch(r"[0-9A-F]{12}", pairs):
            raise Unreadable(
                f"{text!r} is not a Bluetooth address", "write six pairs, as 3C:2E:F5:AA:BB:CC"
            )
        return ":".join(pairs[at : at + 2] for at in range(0, 12, 2))
    if protocol is Protocol.CHIRPSTACK:
        eui = re.sub(r"[\s:\-]", "", plain(text)).lower()
        if not re.fullmatch(r"[0-9a-f]{16}", eui):
            raise Unreadable(f"{text!r} is not a device EUI", "write its 16 hexadecimal digits")
        return eui
    name = parse_text(text)
    if protocol is not Protocol.HOMEASSISTANT and _WILDCARD.search(name):  # there it is no topic
        raise Unreadable(
            f"{name!r} stands for many topics", "write the one of this sensor; see sensors discover"
        )
    return bare_name(protocol, name) if protocol is Protocol.ZIGBEE2MQTT else name


def bare_name(protocol: Protocol, address: str, topics: Mapping[Protocol, str] = TOPICS) -> str:
    """An address without the prefix that ``topics`` has for its protocol: what two ways to write
    one sensor have in common."""
    prefix = topics.get(protocol)
    return (address.removeprefix(f"{prefix}/") or address) if prefix else address


def parse_key(protocol: Protocol, text: str) -> str:
    """A key as lower-case hex, of the length its protocol needs."""
    lengths = KEY_DIGITS.get(protocol)
    if lengths is None:
        raise Unreadable(f"{protocol} sensors have no key", "leave the cell blank")
    digits = re.sub(r"[\s:\-]", "", plain(text)).lower()
    if not re.fullmatch(r"[0-9a-f]*", digits) or len(digits) not in lengths:
        wanted = " or ".join(map(str, lengths))
        raise Unreadable(
            f"this is no key of {protocol}: {len(digits)} characters",
            f"write {wanted} hexadecimal digits",
        )
    return digits
