"""Tasmota: a reed contact as a switch, ``SwitchN``, of the device whose topic is T.

``tele/T/SENSOR`` → ``{"Time": "...", "Switch1": "ON"}``, now and then; ``stat/T/RESULT`` →
``{"Switch1": {"Action": "ON"}}``, when it moves (SetOption114). Switch 1's address is ``T``,
another's ``T/Switch2``. Which state is open is the wiring's matter, so it is told; by default ON.
``tele`` and ``stat`` are the device's Prefix3 and Prefix2, and may be set otherwise.
Its times are local ones without an offset, which tell nobody anything. ``tele/T/LWT`` is its
availability; a device that has just started says the states it finds.
"""

from collections.abc import Collection
from typing import Final, NamedTuple

from drivers.mqtt.dialects.dialect import Said
from drivers.mqtt.dialects.values import MALFORMED, NO_STATE, json_object, presence_of
from drivers.mqtt.presence import Presence
from drivers.reading import Decoded
from rules.model import Door

ALL: Final = "#"
WANTED: Final = '{"Switch1": "ON"} or "OFF", alone or as {"Action": "ON"}'
_SWITCH: Final = "Switch"


class Prefixes(NamedTuple):
    """Where its topics begin."""

    telemetry: str = "tele"
    status: str = "stat"

    @property
    def filters(self) -> tuple[str, ...]:
        return f"{self.telemetry}/#", f"{self.status}/#"


USUAL: Final = Prefixes()


def locate(topic: str, prefixes: Prefixes = USUAL) -> str | None:
    """The device; which of its switches spoke, the payload tells."""
    telemetry, status = prefixes
    return _between(topic, telemetry, "/SENSOR") or _between(topic, status, "/RESULT")


def _between(topic: str, prefix: str, end: str) -> str | None:
    if not (topic.startswith(prefix + "/") and topic.endswith(end)):
        return None
    return topic[len(prefix) + 1 : -len(end)] or None


def presence(topic: str, payload: bytes, prefixes: Prefixes = USUAL) -> Presence | None:
    name, there = _between(topic, prefixes.telemetry, "/LWT"), presence_of(payload)
    if not name or there is None:
        return None
    return Presence(there, (f"{name}/#",), repeats=there)


def decode(
    topic: str,
    payload: bytes,
    prefixes: Prefixes = USUAL,
    *,
    off_is_open: Collection[str] = (),
) -> Said:
    """``off_is_open``: addresses wired the other way round; ``#``: all."""
    name = locate(topic, prefixes)
    if name is None or not payload:
        return ()
    said = json_object(payload)
    if said is None:
        return ((name, MALFORMED),)
    found = []
    for key, value in said.items():
        number = key[len(_SWITCH) :]
        if not (key.startswith(_SWITCH) and number.isdecimal()):
            continue
        address = name if number == "1" else f"{name}/{key}"
        state = value.get("Action") if isinstance(value, dict) else value
        if state not in ("ON", "OFF"):  # no set: it may be a list
            found.append((address, MALFORMED))
            continue
        inverted = ALL in off_is_open or address in off_is_open
        is_open = (state == "ON") is not inverted
        found.append((address, Decoded(Door.OPEN if is_open else Door.CLOSED)))
    return tuple(found) or ((name, NO_STATE),)
