"""What the values of config.toml may be: text to zones, addresses, paths, numbers, or a mistake.

Blank text means "none" and becomes None, except where it stays text. Looks at no file.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, InstanceOf, ValidationInfo
from pydantic_core import PydanticCustomError

from gateway import addresses
from gateway.ledger.clocks import Unreadable, parse_time


def wrong(what: str, remedy: str) -> PydanticCustomError:
    """A mistake that says itself what is wrong and how to mend it."""
    return PydanticCustomError("mistake", "{what}", {"what": what, "remedy": remedy})


def _reads(parse: Callable[[str], Any], remedy: str) -> BeforeValidator:
    """Text by ``parse``, blank text as None; what is not text is left for its type to refuse."""

    def read(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return parse(value) if value else None
        except ValueError as error:
            raise wrong(str(error), remedy) from None

    return BeforeValidator(read)


def _beside(value: Any, info: ValidationInfo) -> Any:
    """A path, taken from the folder of the file."""
    if not isinstance(value, str):
        return value
    base: Path = (info.context or {}).get("base", Path())
    return base / value if value else None


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (LookupError, ValueError, OSError):
        raise ValueError(f"there is no time zone {text!r}") from None


def _country(text: str) -> str:
    import phonenumbers  # noqa: PLC0415 - large, and only here

    if text not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"there is no country {text!r}")
    return text


def _time(text: str) -> int:
    try:
        return parse_time(text)
    except Unreadable as error:
        raise ValueError(error.what) from None


def _adapter(text: str) -> str:
    if not (text.startswith("hci") and text[3:].isdigit()):
        raise ValueError(f"{text!r} is no Bluetooth adapter")
    return text


def _number(text: str) -> str:
    digits = text.removeprefix("+")
    # E.164: at most 15 digits; no country has fewer than 7 with its code.
    if digits == text or not (digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 15):
        raise ValueError(f"{text!r} is no full phone number")
    return text


def _platform(text: str) -> str:
    return addresses.web(text, ("https", "http", "mqtts", "mqtt"))


def _prefix(text: str) -> str:
    if not text.strip("/") or text != text.strip("/") or set(text) & set("+#\0"):
        raise ValueError(f"{text!r} is no beginning of topics")
    return text


def _prefix_if_any(text: str) -> str:
    try:
        return _prefix(text) if text else ""
    except ValueError as error:
        raise wrong(str(error), _PREFIXES) from None


_HOSTS = "write 127.0.0.1:8080, or 0.0.0.0:8080 for everybody"
_BROKERS = "write mqtt://HOST:1883, mqtts://HOST:8883 or embedded://127.0.0.1:1883"

Zone = Annotated[InstanceOf[ZoneInfo], _reads(_zone, "write it as Asia/Shanghai")]
Country = Annotated[str, _reads(_country, "write its two capital letters, as CN")]
File = Annotated[Path | None, BeforeValidator(_beside)]
Here = Annotated[Path, BeforeValidator(_beside)]
Files = Annotated[tuple[Here, ...], Field(strict=False)]
Broker = Annotated[InstanceOf[addresses.Broker] | None, _reads(addresses.broker, _BROKERS)]
Listen = Annotated[InstanceOf[addresses.Listen], _reads(addresses.listen, _HOSTS)]
Web = Annotated[str | None, _reads(addresses.web, "write https://HOST")]
Platform = Annotated[
    str | None, _reads(_platform, "write https://HOST/PATH or mqtts://HOST:8883/TOPIC")
]
Time = Annotated[int, _reads(_time, "write it as 10:00")]  # minute of the local day
Adapter = Annotated[str, _reads(_adapter, "write hci0, hci1 ...")]
Adapters = Annotated[tuple[Adapter, ...], Field(strict=False)]
_PREFIXES = "write it without + or #, and without a slash at its ends, as zigbee2mqtt"
Prefix = Annotated[str, _reads(_prefix, _PREFIXES)]
AnyPrefix = Annotated[str, AfterValidator(_prefix_if_any)]
Key = Annotated[str, Field(min_length=1)]
Texts = Annotated[tuple[str, ...], Field(strict=False)]
Word = Annotated[str, Field(min_length=1), AfterValidator(str.lower)]
Words = Annotated[tuple[Word, ...], Field(strict=False)]
Number = Annotated[str | None, _reads(_number, "write it as +14155550100")]
