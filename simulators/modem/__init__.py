"""A local stand-in of ModemManager's published D-Bus API: modems, and texts by them.

True to the interfaces of ModemManager 1.20 (org.freedesktop.ModemManager1, .Modem,
.Modem.Modem3gpp, .Modem.Messaging, .Sms) and to what its source does where they are silent. Knows
nothing of the gateway.
"""

from simulators.modem.device import Device
from simulators.modem.faults import Fault, hangs, mm_dies, refused, unplugged
from simulators.modem.sms import Sms
from simulators.modem.standin import ModemStandIn

__all__ = ["Device", "Fault", "ModemStandIn", "Sms", "hangs", "mm_dies", "refused", "unplugged"]
