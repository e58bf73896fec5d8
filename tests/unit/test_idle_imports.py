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
    "twilio": "14 MB: with the first question to the provider, and not on the loop",
    "amqtt": "a broker in process",
    "rich": "commands that print tables",
    "httpx": "only tests have it",
}


def test_the_daemon_loads_what_it_needs() -> None:
    told = "import sys, gateway.cli.run, gateway.daemon; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert not HEAVY.keys() & set(done.stdout.split())
