"""What the values of config.toml say of each other, and of the files that they name.

Places are keys, without the file.
"""

from collections.abc import Iterator
from pathlib import Path

from gateway import secrets
from gateway.alerts import chat_urls
from gateway.config.tables import (
    Backup,
    Ble,
    Channels,
    Config,
    Dialects,
    Mqtt,
    Table,
    Twilio,
    Web,
    chat_name,
)
from gateway.errors import Mistake

SECRET = {
    "mqtt": ("password_file", "key_file"),
    "twilio": ("auth_token_file", "api_key_secret_file"),
    "web": ("tls_key",),
    "backup": ("key_file",),
}
PUBLIC = {"mqtt": ("ca_file", "cert_file"), "web": ("tls_cert",), "rules": ("path",)}
_GIVE = "give a file that can"
_REMEDIES = {"rules": f'{_GIVE}, or path = "" for the rules as shipped'}


def files(name: str, table: Table) -> Iterator[Mistake]:
    """Every file of a table that cannot be read, or that everybody can."""
    for key in PUBLIC.get(name, ()):
        yield from _readable(f"{name}.{key}", getattr(table, key), _REMEDIES.get(name, _GIVE))
    for key in SECRET.get(name, ()):
        file = getattr(table, key)
        if file is not None:
            yield from secrets.mistakes(f"{name}.{key}", file)
    if name == "channels":
        places = {"channels": table}
        places |= {f'channels."{p}"': t for p, t in getattr(table, "prefixes", {}).items()}
        for place, holder in places.items():
            for at, file in enumerate(getattr(holder, "chat", None) or ()):
                found = [*secrets.mistakes(f"{place}.chat[{at}]", file)]
                yield from found or _addresses(f"{place}.chat[{at}]", file)


def within(table: Table) -> Iterator[Mistake]:
    """Every contradiction between the keys of one table."""
    match table:
        case Mqtt():
            yield from _mqtt(table)
        case Dialects():
            yield from _dialects(table)
        case Ble() if table.enabled and not table.adapters:
            yield Mistake("ble.adapters", "is empty", 'write ["hci0"], or set enabled = false')
        case Channels():
            yield from _chat(table)
        case Twilio():
            yield from _twilio(table)
        case Backup() if table.is_wanted and not secrets.is_given("backup", "key", table.key_file):
            remedy = "make a key: doorwatch backup --new-key FILE; keep a copy elsewhere"
            yield Mistake("backup.key_file", "is blank", remedy)
        case Web():
            yield from _pair("web", table, "tls_cert", "tls_key")
        case _:
            return


def across(config: Config) -> Iterator[Mistake]:
    """Every contradiction between tables."""
    if config.mqtt.url is None and not config.ble.enabled:
        yield Mistake("ble.enabled", "nothing is listened to", "enable ble, or give mqtt.url")
    if config.web.listen == config.metrics.listen and config.web.listen.port:
        yield Mistake("metrics.listen", "is the same as web.listen", "give it another port")


def _mqtt(mqtt: Mqtt) -> Iterator[Mistake]:
    if not mqtt.username and secrets.is_given("mqtt", "password", mqtt.password_file):
        yield Mistake("mqtt.username", "is blank, but there is a password", "fill it in")
    if mqtt.url is not None and not mqtt.url.tls:
        for key in ("ca_file", "cert_file", "key_file"):
            if getattr(mqtt, key) is not None:
                yield Mistake(f"mqtt.{key}", "is for mqtts:// only", "write mqtts:// in mqtt.url")
    yield from _pair("mqtt", mqtt, "cert_file", "key_file")


def _dialects(dialects: Dialects) -> Iterator[Mistake]:
    for key in ("json_open", "json_closed"):
        if not getattr(dialects, key):
            yield Mistake(f"dialects.{key}", "is empty", "list what the state says then")
    both = sorted({*dialects.json_open} & {*dialects.json_closed})
    if both:
        yield Mistake("dialects.json_closed", f"{both[0]!r} is open too", "take it out of one")


def _chat(channels: Channels) -> Iterator[Mistake]:
    names = [chat_name(file) for file in channels.chat_files()]
    for name in sorted({name for name in names if names.count(name) > 1}):
        stem = name.removeprefix("chat:")
        yield Mistake("channels.chat", f"two files are called {stem!r}", "rename one of them")


def _addresses(place: str, file: Path) -> Iterator[Mistake]:
    """The lines of a chat file that nobody can use; never what they say."""
    wrong = chat_urls.wrong_lines(file)
    if wrong:
        lines = ", ".join(map(str, wrong))
        remedy = "write NAME = SERVICE://..., or SERVICE://... for people without a group"
        yield Mistake(place, f"{file}: line {lines} is no address", remedy)
    elif not chat_urls.read(file):
        yield Mistake(place, f"{file} has no address", "write NAME = SERVICE://...")


def _twilio(twilio: Twilio) -> Iterator[Mistake]:
    if not twilio.account_sid:
        if any(twilio.model_dump(exclude={"api_base"}).values()):
            yield Mistake("twilio.account_sid", "is blank", "fill it in; it begins with AC")
        return
    if twilio.account_sid.startswith("SK"):
        remedy = "put it into api_key_sid, and the account's, which begins with AC, here"
        yield Mistake("twilio.account_sid", "is an API key", remedy)
    secret = secrets.is_given("twilio", "api_key_secret", twilio.api_key_secret_file)
    if twilio.api_key_sid and not secret:
        remedy = "name the file that holds the key's secret"
        yield Mistake("twilio.api_key_secret_file", "is blank", remedy)
    token = secrets.is_given("twilio", "auth_token", twilio.auth_token_file)
    if not token and not twilio.api_key_sid:
        remedy = "name the file that holds the token, or give an API key"
        yield Mistake("twilio.auth_token_file", "is blank", remedy)
    if not twilio.from_number and not twilio.messaging_service_sid:
        remedy = "give it, or messaging_service_sid"
        yield Mistake("twilio.from_number", "is blank", remedy)


def _pair(name: str, table: Table, first: str, second: str) -> Iterator[Mistake]:
    given = [key for key in (first, second) if getattr(table, key) is not None]
    if len(given) == 1:
        blank = second if given == [first] else first
        yield Mistake(f"{name}.{blank}", f"is blank, but {given[0]} is not", "give both or neither")


def _readable(place: str, file: Path | None, remedy: str) -> Iterator[Mistake]:
    if file is None:
        return
    try:
        with file.open("rb"):
            pass
    except OSError as error:
        yield Mistake(place, f"{file} cannot be read: {error.strerror}", remedy)
