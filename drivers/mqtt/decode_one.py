"""One message by hand: what ``doorwatch decode --topic T --payload P`` shows. Pure."""

from drivers.errors import Reason
from drivers.mqtt.dialects import DIALECTS
from drivers.reading import Decoded


def decode_message(topic: str, payload: bytes) -> Decoded:
    """Decoded by the first dialect to which the topic belongs; ``OTHER_DEVICE`` when it is none's
    or no door's state."""
    for dialect in DIALECTS.values():
        found = dialect.decode(topic, payload)
        if found is not None:
            return found[1]
    return Decoded(reason=Reason.OTHER_DEVICE)
