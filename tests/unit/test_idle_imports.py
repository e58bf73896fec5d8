"""What the daemon does not load at its start: each costs megabytes, and few sites need it then."""

import subprocess
import sys

HEAVY = {
    "apprise": "chat services, 13 MB: with the first chat text",
    "cryptography": "7 MB: with the first encrypted radio packet",
    "bleak": "4 MB with D-Bus: where a radio is enabled",
    "dbus_fast": "the same, and a modem",
    "openpyxl": "5 MB: a workbook is read or written",
    "segno": "a code to be scanned is drawn",
    "twilio": "6 MB: with the first question to the provider, and not on the loop",
    "amqtt": "a broker in process",
    "rich": "commands that print tables",
    "httpx": "only tests have it",
}


def test_the_daemon_loads_what_it_needs() -> None:
    told = "import sys, gateway.cli.run, gateway.daemon; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert not HEAVY.keys() & set(done.stdout.split())


ASKS = """
import asyncio, sys
from gateway.alerts.errors import ProviderError
from gateway.alerts.provider import Outgoing
from gateway.alerts.twilio import TwilioAccount, TwilioProvider
from rules.model import Channel

async def ask():
    account = TwilioAccount("AC1", "token", from_number="+8521", api_base="http://127.0.0.1:1")
    try:
        await TwilioProvider(account).send(Outgoing(1, Channel.SMS, "+8522", "text", "zh"))
    except ProviderError as error:  # nobody listens there
        print(error.reason.value)

asyncio.run(ask())
print(*sys.modules)
"""


def test_of_the_providers_client_only_what_asks() -> None:
    """Its classes for every resource are 7 MB more, and most of the time of a first text."""
    done = subprocess.run([sys.executable, "-c", ASKS], capture_output=True, text=True, check=True)
    reason, *loaded = done.stdout.split()
    assert reason == "no_connection"
    assert "twilio.rest" in loaded
    assert not [name for name in loaded if name.startswith("twilio.rest.api.v2010.account")]
