"""config.toml as text: what differs from the defaults, each with a word on it. Reads no file."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gateway.config import TABLES

HEAD = """\
# This gateway, as `doorwatch setup` wrote it. Left out is what has its default; `doorwatch check`
# names each mistake. To change something: here, or by `doorwatch setup` again. Then restart.
"""
_COMMENTS = {
    "gateway.id": "no two gateways may have the same",
    "gateway.country": "of phone numbers without a prefix",
    "gateway.timezone": "in which windows and duty hours are meant",
    "gateway.language": "of texts to people without one of their own",
    "mqtt.password_file": "secret: mode 600, as every file named here",
    "mqtt.ca_file": "who signed the broker's certificate",
    "twilio.auth_token_file": "secret",
    "modem.enabled": "a modem on this machine",
    "web.listen": "the pages",
    "web.public_url": "where the internet reaches us",
    "web.tls_key": "secret",
    "backup.path": "another disk",
    "backup.key_file": "secret; keep a copy elsewhere: without it no backup can be read",
}
_ALWAYS = ("gateway.id",)  # a default that is right for one gateway at most


def lean(tables: Mapping[str, Any], keys: Mapping[str, set[str]]) -> dict[str, Any]:
    """Without those of ``keys`` (by table) that say their default, and tables left empty."""
    found: dict[str, Any] = {}
    for name, table in tables.items():
        kept = {
            key: value
            for key, value in table.items()
            if key not in keys.get(name, ()) or not _is_default(name, key, value)
        }
        if kept:
            found[name] = kept
    return found


def _is_default(name: str, key: str, value: Any) -> bool:
    kind = TABLES[name]
    try:
        read = kind.model_validate({key: value}, context={"base": Path()})
    except ValidationError:
        return False  # a mistake: for `check` to say
    return f"{name}.{key}" not in _ALWAYS and getattr(read, key) == getattr(kind(), key)


def text(tables: Mapping[str, Any]) -> str:
    """The file."""
    return HEAD + "".join(line for name, table in tables.items() for line in _table((name,), table))


def _table(path: tuple[str, ...], table: Mapping[str, Any]) -> Iterator[str]:
    inner = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    if len(inner) < len(table) or not table:
        yield f"\n[{'.'.join(map(_key, path))}]\n"
    for key, value in table.items():
        if key not in inner:
            line = f"{_key(key)} = {_value(value)}"
            comment = _COMMENTS.get(".".join((*path, key)), "")
            yield f"{line:<40} # {comment}\n" if comment else f"{line}\n"
    for key, value in inner.items():
        yield from _table((*path, key), value)


def _key(key: str) -> str:
    bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if bare else _value(key)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, str):  # JSON's escapes are TOML's, but for one character
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    raise TypeError(f"nothing in config.toml is a {type(value).__name__}")
