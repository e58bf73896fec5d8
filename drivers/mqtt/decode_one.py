"""One message by hand: what ``doorwatch decode --topic T --payload P`` shows. Pure."""

from typing import Final

from drivers.errors import Reason
from drivers.mqtt.dialects import DIALECTS, plain_json
from drivers.reading import Decoded


_TAKEN: Final = {each.partition("/")[0] for d in DIALECTS.values() for each in d.filters}


def decode_message(topic: str, payload: bytes) -> Decoded:
    """Decoded by the first dialect to which the topic belongs, else as plain JSON, which may come
    on any topic; ``OTHER_DEVICE`` when it is no door's state."""
    for dialect in DIALECTS.values():
        found = dialect.decode(topic, payload) if dialect.locate(topic) is not None else None
        if found is not None:
            return found[1]
    if topic.partition("/")[0] not in _TAKEN:
        anywhere = plain_json.decode(topic, payload)
        if anywhere is not None and anywhere[1].door is not None:
            return anywhere[1]
    return Decoded(reason=Reason.OTHER_DEVICE)
