"""One message by hand: what ``doorwatch decode --topic T --payload P`` shows. Pure."""

from typing import Final

from drivers.errors import Reason
from drivers.mqtt.dialects import DIALECTS, plain_json
from drivers.reading import Decoded

_TAKEN: Final = {each.partition("/")[0] for d in DIALECTS.values() for each in d.filters}


def decode_message(topic: str, payload: bytes) -> Decoded:
    """What the message's (first) sensor says of now, by the first dialect to which the topic
    belongs, else as plain JSON, which may come on any topic; ``OTHER_DEVICE`` when it is no door's
    state. Records of the past are no state."""
    for dialect in DIALECTS.values():
        if dialect.locate(topic) is None:
            continue
        found = dialect.decode(topic, payload)
        if found:
            return [decoded for address, decoded in found if address == found[0][0]][-1]
    if topic.partition("/")[0] not in _TAKEN:
        anywhere = plain_json.decode(topic, payload)
        if anywhere and anywhere[0][1].door is not None:
            return anywhere[0][1]
    return Decoded(reason=Reason.OTHER_DEVICE)
