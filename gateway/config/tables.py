"""config.toml as the gateway uses it: every key, its type and its default. Frozen once read.

Blank text means "none". Paths are taken beside the file. What the values may be is in
``gateway.config.values``; what they say of each other and of files, in ``gateway.config.checks``.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from gateway import addresses
from gateway.config import values
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


class Dialects(Table):
    """Where and how this site's senders speak on the broker, if not as they come."""

    zigbee2mqtt_prefix: values.Prefix = "zigbee2mqtt"  # its base_topic
    theengs_prefix: values.Prefix = "home"
    homeassistant_prefix: values.Prefix = "homeassistant"  # its discovery prefix
    tasmota_telemetry_prefix: values.Prefix = "tele"  # Prefix3
    tasmota_status_prefix: values.Prefix = "stat"  # Prefix2
    tasmota_off_is_open: values.Texts = ()  # addresses wired the other way round; "#": all
    esphome_prefix: values.AnyPrefix = ""  # levels before the nodes' names; blank: none
    json_prefix: values.Prefix = "doors"
    # Where plain JSON has its values: keys from the outside in, with dots between.
    json_sensor_id: values.Key = "sensor_id"
    json_state: values.Key = "state"
    json_at: values.Key = "at"
    json_battery: values.Key = "battery"
    json_seq: values.Key = "seq"
    json_open: values.Words = ("open",)  # what the state says of an open door, in any case
    json_closed: values.Words = ("closed",)


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


def chat_name(file: Path) -> str:
    """The name by which a file of chat addresses is a provider."""
    return f"chat:{file.stem}"


class Channels(Table):
    """Which providers serve a kind, in order; chat: files of addresses, each a provider."""

    sms: Providers = ("twilio",)
    voice: Providers = ("twilio",)
    chat: values.Files = ()
    prefixes: dict[str, Prefix] = Field(default_factory=lambda: dict(MAINLAND))

    def providers(self, kind: Channel, phone: str) -> tuple[str, ...]:
        """Who serves ``kind`` for an E.164 number, in order; the longest prefix decides."""
        fitting = sorted((p for p in self.prefixes if phone.startswith(p)), key=len, reverse=True)
        for table in (*(self.prefixes[prefix] for prefix in fitting), self):
            found: tuple[str | Path, ...] | None = getattr(table, kind.value)
            if found is not None:
                return tuple(chat_name(one) if isinstance(one, Path) else one for one in found)
        return ()

    def chat_files(self) -> tuple[Path, ...]:
        """Every file of chat addresses that is named for anybody, once."""
        others = (table.chat or () for table in self.prefixes.values())
        return tuple(dict.fromkeys(file for files in (self.chat, *others) for file in files))


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


class Modem(Table):
    """A modem on this machine, by ModemManager."""

    enabled: bool = False
    device: str = ""  # IMEI, device or port; blank: the best there is


class Web(Table):
    listen: values.Listen = addresses.Listen("127.0.0.1", 8080)
    tls_cert: values.File = None
    tls_key: values.File = None
    public_url: values.Web = None  # None: poll, no links, no keypad


class Metrics(Table):
    listen: values.Listen = addresses.Listen("127.0.0.1", 10911)
    ping_url: values.Web = None  # None: nobody listens for our sign of life


class Platform(Table):
    url: values.Platform = None


class Privacy(Table):
    purge_days: Annotated[int, Field(ge=1, le=3650)] = 14


class Backup(Table):
    """Sealed copies of everything, off this machine."""

    path: values.File = None  # a folder
    command: values.Texts = ()  # takes one away; {file} and {name} stand for it
    key_file: values.File = None
    every_hours: Annotated[int, Field(ge=1, le=168)] = 24
    keep: Annotated[int, Field(ge=1, le=1000)] = 14  # in ``path``

    @property
    def is_wanted(self) -> bool:
        """Whether there is anywhere to bring one."""
        return self.path is not None or bool(self.command)


class Residents(Table):
    """What a household's own page says besides its record."""

    hotlines: values.Texts = ()  # "东关社区 0571-88880000"; the country's emergency numbers follow


class Drill(Table):
    """A drill of every grid each month, one after the other."""

    day: Annotated[int, Field(ge=0, le=28)] = 0  # of the month; 0: none
    at: values.Time = 10 * 60


class Config(Table):
    """The whole file."""

    gateway: Gateway = Gateway()
    store: Store = Store()
    rules: RulesTable = RulesTable()
    mqtt: Mqtt = Mqtt()
    dialects: Dialects = Dialects()
    ble: Ble = Ble()
    channels: Channels = Channels()
    twilio: Twilio = Twilio()
    modem: Modem = Modem()
    web: Web = Web()
    metrics: Metrics = Metrics()
    platform: Platform = Platform()
    privacy: Privacy = Privacy()
    backup: Backup = Backup()
    drill: Drill = Drill()
    residents: Residents = Residents()
