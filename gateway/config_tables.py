"""config.toml as the gateway uses it: every key, its type and its default. Frozen once read.

Blank text means "none". Paths are taken beside the file. What the values may be is in
``gateway.config_values``; what they say of each other and of files, in ``gateway.config_checks``.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from gateway import addresses
from gateway import config_values as values
from rules.model import Channel

Provider = Literal["twilio", "modem"]
Providers = Annotated[tuple[Provider, ...], Field(strict=False)]


class Table(BaseModel):
    """A table of the file: nothing unknown, nothing converted, never changed."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Gateway(Table):
    id: Annotated[str, Field(min_length=1)] = "gw-03"
    country: values.Country = "CN"
    timezone: values.Zone = ZoneInfo("Asia/Shanghai")
    language: Literal["zh", "en"] = "zh"


class Store(Table):
    path: values.Here = Path("/var/lib/doorwatch/doorwatch.db")


class RulesTable(Table):
    path: values.File = None  # None: the built-in defaults


class Mqtt(Table):
    url: values.Broker = addresses.Broker("127.0.0.1", 1883)  # None: no broker, radio only
    username: str = ""
    password_file: values.File = None
    ca_file: values.File = None
    cert_file: values.File = None
    key_file: values.File = None


class Ble(Table):
    enabled: bool = True
    adapters: values.Adapters = ("hci0",)
    mode: Literal["active", "passive"] = "active"


class Prefix(Table):
    """Where a country prefix differs; None: as everywhere."""

    sms: Providers | None = None
    voice: Providers | None = None
    chat: values.Files | None = None


# Foreign texts to mainland numbers are capped and cannot be answered: a local modem goes first.
MAINLAND: Mapping[str, Prefix] = {"+86": Prefix(sms=("modem", "twilio"))}


class Channels(Table):
    """Which providers serve a kind, in order; chat: files that hold an apprise URL."""

    sms: Providers = ("twilio",)
    voice: Providers = ("twilio",)
    chat: values.Files = ()
    prefixes: dict[str, Prefix] = Field(default_factory=lambda: dict(MAINLAND))

    def providers(self, kind: Channel, phone: str) -> tuple[str | Path, ...]:
        """Who serves ``kind`` for an E.164 number, in order; the longest prefix decides."""
        fitting = sorted((p for p in self.prefixes if phone.startswith(p)), key=len, reverse=True)
        for table in (*(self.prefixes[prefix] for prefix in fitting), self):
            found: tuple[str | Path, ...] | None = getattr(table, kind.value)
            if found is not None:
                return found
        return ()


class Twilio(Table):
    account_sid: str = ""
    auth_token_file: values.File = None
    api_key_sid: str = ""
    api_key_secret_file: values.File = None
    from_number: values.Number = None
    messaging_service_sid: str = ""
    api_base: values.Web = None

    @property
    def is_named(self) -> bool:
        """Whether the account is there at all; without it Twilio is no provider."""
        return bool(self.account_sid)


class Web(Table):
    listen: values.Listen = addresses.Listen("127.0.0.1", 8080)
    tls_cert: values.File = None
    tls_key: values.File = None
    public_url: values.Web = None  # None: poll, no links, no keypad


class Metrics(Table):
    listen: values.Listen = addresses.Listen("127.0.0.1", 10911)


class Platform(Table):
    url: values.Platform = None


class Privacy(Table):
    purge_days: Annotated[int, Field(ge=1, le=3650)] = 14


class Config(Table):
    """The whole file."""

    gateway: Gateway = Gateway()
    store: Store = Store()
    rules: RulesTable = RulesTable()
    mqtt: Mqtt = Mqtt()
    ble: Ble = Ble()
    channels: Channels = Channels()
    twilio: Twilio = Twilio()
    web: Web = Web()
    metrics: Metrics = Metrics()
    platform: Platform = Platform()
    privacy: Privacy = Privacy()
