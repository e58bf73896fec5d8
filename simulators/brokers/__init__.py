"""Real brokers as child processes: for tests, the demo and benchmarks."""

from simulators.brokers.mosquitto import Mosquitto
from simulators.brokers.nats import Nats
from simulators.brokers.process import ServerTls, free_port

__all__ = ["Mosquitto", "Nats", "ServerTls", "free_port"]
