"""Tasmota: a reed contact as a switch, ``SwitchN``, of the device whose topic is T.

``tele/T/SENSOR`` → ``{"Time": "...", "Switch1": "ON"}``, now and then; ``stat/T/RESULT`` →
``{"Switch1": {"Action": "ON"}}``, when it moves (SetOption114). Which of the two is open is the
wiring's matter, so it is told; by default ON is open. Its times are local ones without an offset,
which tell nobody anything. The first switch in a message is the door.
"""

from typing import Final

from drivers.mqtt.dialects.values import MALFORMED, NO_STATE, json_object
from drivers.reading import Decoded
from rules.model import Door

FILTERS: Final = ("tele/#", "stat/#")
_SHAPES: Final = (("tele/", "/SENSOR"), ("stat/", "/RESULT"))


def locate(topic: str) -> str | None:
    for start, end in _SHAPES:
        if topic.startswith(start) and topic.endswith(end):
            return topic[len(start) : -len(end)] or None
    return None


def decode(topic: str, payload: bytes, *, on_is_open: bool = True) -> tuple[str, Decoded] | None:
    name = locate(topic)
    if name is None or not payload:
        return None
    said = json_object(payload)
    if said is None:
        return name, MALFORMED
    for key, value in said.items():
        if not (key.startswith("Switch") and key[6:].isdecimal()):
            continue
        state = value.get("Action") if isinstance(value, dict) else value
        if state not in ("ON", "OFF"):  # no set: it may be a list
            return name, MALFORMED
        return name, Decoded(Door.OPEN if (state == "ON") is on_is_open else Door.CLOSED)
    return name, NO_STATE
