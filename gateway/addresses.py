"""Addresses that a configuration names: where to listen, which broker, which web address. Pure.

Each raises ``ValueError`` with what is wrong.
"""

from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

PORTS = {"mqtt": 1883, "mqtts": 8883, "embedded": 1883}  # as registered with IANA


class Listen(NamedTuple):
    """Where a server listens. Port 0: any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Broker(NamedTuple):
    """Which broker: over TLS, or one in this process."""

    host: str
    port: int
    tls: bool = False
    embedded: bool = False

    def __str__(self) -> str:
        scheme = "embedded" if self.embedded else "mqtts" if self.tls else "mqtt"
        return f"{scheme}://{Listen(self.host, self.port)}"


def listen(text: str) -> Listen:
    """``HOST:PORT`` or ``[IPv6]:PORT``."""
    try:
        parts = _split(f"//{text}")
    except ValueError:
        raise ValueError(f"{text!r} is not HOST:PORT") from None
    if not parts.hostname or parts.port is None or parts.netloc != text or "@" in text:
        raise ValueError(f"{text!r} is not HOST:PORT")
    return Listen(parts.hostname, parts.port)


def broker(text: str) -> Broker:
    """``mqtt://HOST[:PORT]``, ``mqtts://`` or ``embedded://``."""
    parts = _split(text)
    if parts.scheme not in PORTS:
        raise ValueError(f"{text!r} is no broker's address")
    if "@" in parts.netloc:
        raise ValueError("holds a user or password, which belong in username and password_file")
    if not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError(f"{text!r} is no broker's address")
    port = PORTS[parts.scheme] if parts.port is None else parts.port
    return Broker(parts.hostname, port, parts.scheme == "mqtts", parts.scheme == "embedded")


def web(text: str, schemes: tuple[str, ...] = ("https", "http")) -> str:
    """An address with one of the schemes, without a slash at its end."""
    parts = _split(text)
    if parts.scheme not in schemes or not parts.hostname:
        raise ValueError(f"{text!r} does not begin with {' or '.join(f'{s}://' for s in schemes)}")
    return text.rstrip("/")


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise ValueError(f"{text!r} is no address: {error}") from None
    return parts
