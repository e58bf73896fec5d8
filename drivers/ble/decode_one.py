"""One advertisement by hand: what ``doorwatch decode`` shows. Pure; remembers nothing."""

from drivers.ble.advertisement import Advertisement, parse_mac, parse_uuid
from drivers.ble.decoders import BY_UUID, FORMATS
from drivers.errors import Reason
from drivers.reading import Decoded


def decode_advertisement(
    mac: str,
    service_data: tuple[str, bytes] | None = None,
    manufacturer_data: tuple[int, bytes] | None = None,
    key: bytes | None = None,
) -> Decoded:
    """Decode by the service data's UUID (``fcd2``, ``0xFCD2`` or long), else by the company.

    ``OTHER_DEVICE`` when no format of ours is there. ``ValueError`` when the MAC or the UUID
    cannot be read: that is a typing mistake, not a packet.
    """
    address = parse_mac(mac)
    services = {} if service_data is None else {parse_uuid(service_data[0]): service_data[1]}
    companies = {} if manufacturer_data is None else {manufacturer_data[0]: manufacturer_data[1]}
    advertisement = Advertisement(address, services, companies)
    for uuid in services:
        if uuid in BY_UUID:
            return BY_UUID[uuid].decode(advertisement, key, None)
    for each in FORMATS:
        if each.company is not None and each.company in companies:
            return each.decode(advertisement, key, None)
    return Decoded(reason=Reason.OTHER_DEVICE)
