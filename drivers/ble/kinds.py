"""What each kind of Bluetooth door sensor can be relied on for between two openings. Data only.

Two questions that the rules ask and no packet answers:

- After how much silence is it gone? None means unsupervised: it sends nothing while nobody moves
  the door, so silence proves nothing and must not look like health.
- Does its counter move by door events alone? Only then is a jump evidence that the door was
  opened unheard. Wherever anything else moves it, or nobody knows, the answer is False: True by
  mistake accuses a resident who never left. That leaves none of today's kinds; a jump is shown
  as "possible", and the evidence is the state itself (stored closed, found open). A site that
  knows its own sensors better says so (rules.toml: ``[counters]``).
"""

from typing import Final

from drivers.kinds import BYTE, Kind

KINDS: Final[tuple[Kind, ...]] = (
    Kind(
        "bthome",
        None,
        False,
        "as Shelly SBDW-002C, the one mostly sold; the format leaves interval and packet id "
        "to the sender. Home-made ones that repeat: set supervision_minutes per sensor",
        counter_below=BYTE,
    ),
    Kind(
        "bthome",
        None,
        False,
        "shelly-api-docs docs-ble/Devices/dw: sends at an opening or closing, two seconds "
        "later the angle, at a button press; periodically only when beacon mode was switched "
        "on. home-assistant/core#95892: the packet id moves with every beacon",
        "Shelly BLU Door/Window SBDW-002C",
        counter_below=BYTE,
    ),
    Kind(
        "bthome",
        30,
        False,
        "shelly-api-docs docs-ble/Devices/BLU_ZB/dw_ZB: beacon every 60 s, so 30 min are "
        "30 missed ones; also sends when the angle settles and at a button press",
        "Shelly BLU Door/Window ZB SBDW-103C",
        counter_below=BYTE,
    ),
    Kind(
        "xiaomi",
        None,
        False,
        "the least of the models below",
        counter_below=BYTE,
    ),
    Kind(
        "xiaomi",
        None,
        False,
        "home-assistant/core#87654: silent after 30 min without movement. "
        "AlexxIT/XiaomiGateway3#19, #49: light and battery take numbers too, 215 open was "
        "followed by 218 closed; core#106713: so does 'not closed in time'",
        "Xiaomi MCCGQ02HL",
        counter_below=BYTE,
    ),
    Kind(
        "xiaomi",
        None,
        False,
        "home-assistant/core#87654: silent after 30 min without movement. "
        "custom-components/ble_monitor#284: battery and 'open for a minute' are events too",
        "Qingping CGH1 in Mi mode",
        counter_below=BYTE,
    ),
    Kind(
        "xiaomi",
        None,
        False,
        "Bluetooth-Devices/xiaomi-ble#338: hardly sends while idle. Its test packets: a button "
        "press (0x4A13) has a number between two door events",
        "Linptech MS1BB(MI)",
        counter_below=BYTE,
    ),
    Kind(
        "xiaomi",
        None,
        False,
        "xiaomi-ble lists it among the models that sleep; nothing known of its counter",
        "MC-COMM (zhiee.magnet.mc01)",
        counter_below=BYTE,
    ),
    Kind(
        "switchbot",
        30,
        False,
        "SwitchBotAPI-BLE contactsensor.md: 'd' is the constant advertising mode, so 30 min "
        "is no pause of its own. No packet counter; those of entries and exits follow its "
        "motion sensor or, by setting, its button",
    ),
    Kind(
        "qingping",
        None,
        False,
        "home-assistant/core#87654: a CGH1 is silent after 30 min without movement. "
        "Bluetooth-Devices/qingping-ble#13: each status packet takes a number (action ef, "
        "status f0)",
        counter_below=BYTE,
    ),
)

BY_PROTOCOL: Final[dict[str, Kind]] = {each.protocol: each for each in KINDS if not each.model}
"""What holds for any sensor of a protocol, whichever model it is."""
