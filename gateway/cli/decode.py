"""``doorwatch decode``: what a decoder makes of one advertisement or message."""

from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.app import JsonOption, WrongUse, app

if TYPE_CHECKING:
    from drivers.reading import Decoded

KEY_BYTES = (16, 12)  # AES-128; MiBeacon's legacy keys


@app.command()
def decode(
    mac: Annotated[
        str | None, typer.Option(help="The sensor's address; a topic has its own.")
    ] = None,
    service_data: Annotated[
        str | None, typer.Option(metavar="UUID:HEX", help="As fcd2:402d01.")
    ] = None,
    manufacturer_data: Annotated[
        str | None, typer.Option(metavar="ID:HEX", help="As 0x0969:c0ffee.")
    ] = None,
    topic: Annotated[str | None, typer.Option(help="Of an MQTT message.")] = None,
    payload: Annotated[str | None, typer.Option(help="Of an MQTT message.")] = None,
    key: Annotated[str | None, typer.Option(help="The sensor's key, in hex.")] = None,
    config: Annotated[str | None, typer.Option(hidden=True)] = None,  # all commands take it
    json: JsonOption = False,
) -> None:
    """Say what one advertisement or message means."""
    from drivers.errors import Reason  # noqa: PLC0415
    from drivers.mqtt.dialects import DIALECTS  # noqa: PLC0415
    from drivers.mqtt.unreadable import explained  # noqa: PLC0415
    from gateway.cli.output import print_json  # noqa: PLC0415

    if topic is not None or payload is not None:
        advertised = service_data is not None or manufacturer_data is not None
        if advertised or topic is None or payload is None:
            raise WrongUse("give --topic and --payload, and no data of the radio")
        protocol, decoded = _message(topic, payload)
    else:
        protocol, decoded = _advertisement(mac, service_data, manufacturer_data, key)
    found = {
        "state": decoded.door.value if decoded.door else None,
        "battery": decoded.battery,
        "counter": decoded.counter if decoded.counter is not None else decoded.replay_counter,
        "tamper": decoded.tamper,
        "reason": decoded.reason.value if decoded.reason else None,
        "protocol": protocol,
    }
    if json:
        print_json(found)
        return
    for name, value in found.items():
        if value is not None:
            typer.echo(f"{name}: {str(value).lower() if isinstance(value, bool) else value}")
    if payload is not None and decoded.reason is Reason.MALFORMED and protocol is not None:
        typer.echo(f"why: {explained(DIALECTS[protocol], _bytes(payload))}")


def _message(topic: str, payload: str) -> "tuple[str | None, Decoded]":
    from drivers.errors import Reason  # noqa: PLC0415
    from drivers.mqtt.decode_one import decode_message  # noqa: PLC0415
    from drivers.mqtt.dialects import DIALECTS  # noqa: PLC0415
    from gateway.ledger.rows import Protocol  # noqa: PLC0415

    decoded = decode_message(topic, _bytes(payload))
    if decoded.reason is Reason.OTHER_DEVICE:
        return None, decoded
    known = (name for name, each in DIALECTS.items() if each.locate(topic) is not None)
    return next(known, Protocol.JSON.value), decoded  # plain JSON may come on any topic


def _bytes(payload: str) -> bytes:
    return payload.encode("utf-8", "surrogateescape")


def _advertisement(
    mac: str | None, service_data: str | None, manufacturer_data: str | None, key: str | None
) -> "tuple[str | None, Decoded]":
    from drivers.ble.advertisement import parse_uuid  # noqa: PLC0415
    from drivers.ble.decode_one import decode_advertisement  # noqa: PLC0415
    from drivers.ble.decoders import BY_UUID, FORMATS  # noqa: PLC0415

    if mac is None or (service_data is None and manufacturer_data is None):
        raise WrongUse(
            "give --mac with --service-data or --manufacturer-data, or --topic with --payload"
        )
    services = _pair("--service-data", service_data)
    companies = _pair("--manufacturer-data", manufacturer_data)
    company = None if companies is None else (_company(companies[0]), companies[1])
    secret = None if key is None else _hex("--key", key)
    if secret is not None and len(secret) not in KEY_BYTES:
        raise WrongUse(f"--key: {len(secret)} bytes; a key has 16 (32 hexadecimal digits)")
    try:
        decoded = decode_advertisement(mac, services, company, secret)
        found = BY_UUID.get(parse_uuid(services[0])) if services else None
    except ValueError as error:
        raise WrongUse(str(error)) from None
    if found is None and company is not None:
        found = next((each for each in FORMATS if each.company == company[0]), None)
    return found.protocol if found else None, decoded


def _pair(option: str, text: str | None) -> tuple[str, bytes] | None:
    if text is None:
        return None
    name, colon, digits = text.partition(":")
    if not colon or not name.strip():
        raise WrongUse(f"{option}: {text!r} is not {'UUID' if 'service' in option else 'ID'}:HEX")
    return name.strip(), _hex(option, digits)


def _hex(option: str, text: str) -> bytes:
    digits = "".join(text.split()).replace(":", "").replace("-", "").lower().removeprefix("0x")
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise WrongUse(f"{option}: {text!r} is not hexadecimal, two digits a byte") from None


def _company(text: str) -> int:
    """A company id as the Bluetooth list writes it (0x0969, 0969) or, if only that is a format
    of ours, as bleak prints it (2409)."""
    from drivers.ble.decoders import FORMATS  # noqa: PLC0415

    found = []
    for base in (16, 10):
        try:
            found.append(int(text, base))
        except ValueError:
            continue
    found = [number for number in found if 0 <= number <= 0xFFFF]
    if not found:
        raise WrongUse(f"--manufacturer-data: {text!r} is no company id; write it as 0x0969")
    ours = {each.company for each in FORMATS}
    return next((number for number in found if number in ours), found[0])
