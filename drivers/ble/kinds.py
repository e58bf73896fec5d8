"""What each kind of Bluetooth door sensor can be relied on for between two openings. Data only.

Two questions that the rules ask and no packet answers:

- After how much silence is it gone? ``supervision_minutes``; None means unsupervised: it sends
  nothing while nobody moves the door, so silence proves nothing and must not look like health.
- Does its counter move by door events alone? Only then is a jump evidence that the door was
  opened unheard. Wherever anything else moves it, or nobody knows, the answer is False: True by
  mistake accuses a resident who never left. That leaves none of today's kinds; a jump is shown
  as "possible", and the evidence is the state itself (stored closed, found open).
"""

from typing import Final, NamedTuple


class Kind(NamedTuple):
    """One model, or with ``model`` empty what is assumed when only the protocol is known."""

    protocol: str  # as in the ledger
    model: str
    supervision_minutes: int | None  # None: unsupervised
    counter_moves_by_door_only: bool
    source: str  # where both answers come from


KINDS: Final[tuple[Kind, ...]] = (
    Kind(
        "bthome",
        "",
        None,
        False,
        "as Shelly SBDW-002C, the one mostly sold; the format leaves interval and packet id "
        "to the sender. Home-made ones that repeat: set supervision_minutes per sensor",
    ),
    Kind(
        "bthome",
        "Shelly BLU Door/Window SBDW-002C",
        None,
        False,
        "shelly-api-docs docs-ble/Devices/dw: sends at an opening or closing, two seconds "
        "later the angle, at a button press; periodically only when beacon mode was switched "
        "on. home-assistant/core#95892: the packet id moves with every beacon",
    ),
    Kind(
        "bthome",
        "Shelly BLU Door/Window ZB SBDW-103C",
        30,
        False,
        "shelly-api-docs docs-ble/Devices/BLU_ZB/dw_ZB: beacon every 60 s, so 30 min are "
        "30 missed ones; also sends when the angle settles and at a button press",
    ),
    Kind(
        "xiaomi",
        "",
        None,
        False,
        "the least of the models below",
    ),
    Kind(
        "xiaomi",
        "Xiaomi MCCGQ02HL",
        None,
        False,
        "home-assistant/core#87654: silent after 30 min without movement. "
        "AlexxIT/XiaomiGateway3#19, #49: light and battery take numbers too, 215 open was "
        "followed by 218 closed; core#106713: so does 'not closed in time'",
    ),
    Kind(
        "xiaomi",
        "Qingping CGH1 in Mi mode",
        None,
        False,
        "home-assistant/core#87654: silent after 30 min without movement. "
        "custom-components/ble_monitor#284: battery and 'open for a minute' are events too",
    ),
    Kind(
        "xiaomi",
        "Linptech MS1BB(MI)",
        None,
        False,
        "Bluetooth-Devices/xiaomi-ble#338: hardly sends while idle. Its test packets: a button "
        "press (0x4A13) has a number between two door events",
    ),
    Kind(
        "xiaomi",
        "MC-COMM (zhiee.magnet.mc01)",
        None,
        False,
        "xiaomi-ble lists it among the models that sleep; nothing known of its counter",
    ),
    Kind(
        "switchbot",
        "",
        30,
        False,
        "SwitchBotAPI-BLE contactsensor.md: 'd' is the constant advertising mode, so 30 min "
        "is no pause of its own. No packet counter; those of entries and exits follow its "
        "motion sensor or, by setting, its button",
    ),
    Kind(
        "qingping",
        "",
        None,
        False,
        "home-assistant/core#87654: a CGH1 is silent after 30 min without movement. "
        "Bluetooth-Devices/qingping-ble#13: each status packet takes a number (action ef, "
        "status f0)",
    ),
)

BY_PROTOCOL: Final[dict[str, Kind]] = {each.protocol: each for each in KINDS if not each.model}
"""What holds for any sensor of a protocol, whichever model it is."""
