"""Whatever the ledger holds, export and import give it back; JSON does too."""

import csv
import tempfile
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.ledger import rooms
from gateway.ledger.exporting import write_tables
from gateway.ledger.importing import read_tables
from gateway.ledger.model import (
    BLE,
    Care,
    Grid,
    Household,
    Language,
    Ledger,
    Person,
    Protocol,
    Sensor,
    Window,
    WindowKind,
)
from gateway.ledger.values import KEY_DIGITS
from rules.model import Role
from rules.policy import Shift

IDS = st.from_regex(r"[A-Z户=@'+-][A-Za-z0-9_.:/-]{0,6}", fullmatch=True)
TEXTS = st.text(
    st.characters(exclude_categories=("C", "Z")) | st.sampled_from(" ,;\"'=+-@"), max_size=12
).map(lambda text: " ".join(text.split()))
NAMES = TEXTS.filter(bool)
PHONES = st.integers(0, 99_999_999).map(lambda n: f"+86138{n:08}")
MINUTES = st.integers(0, 1439)
DAYS = st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days)))
DATES = st.dates(date(2000, 1, 1), date(2099, 12, 31))
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)).map(  # noqa: DTZ001
    lambda when: when.replace(microsecond=0)
)
LIMITS = st.none() | st.integers(1, 100_000)
HEX = "0123456789abcdef"


def by_id(rows, key):
    return {getattr(row, key): row for row in rows}


@st.composite
def household(draw, household_id, grids):
    period = sorted(
        [draw(DATES | TIMES), draw(DATES | TIMES)],
        key=lambda when: when.isoformat(),
    )
    address = draw(NAMES | st.sampled_from(["3栋2单元501", "1-2-303", "A座1201"]))
    spoken = rooms.from_address(address)
    name = st.none() | st.from_regex(r"[0-9A-Z]{1,3}", fullmatch=True)
    return Household(
        household_id,
        draw(st.sampled_from(grids)),
        address,
        period[0],
        draw(st.none() | st.just(period[1])),
        draw(name) or spoken.building,
        draw(name) or spoken.unit,
        draw(name) or spoken.room,
        tuple(care for care in Care if draw(st.booleans())),
        draw(st.none() | PHONES),
    )


@st.composite
def sensor(draw, number, homes):
    protocol = draw(st.sampled_from(Protocol))
    address = draw(NAMES) + f"/{number}"
    if protocol in BLE or protocol is Protocol.THEENGS:
        address = f"AA:BB:CC:DD:EE:{number:02X}"
    elif protocol is Protocol.CHIRPSTACK:
        address = f"{number:016x}"
    keys = [st.text(HEX, min_size=n, max_size=n) for n in KEY_DIGITS.get(protocol, ())]
    return Sensor(
        f"S{number}",
        draw(st.sampled_from(homes)),
        protocol,
        address,
        draw(st.one_of(st.none(), *keys)),
        draw(TEXTS),
        draw(LIMITS),
    )


@st.composite
def window(draw, window_id, grids, homes):
    targets = ["all", *(f"grid:{g}" for g in grids), *(f"household:{h}" for h in homes)]
    start = draw(MINUTES)
    first, last = sorted([draw(DATES), draw(DATES)])
    return Window(
        window_id,
        draw(st.sampled_from(targets)),
        draw(st.sampled_from(WindowKind)),
        draw(DAYS),
        start,
        draw(MINUTES.filter(lambda end: end != start or end == 0)),
        draw(st.none() | st.just(first)),
        draw(st.none() | st.just(last)),
        draw(LIMITS),
        draw(LIMITS),
        draw(st.booleans()),
    )


@st.composite
def ledgers(draw):
    grids = draw(st.sets(IDS, min_size=1, max_size=3).map(sorted))
    homes = draw(st.sets(IDS, min_size=1, max_size=3).map(sorted))
    people = [
        Person(
            person_id,
            draw(NAMES),
            draw(PHONES),
            draw(st.sampled_from(Role)),
            draw(st.none() | st.sampled_from(grids)),
            draw(st.none() | st.sampled_from(Language)),
            tuple(draw(st.lists(st.builds(Shift, DAYS, MINUTES, MINUTES), max_size=3))),
            draw(st.none() | NAMES),
        )
        for person_id in draw(st.sets(IDS, max_size=3))
    ]
    sensors = [draw(sensor(n, homes)) for n in range(draw(st.integers(0, 3)))]
    windows = [draw(window(i, grids, homes)) for i in draw(st.sets(IDS, max_size=3))]
    return Ledger(
        grids={g: Grid(g, draw(TEXTS), draw(TEXTS)) for g in grids},
        people=by_id(people, "person_id"),
        households={h: draw(household(h, grids)) for h in homes},
        sensors=by_id(sensors, "sensor_id"),
        windows=by_id(windows, "window_id"),
    )


@settings(max_examples=60, deadline=None)
@given(ledgers(), st.sampled_from(["en", "zh"]), st.sampled_from(["csv", "xlsx"]))
def test_an_export_imports_to_the_same_ledger(ledger, language, form):
    with tempfile.TemporaryDirectory() as folder:
        paths = write_tables(ledger, Path(folder), language, form)
        assert read_tables(paths, Ledger.empty(), "CN") == ledger
        assert read_tables(paths, ledger, "CN") == ledger


@settings(max_examples=100, deadline=None)
@given(ledgers())
def test_json_gives_the_same_ledger_and_the_same_text(ledger):
    text = ledger.to_json()
    again = Ledger.from_json(text)
    assert again == ledger
    assert again.to_json() == text


@pytest.mark.parametrize(
    ("language", "name", "header", "row"),
    [
        (
            "en",
            "people.csv",
            "person_id,name,phone,role,grid_id,language,duty,chat",
            'P1,\'=1+1,+8613800138000,member,G1,zh,"mon-fri 08:00-24:00; sat,sun 20:00-08:00",',
        ),
        (
            "zh",
            "人员.csv",
            "编号,姓名,电话,角色,网格,语言,值班,群",
            "P1,'=1+1,+8613800138000,网格员,G1,中文,"
            "周一至周五 08:00-24:00；周六、周日 20:00-08:00,",
        ),
    ],
)
def test_what_excel_opens(tmp_path, language, name, header, row):
    duty = (Shift((0, 1, 2, 3, 4), 480, 0), Shift((5, 6), 1200, 480))
    person = Person("P1", "=1+1", "+8613800138000", Role.MEMBER, "G1", Language.ZH, duty)
    write_tables(Ledger(grids={"G1": Grid("G1")}, people={"P1": person}), tmp_path, language)
    data = (tmp_path / name).read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.decode("utf-8-sig") == f"{header}\r\n{row}\r\n"


def test_a_csv_of_every_table_in_order_of_import(tmp_path):
    paths = write_tables(Ledger.empty(), tmp_path / "new", "en")
    assert [path.name for path in paths] == [
        "grids.csv",
        "people.csv",
        "households.csv",
        "sensors.csv",
        "windows.csv",
    ]
    with paths[3].open(encoding="utf-8-sig") as file:
        assert next(csv.reader(file)) == [
            "sensor_id",
            "household_id",
            "protocol",
            "address",
            "key",
            "place",
            "supervision_minutes",
        ]
