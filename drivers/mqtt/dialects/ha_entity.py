"""One door as Home Assistant's discovery describes it, long keys or short ones.

Source: https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery and
https://www.home-assistant.io/integrations/binary_sensor.mqtt/. Templates are a language; read are
the forms that senders of contacts use: ``{{ value }}``, ``{{ value_json.a.b }}``,
``{{ value_json['a'] }}``, with or without ``| is_defined``. Whoever has another is left out: a
door that is misread is worse than one that must be set up by hand.
"""

import re
from typing import Any, Final, NamedTuple

from drivers.mqtt.dialects.values import json_object

DOORS: Final = {"door", "window", "opening", "garage_door"}
_LONG: Final = {
    "avty": "availability",
    "avty_t": "availability_topic",
    "avty_tpl": "availability_template",
    "cmps": "components",
    "dev_cla": "device_class",
    "exp_aft": "expire_after",
    "obj_id": "object_id",
    "p": "platform",
    "pl_avail": "payload_available",
    "pl_not_avail": "payload_not_available",
    "pl_off": "payload_off",
    "pl_on": "payload_on",
    "stat_t": "state_topic",
    "t": "topic",
    "uniq_id": "unique_id",
    "val_tpl": "value_template",
}
_TEMPLATE: Final = re.compile(
    r"""\{\{-?\s*(?:value|value_json(?P<path>(?:\.\w+|\[\s*(?:'[^']*'|"[^"]*")\s*\])+))"""
    r"""\s*(?:\|\s*is_defined\s*)?-?\}\}"""
)
_STEP: Final = re.compile(r"""\.(\w+)|\[\s*'([^']*)'\s*\]|\[\s*"([^"]*)"\s*\]""")

Path = tuple[str, ...] | None
"""Keys of a JSON object, outermost first; None: the payload as it is."""


class Availability(NamedTuple):
    topic: str
    path: Path
    here: str
    gone: str


class Entity(NamedTuple):
    address: str
    object_id: str
    name: str
    state_topic: str
    path: Path
    on: str  # open
    off: str
    expire_after: float  # s; 0: never
    availability: tuple[Availability, ...]


class _Unreadable(Exception):
    """A template beyond those that we read."""


def entities_of(payload: bytes, object_id: str, *, device: bool) -> tuple[Entity, ...]:
    """The doors among what a ``config`` describes: one entity, or a device's several."""
    said = json_object(payload)
    if said is None:
        return ()
    config = _spelled_out(said)
    if not device:
        return tuple(filter(None, [_entity(config, object_id)]))
    components = config.pop("components", None)
    if not isinstance(components, dict):
        return ()
    found = []
    for name, own in components.items():
        if isinstance(own, dict):
            each = _spelled_out({**config, **_spelled_out(own)})
            if each.get("platform") == "binary_sensor":
                found.append(_entity(each, name))
    return tuple(filter(None, found))


def picked(path: Path, payload: bytes) -> str | None:
    """The value as a template would write it out; None: it is not there."""
    if path is None:
        return payload.decode("utf-8", "replace")
    value: Any = json_object(payload)
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    return _text(value)


def _text(value: object) -> str:
    """JSON's ``true`` is ``True`` in a template, and in ``payload_on``."""
    return value if isinstance(value, str) else str(value)


def _spelled_out(said: dict[str, Any]) -> dict[str, Any]:
    config = {_LONG.get(key, key): value for key, value in said.items()}
    base = config.get("~")
    if isinstance(base, str):
        for key, value in config.items():
            if key.endswith("topic") and isinstance(value, str):
                config[key] = _based(value, base)
    return config


def _based(topic: str, base: str) -> str:
    if topic.startswith("~"):
        return base + topic[1:]
    return topic[:-1] + base if topic.endswith("~") else topic


def _entity(config: dict[str, Any], object_id: str) -> Entity | None:
    topic, kind = config.get("state_topic"), config.get("device_class")
    if not (isinstance(topic, str) and topic and isinstance(kind, str) and kind in DOORS):
        return None
    if "#" in topic or topic == "+":
        return None
    unique, name = config.get("unique_id"), config.get("name")
    try:
        return Entity(
            address=unique if isinstance(unique, str) and unique else object_id,
            object_id=object_id,
            name=name if isinstance(name, str) else "",
            state_topic=topic,
            path=_path(config.get("value_template")),
            on=_text(config.get("payload_on", "ON")),
            off=_text(config.get("payload_off", "OFF")),
            expire_after=_seconds(config.get("expire_after")),
            availability=tuple(_availability(config)),
        )
    except _Unreadable:
        return None


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(value) if 0 < value < 1e9 else 0.0


def _availability(config: dict[str, Any]) -> list[Availability]:
    """One topic with its payloads beside it, or a list of such."""
    several = config.get("availability")
    if isinstance(several, dict):
        several = [several]
    found = []
    for each in several if isinstance(several, list) else [config]:
        if not isinstance(each, dict):
            continue
        own = {_LONG.get(key, key): value for key, value in each.items()}
        topic = own.get("availability_topic" if each is config else "topic")
        if not isinstance(topic, str) or not topic or "#" in topic or "+" in topic:
            continue
        if isinstance(base := config.get("~"), str):
            topic = _based(topic, base)
        template = own.get("availability_template" if each is config else "value_template")
        try:
            path = _path(template)
        except _Unreadable:
            continue  # its states can still be read
        here, gone = own.get("payload_available"), own.get("payload_not_available")
        here, gone = _text(here or "online"), _text(gone or "offline")
        found.append(Availability(topic, path, here, gone))
    return found


def _path(template: object) -> Path:
    if template is None or template == "":
        return None
    found = _TEMPLATE.fullmatch(template.strip()) if isinstance(template, str) else None
    if found is None:
        raise _Unreadable
    if found["path"] is None:
        return None
    return tuple("".join(groups) for groups in _STEP.findall(found["path"]))
