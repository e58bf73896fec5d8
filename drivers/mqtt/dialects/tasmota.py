"""Tasmota: a reed contact as a switch, ``SwitchN``, of the device whose topic is T.

``tele/T/SENSOR`` → ``{"Time": "...", "Switch1": "ON"}``, now and then; ``stat/T/RESULT`` →
``{"Switch1": {"Action": "ON"}}``, when it moves (SetOption114). Switch 1's address is ``T``,
another's ``T/Switch2``. Which state is open is the wiring's matter, so it is told; by default ON.
Its times are local ones without an offset, which tell nobody anything. ``tele/T/LWT`` is its
availability; a device that has just started says the states it finds.
"""

from collections.abc import Collection
from typing import Final

from drivers.mqtt.dialects.dialect import Said
from drivers.mqtt.dialects.values import MALFORMED, NO_STATE, json_object, presence_of
from drivers.mqtt.presence import Presence
from drivers.reading import Decoded
from rules.model import Door

FILTERS: Final = ("tele/#", "stat/#")
ALL: Final = "#"
_SHAPES: Final = (("tele/", "/SENSOR"), ("stat/", "/RESULT"))
_SWITCH: Final = "Switch"


def locate(topic: str) -> str | None:
    """The device; which of its switches spoke, the payload tells."""
    for start, end in _SHAPES:
        if topic.startswith(start) and topic.endswith(end):
            return topic[len(start) : -len(end)] or None
    return None


def presence(topic: str, payload: bytes) -> Presence | None:
    if not (topic.startswith("tele/") and topic.endswith("/LWT")):
        return None
    name, there = topic[len("tele/") : -len("/LWT")], presence_of(payload)
    if not name or there is None:
        return None
    return Presence(there, (f"{name}/#",), repeats=there)


def decode(topic: str, payload: bytes, *, off_is_open: Collection[str] = ()) -> Said:
    """``off_is_open``: addresses wired the other way round; ``#``: all."""
    name = locate(topic)
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
