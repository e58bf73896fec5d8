"""[dialects]: what a site's senders have otherwise, and every mistake in it."""

from pathlib import Path

import pytest

from drivers.mqtt.dialects import Ways, dialects_of
from gateway.config import Config, load
from gateway.config.tables import Dialects
from gateway.errors import Mistakes
from gateway.sources import ways_of


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(f"[dialects]\n{text}\n")
    return path


def test_without_a_table_all_is_as_it_comes() -> None:
    assert ways_of(Config()) == Ways()


def test_the_page_shows_every_key_with_its_default(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "brokers.md").read_text()
    shown = page.partition("[dialects]\n")[2].partition("```")[0]
    assert load(written(tmp_path, shown)).dialects == Dialects()
    assert {line.partition(" =")[0] for line in shown.splitlines()} == {*Dialects.model_fields}


def test_every_key_reaches_its_dialect(tmp_path: Path) -> None:
    ways = ways_of(
        load(
            written(
                tmp_path,
                'zigbee2mqtt_prefix = "z"\ntheengs_prefix = "t"\nhomeassistant_prefix = "h/a"\n'
                'tasmota_telemetry_prefix = "tt"\ntasmota_status_prefix = "ts"\n'
                'tasmota_off_is_open = ["shed", "Hall/Switch2"]\nesphome_prefix = "e/f"\n'
                'json_prefix = "j"\njson_sensor_id = "i"\njson_state = "s.now"\njson_at = "a"\n'
                'json_battery = "b"\njson_seq = "n"\njson_open = ["True", "1"]\n'
                'json_closed = ["False"]',
            )
        )
    )
    assert ways.prefixes == {
        "zigbee2mqtt": "z", "json": "j", "theengs": "t", "homeassistant": "h/a",
    }  # fmt: skip
    assert ways.tasmota_prefixes == ("tt", "ts")
    assert ways.tasmota_off_is_open == ("shed", "Hall/Switch2")
    assert ways.esphome_above == "e/f"
    assert ways.json_shape == ("i", "s.now", "a", "b", "n", ("true", "1"), ("false",))
    assert "z/#" in dialects_of(ways)["zigbee2mqtt"].filters


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('zigbee2mqt_prefix = "z"',
         "zigbee2mqt_prefix: is not known; did you mean zigbee2mqtt_prefix?"),
        ('zigbee2mqtt_prefix = ""', "zigbee2mqtt_prefix: is blank; fill it in"),
        ('json_prefix = "doors/#"',
         "json_prefix: 'doors/#' is no beginning of topics; write it without + or #, and without"
         " a slash at its ends, as zigbee2mqtt"),
        ('esphome_prefix = "/e"',
         "esphome_prefix: '/e' is no beginning of topics; write it without + or #, and without"
         " a slash at its ends, as zigbee2mqtt"),
        ("theengs_prefix = 1", "theengs_prefix: is not text; put it in double quotes"),
        ('tasmota_off_is_open = "hall"',
         'tasmota_off_is_open: is not a list; write it in brackets, as ["a", "b"]'),
        ('json_state = ""', "json_state: is blank; fill it in"),
        ("json_open = []", "json_open: is empty; list what the state says then"),
        ('json_open = [""]', "json_open[0]: is blank; fill it in"),
        ('json_open = ["Closed"]',
         "json_closed: 'closed' is open too; take it out of one"),
    ],
)  # fmt: skip
def test_what_a_mistake_is_called(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Mistakes) as caught:
        load(written(tmp_path, text))
    assert [str(each) for each in caught.value.mistakes] == [f"config.toml: dialects.{said}"]
