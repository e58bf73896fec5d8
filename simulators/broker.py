"""The shipped broker, mosquitto; the others are in ``simulators.brokers``."""

from simulators.brokers.mosquitto import Mosquitto
from simulators.brokers.process import ServerTls, free_port

__all__ = ["Mosquitto", "ServerTls", "free_port"]
