"""The ways in and out, as ``doctor`` tries them: broker and provider."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from drivers.mqtt.dial import dial, explain
from gateway import secrets
from gateway.config import Config
from gateway.documents import document
from gateway.sources import settings_of

if TYPE_CHECKING:
    from drivers.mqtt.settings import MqttSettings

PATIENCE_S = 10.0  # whoever answers later than this would make every alarm late

_PROVIDER = {
    "auth": "mend twilio.account_sid and the token or API key; doorwatch check says what is there",
    "account": "look at the account in the provider's console: suspended, closed or out of money",
    "no_connection": "mend the network, or twilio.api_base; try: curl -sI https://api.twilio.com",
    "timeout": "mend the network; try: curl -sI https://api.twilio.com",
}
_WAYS = document("docs/ways.md")
_NO_PROVIDER = (
    "doorwatch setup asks for one; or write into config.toml [twilio] account_sid, from_number and"
    f" auth_token_file, or for a modem here [modem] enabled = true: {_WAYS}"
)

# As docs/install.md has it: the same user, with what systemd hands to the service.
_AS_SERVICE = (
    "sudo systemd-run -qPG -p User=doorwatch"
    f" -p LoadCredential=mqtt:{secrets.KEPT}/mqtt -p LoadCredential=twilio:{secrets.KEPT}/twilio"
    " doorwatch doctor"
)

UNIT = Path("/lib/systemd/system/doorwatch.service")  # the package's


class Finding(NamedTuple):
    """One part: how it is, and what mends it."""

    part: str
    ok: bool
    said: str
    remedy: str | None = None


def _is_services(table: str, key: str, file: Path | None) -> bool:
    """Whether there is such a secret, but not for us."""
    given = file is None and secrets.is_given(table, key, None)
    return given and secrets.find(table, key, None) is None


def _to_read(table: str, key: str) -> str:
    """How one gets at a secret that is kept for the service; from the sources there is none."""
    if UNIT.exists():
        return _AS_SERVICE
    return (
        f'sudo install -m 600 -o "$USER" {secrets.KEPT}/{table}/{key} FILE,'
        f" and {key}_file for it under [{table}] in config.toml"
    )


async def broker(config: Config) -> Finding:
    """Connects as somebody else: with the gateway's own client id it would be thrown out."""
    url = config.mqtt.url
    assert url is not None
    part = f"broker {url.host}:{url.port}"
    mqtt = config.mqtt
    if mqtt.username and _is_services("mqtt", "password", mqtt.password_file):
        said = "only the service may read the password"
        return Finding(part, False, said, _to_read("mqtt", "password"))
    try:
        settings = settings_of(config)
    except OSError as error:
        return Finding(part, False, f"the password cannot be read: {error.strerror}", str(error))
    try:
        (await dial(settings)).close()
    except (OSError, ValueError) as error:
        if url.embedded:
            return Finding(part, True, "in process: it is there while the gateway runs")
        remedy = f"mend mqtt.url, or start the broker on {url.host}: systemctl start mosquitto"
        return Finding(part, False, explain(error), remedy)
    refused = await asyncio.to_thread(_greet, settings)
    if refused:
        return Finding(part, False, refused, "mend mqtt.username and mqtt.password_file")
    return Finding(part, True, "lets us in")


def _greet(settings: "MqttSettings") -> str:
    """Why the broker does not let us in; empty when it does. Blocks; leaves no session."""
    import queue  # noqa: PLC0415

    from paho.mqtt import client as mqtt  # noqa: PLC0415
    from paho.mqtt.enums import CallbackAPIVersion  # noqa: PLC0415

    answers: queue.Queue[str] = queue.Queue()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, f"{settings.client_id}-doctor-{os.getpid()}")
    if settings.username:
        client.username_pw_set(settings.username, settings.password or None)
    if settings.tls:
        client.tls_set(
            settings.ca_file or None, settings.cert_file or None, settings.key_file or None
        )
    client.on_connect = lambda c, u, f, reason, p: answers.put(
        f"it refuses us: {reason}" if reason.is_failure else ""
    )
    client.connect_timeout = PATIENCE_S
    try:
        client.connect(settings.host, settings.port, settings.keepalive)
        client.loop_start()
        return answers.get(timeout=PATIENCE_S)
    except queue.Empty:
        return "it does not answer: is it an MQTT broker?"
    except OSError as error:
        return explain(error)
    finally:
        client.disconnect()
        client.loop_stop()


async def provider(config: Config) -> Finding:
    """Asks the provider's own list for what came in just now: nothing is sent."""
    from gateway.alerting import providers_of  # noqa: PLC0415
    from gateway.alerts.errors import ProviderError  # noqa: PLC0415
    from gateway.clock import SystemClock  # noqa: PLC0415

    twilio = config.twilio
    secret = ("auth_token", twilio.auth_token_file)
    if twilio.api_key_sid:
        secret = ("api_key_secret", twilio.api_key_secret_file)
    if twilio.is_named and _is_services("twilio", *secret):
        said = f"only the service may read the {secret[0].replace('_', ' ')}"
        return Finding("provider twilio", False, said, _to_read("twilio", secret[0]))
    try:
        found = providers_of(config)
    except OSError as error:
        return Finding("provider", False, f"its secret cannot be read: {error}", "chmod 600 it")
    if found.pop("modem", None) is not None and not found:
        return Finding("provider", True, "none but the modem")  # which has a line of its own
    if not found:
        return Finding("provider", False, "none is set up: nobody would be told", _NO_PROVIDER)
    for name, one in found.items():
        part = f"provider {name}"
        try:
            async with asyncio.timeout(3 * PATIENCE_S):
                await one.replies(SystemClock().now())
        except TimeoutError:
            return Finding(part, False, "no answer in time", _PROVIDER["timeout"])
        except ProviderError as error:
            remedy = _PROVIDER.get(error.reason.value, "try again; its status page may say more")
            if name.startswith("chat:"):
                remedy = f"mend that line of its file; {_WAYS} has examples"
            return Finding(part, False, str(error), remedy)
        finally:
            await one.close()
    return Finding(f"provider {', '.join(found)}", True, "knows us")
