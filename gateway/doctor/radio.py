"""The radios, as ``doctor`` sees them: what bluetoothd says, and what a running gateway says.

Starts no scan: a gateway may be scanning.
"""

import asyncio
import time
from typing import TYPE_CHECKING

from drivers.ble.errors import Trouble
from gateway import running
from gateway.config import Config
from gateway.doctor.ways import PATIENCE_S, Finding
from gateway.radio_metrics import LAST_PACKET, PACKETS, RESTARTS, TROUBLE
from gateway.running import Running

if TYPE_CHECKING:
    from drivers.ble.watch import RadioState

_REPLUG = "unplug it and plug it in again; one on the board itself: sudo reboot"
_AGAIN = "sudo systemctl restart bluetooth; journalctl -u bluetooth -n 50 says more"
_TROUBLE = {
    Trouble.NO_BUS: ("D-Bus cannot be reached", "sudo apt-get install -y dbus bluez"),
    Trouble.NO_BLUETOOTHD: (
        "bluetoothd does not run",
        "sudo apt-get install -y bluez && sudo systemctl enable --now bluetooth",
    ),
    Trouble.NO_ADAPTER: (
        "there is no such adapter",
        "plug it in, or mend ble.adapters; see: bluetoothctl list",
    ),
    Trouble.POWERED_OFF: (
        "it is off",
        "sudo rfkill unblock bluetooth && bluetoothctl power on",
    ),
    Trouble.REFUSED: ("bluetoothd refuses to scan", _AGAIN),
    Trouble.DISCOVERY_STOPPED: (
        "somebody ended the scan",
        "end what else scans: bluetoothctl scan off",
    ),
    Trouble.QUIET: ("nothing is heard", _AGAIN),
    Trouble.DEAF: ("nothing is heard, not even strangers' devices", _REPLUG),
}
_PASSIVE = (
    'add --experimental to ExecStart (sudo systemctl edit bluetooth), or set ble.mode = "active"'
)


async def radios(config: Config) -> list[Finding]:
    """One finding an adapter: present, powered, scanning, last packet, restarts."""
    if not config.ble.enabled:
        return []
    ours = await running.look(config)
    states = await asyncio.gather(*map(_state, config.ble.adapters))
    return [
        examine(adapter, state, ours, passive=config.ble.mode == "passive")
        for adapter, state in zip(config.ble.adapters, states, strict=True)
    ]


async def _state(adapter: str) -> "RadioState | None":
    """None: D-Bus cannot be reached."""
    from drivers.ble.watch import Watch  # noqa: PLC0415

    watch = Watch(adapter, lambda: None)
    try:
        await asyncio.wait_for(watch.open(), PATIENCE_S)
        return watch.state
    except Exception:  # no socket, refused, not authorised: all mean the same
        return None
    finally:
        await watch.close()


def examine(
    adapter: str, state: "RadioState | None", ours: Running | None, *, passive: bool
) -> Finding:
    """What of it there is to say, and the remedy of the first fault."""
    part = f"radio {adapter}"
    said = f"{_bluez(state)}; {_gateway(adapter, ours)}"
    trouble = _fault(state) or _trouble_of(adapter, ours)
    if trouble is None:
        return Finding(part, True, said)
    what, remedy = _TROUBLE[trouble]
    if trouble is Trouble.REFUSED and passive:
        remedy = _PASSIVE
    return Finding(part, False, f"{what} ({said})", remedy)


def _fault(state: "RadioState | None") -> Trouble | None:
    if state is None:
        return Trouble.NO_BUS
    if not state.owner:
        return Trouble.NO_BLUETOOTHD
    if not state.present:
        return Trouble.NO_ADAPTER
    return None if state.powered else Trouble.POWERED_OFF


def _bluez(state: "RadioState | None") -> str:
    if state is None or not state.owner:
        return "nothing known of the adapter"
    if not state.present:
        return "absent"
    powered = "powered" if state.powered else "not powered"
    return f"present, {powered}, {'scanning' if state.discovering else 'no active scan'}"


def _trouble_of(adapter: str, ours: Running | None) -> Trouble | None:
    """The gateway's own, where bluetoothd sees nothing wrong."""
    if ours is None:
        return None
    reasons = ours.values(TROUBLE, "reason", adapter=adapter)
    return next((Trouble(reason) for reason, is_so in reasons.items() if is_so), None)


def _gateway(adapter: str, ours: Running | None) -> str:
    if ours is None:
        return "no gateway runs: last packet and restarts are not known"
    last = ours.value(LAST_PACKET, adapter=adapter)
    if last is None:
        return "the gateway that runs does not use it: restart it"
    heard = f"last packet {_ago(time.time() - last)}" if last else "no sensor's packet yet"
    packets = ours.value(f"{PACKETS}_total", adapter=adapter) or 0
    counts = ours.values(f"{RESTARTS}_total", "reason", adapter=adapter)
    reasons = ", ".join(f"{reason} {n:.0f}" for reason, n in counts.items() if n)
    restarts = f"{sum(counts.values()):.0f} restarts" + (f" ({reasons})" if reasons else "")
    return f"{heard}, {packets:.0f} packets of anybody, {restarts}"


def _ago(seconds: float) -> str:
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{max(seconds, 0):.0f} s ago"
