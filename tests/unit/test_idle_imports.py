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


def test_of_the_providers_client_only_what_asks() -> None:
    """Its classes for every resource are 7 MB more, and most of the time of a first text."""
    told = "import sys, gateway.alerts.twilio_lanes; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "twilio.rest" in loaded
    assert not [name for name in loaded if name.startswith("twilio.rest.api.v2010.account")]
