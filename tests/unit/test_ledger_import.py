"""Importing the ledger: both languages, every encoding, all or nothing, every mistake at once."""

from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest

from gateway.errors import Mistakes
from gateway.ledger.importing import read_tables
from gateway.ledger.model import (
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
from gateway.ledger.references import standing
from rules.model import Role
from rules.policy import Shift

ENGLISH = {
    "grids.csv": "grid_id,community,subdistrict\nG1,Sunny,West\n",
    "people.csv": (
        "person_id,name,phone,role,grid_id,language,duty,chat\n"
        'P1,Wang,138 0013 8000,member,G1,zh,"mon-fri 08:00-20:00; sat,sun 20:00-08:00",\n'
        "P2,Li,+8613900139000,command,,en,,desk\n"
    ),
    "households.csv": (
        "household_id,grid_id,address,isolation_start,isolation_end,care,phone\n"
        "H1,G1,3栋2单元501,2022-04-01,2022-04-14 18:00,elderly,\n"
    ),
    "sensors.csv": (
        "sensor_id,household_id,protocol,address,key,place,supervision_minutes\n"
        "S1,H1,bthome,3c2ef5aabbcc,231D39C1D7CC1AB1AEE224CD096DB932,front,120\n"
        "S2,H1,zigbee2mqtt,前门/H1,,back,\n"
    ),
    "windows.csv": (
        "window_id,applies_to,kind,weekdays,start,end,first_day,last_day,max_openings,"
        "max_open_minutes,expected\n"
        "W1,household:H1,delivery,mon-fri,07:00,08:00,,,1,10,yes\n"
        'W2,grid:G1,garbage,"sat,sun",22:00,24:00,2022-04-01,2022-04-30,,,\n'
        "W3,all,test,mon-sun,09:00,11:00,,,,,no\n"
    ),
}
CHINESE = {
    "网格.csv": "网格,社区,街道\nＧ１,Sunny,West\n",
    "人员.csv": (
        " 电话 ,编号,姓名,角色,网格,语言,值班,群\n"
        "１３８００１３８０００,P1,Wang,网格员,G1,中文,"
        "周一至周五 ０８：００－２０：００；周六、周日 20:00-08:00,\n"
        "+86 139 0013 9000,P2,Li,指挥部,,英文,全天,desk\n"
    ),
    "住户.csv": (
        "户号,网格,地址,隔离开始,隔离结束,关怀,电话,楼栋,单元,房号\n"
        "H1,G1,3栋2单元501,2022/4/1,2022年4月14日 18:00,老人,,3栋,,501室\n"
    ),
    "门磁.csv": (
        "门磁编号,户号,协议,地址,密钥,位置,监督间隔\n"
        "S1,H1,BTHome,3C-2E-F5-AA-BB-CC,231d39c1d7cc1ab1aee224cd096db932,front,１２０\n"
        "S2,H1,zigbee2mqtt,前门/H1,,back,\n"
    ),
    "时段.csv": (
        "编号,适用,类型,星期,开始,结束,首日,末日,次数,时长,必开\n"
        "W1,户：H1,送餐,周一至周五,7:00,8：00,,,1,10,是\n"
        "W2,网格:G1,倒垃圾,周六、周日,22:00,24:00,2022.4.1,2022/04/30,,,\n"
        "W3,全部,核酸,每天,9点,11点,,,,,否\n"
    ),
}
WHOLE = Ledger(
    grids={"G1": Grid("G1", "Sunny", "West")},
    people={
        "P1": Person(
            "P1",
            "Wang",
            "+8613800138000",
            Role.MEMBER,
            "G1",
            Language.ZH,
            (Shift((0, 1, 2, 3, 4), 480, 1200), Shift((5, 6), 1200, 480)),
        ),
        "P2": Person("P2", "Li", "+8613900139000", Role.COMMAND, language=Language.EN, chat="desk"),
    },
    households={
        "H1": Household(
            "H1",
            "G1",
            "3栋2单元501",
            date(2022, 4, 1),
            datetime(2022, 4, 14, 18),  # noqa: DTZ001 - local, as the ledger keeps it
            "3",
            "2",
            "501",
            (Care.ELDERLY,),
        )
    },
    sensors={
        "S1": Sensor(
            "S1",
            "H1",
            Protocol.BTHOME,
            "3C:2E:F5:AA:BB:CC",
            "231d39c1d7cc1ab1aee224cd096db932",
            "front",
            120,
        ),
        "S2": Sensor("S2", "H1", Protocol.ZIGBEE2MQTT, "前门/H1", place="back"),
    },
    windows={
        "W1": Window(
            "W1",
            "household:H1",
            WindowKind.DELIVERY,
            (0, 1, 2, 3, 4),
            420,
            480,
            max_openings=1,
            max_open_minutes=10,
            expected=True,
        ),
        "W2": Window(
            "W2",
            "grid:G1",
            WindowKind.GARBAGE,
            (5, 6),
            1320,
            0,
            date(2022, 4, 1),
            date(2022, 4, 30),
        ),
        "W3": Window("W3", "all", WindowKind.TEST, (0, 1, 2, 3, 4, 5, 6), 540, 660),
    },
)


def written(folder: Path, files: dict[str, str], encoding: str = "utf-8") -> list[Path]:
    paths = [folder / name for name in files]
    for path in paths:
        path.write_bytes(files[path.name].encode(encoding))
    return paths


def mistakes(paths: list[Path], existing: Ledger | None = None) -> list[str]:
    with pytest.raises(Mistakes) as caught:
        read_tables(paths, existing or Ledger.empty(), "CN")
    return [str(mistake) for mistake in caught.value.mistakes]


@pytest.mark.parametrize("files", [ENGLISH, CHINESE], ids=["english", "chinese"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_both_languages_in_every_encoding_give_one_ledger(
    tmp_path: Path, files: dict[str, str], encoding: str
) -> None:
    paths = written(tmp_path, files, encoding)
    assert read_tables(paths, Ledger.empty(), "CN") == WHOLE
    assert read_tables(paths[::-1], Ledger.empty(), "CN") == WHOLE  # in any order


def test_tables_are_known_by_their_headings(tmp_path: Path) -> None:
    paths = written(tmp_path, {f"list {n}.csv": text for n, text in enumerate(ENGLISH.values())})
    assert read_tables(paths, Ledger.empty(), "CN") == WHOLE


def test_a_workbook_with_excels_own_dates_and_numbers(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "grids"
    book.active.append(["grid_id"])
    book.active.append([7])
    homes = book.create_sheet("住户")
    homes.append(["户号", "网格", "地址", "隔离开始", "隔离结束"])
    homes.append([501.0, 7, "3-2-501", date(2022, 4, 1), datetime(2022, 4, 14, 18, 30)])  # noqa: DTZ001
    times = book.create_sheet("时段")
    times.append(["编号", "适用", "类型", "星期", "开始", "结束", "首日", "必开", "次数"])
    times.append(
        ["W1", "全部", "其他", "每天", time(7), time(8, 30), datetime(2022, 4, 1), True, 2]  # noqa: DTZ001
    )
    book.create_sheet("Sheet4")
    path = tmp_path / "all.xlsx"
    book.save(path)
    ledger = read_tables([path], Ledger.empty(), "CN")
    assert ledger.grids == {"7": Grid("7")}
    home = ledger.households["501"]
    assert (home.isolation_start, home.isolation_end) == (
        date(2022, 4, 1),
        datetime(2022, 4, 14, 18, 30),  # noqa: DTZ001
    )
    assert (home.building, home.unit, home.room) == ("3", "2", "501")
    window = ledger.windows["W1"]
    assert (window.start, window.end, window.first_day) == (420, 510, date(2022, 4, 1))
    assert (window.expected, window.max_openings) == (True, 2)


def test_importing_again_updates_by_id_and_keeps_what_the_file_does_not_say(
    tmp_path: Path,
) -> None:
    text = (
        "household_id,grid_id,address,isolation_start\n"
        "H1,G1,3栋2单元501,2022-05-01\n"
        "H2,G1,somewhere,2022-05-01\n"
    )
    ledger = read_tables(written(tmp_path, {"households.csv": text}), WHOLE, "CN")
    home = ledger.households["H1"]
    assert home.isolation_start == date(2022, 5, 1)
    assert (home.isolation_end, home.care) == (datetime(2022, 4, 14, 18), (Care.ELDERLY,))  # noqa: DTZ001
    assert ledger.households["H2"].care == ()
    assert (ledger.people, ledger.sensors) == (WHOLE.people, WHOLE.sensors)


def test_a_blank_cell_takes_the_value_away(tmp_path: Path) -> None:
    text = (
        "sensor_id,household_id,protocol,address,key,supervision_minutes\n"
        "S1,H1,bthome,3C:2E:F5:AA:BB:CC,,\n"
    )
    ledger = read_tables(written(tmp_path, {"sensors.csv": text}), WHOLE, "CN")
    sensor = ledger.sensors["S1"]
    assert (sensor.key, sensor.supervision_minutes, sensor.place) == (None, None, "front")


def test_a_sensor_may_take_over_anothers_address_in_one_import(tmp_path: Path) -> None:
    text = (
        "sensor_id,household_id,protocol,address\n"
        "S1,H1,bthome,AA:AA:AA:AA:AA:AA\n"
        "S9,H1,bthome,3C:2E:F5:AA:BB:CC\n"
    )
    ledger = read_tables(written(tmp_path, {"sensors.csv": text}), WHOLE, "CN")
    assert ledger.sensors["S9"].address == "3C:2E:F5:AA:BB:CC"


def test_nothing_is_imported_when_one_row_is_wrong_and_every_mistake_is_said(
    tmp_path: Path,
) -> None:
    files = dict(ENGLISH)
    files["people.csv"] = (
        "person_id,name,phone,role,grid_id,duty\n"
        "P1,Wang,12345,boss,G9,sometimes\n"
        "P1,Li,13900139000,member,G1,\n"
    )
    files["sensors.csv"] = (
        "sensor_id,household_id,protocol,address,key\n"
        "S1,H1,bthome,3C:2E:F5:AA:BB,231d39\n"
        "S2,H7,zigbee2mqtt,door,\n"
        "S3,H1,zigbee2mqtt,door,00\n"
        "S4,H1,zigbee2mqtt,door,\n"
    )
    assert mistakes(written(tmp_path, files)) == [
        "people.csv:2: phone: '12345' is not a phone number of CN; write it in full, or with its "
        "country as +8613800138000",
        "people.csv:2: role: 'boss' is not known; use one of member 网格员, leader 网格长, "
        "community 社区, command 指挥部, ops 运维, installer 安装员",
        "people.csv:2: duty: 'sometimes' is not a duty time; write days and hours, as mon-fri "
        "08:00-20:00; sat,sun 20:00-08:00",
        "sensors.csv:2: address: '3C:2E:F5:AA:BB' is not a Bluetooth address; write six pairs, as "
        "3C:2E:F5:AA:BB:CC",
        "sensors.csv:2: key: this is no key of bthome: 6 characters; write 32 hexadecimal digits",
        "sensors.csv:4: key: zigbee2mqtt sensors have no key; leave the cell blank",
        "people.csv:3: person_id: 'P1' is there already, at people.csv:2; give one of them another "
        "id, or take it out",
        "people.csv:2: grid_id: there is no grid 'G9'; add it to grids, or correct the id",
        "sensors.csv:3: household_id: there is no household 'H7'; add it to households, or correct "
        "the id",
        "sensors.csv:5: address: door is also that of sensor 'S2', at sensors.csv:3; each sensor "
        "has its own: look at its label",
    ]


def test_an_address_of_the_existing_ledger_is_taken(tmp_path: Path) -> None:
    text = "门磁编号,户号,协议,地址\nS9,H1,bthome,3C2EF5AABBCC\n"
    assert mistakes(written(tmp_path, {"门磁.csv": text}), WHOLE) == [
        "门磁.csv:2: 地址: 3C:2E:F5:AA:BB:CC is also that of sensor 'S1', of household 'H1'; each "
        "sensor has its own: look at its label"
    ]


SENSORS = "sensor_id,household_id,protocol,address\n"


def test_two_ways_to_write_one_sensor_are_one_address(tmp_path: Path) -> None:
    text = (
        SENSORS + "S5,H1,json,door\nS6,H1,json,doors/door\nS7,H1,zigbee2mqtt,zigbee2mqtt/前门/H1\n"
    )
    own = "each sensor has its own: look at its label"
    assert mistakes(written(tmp_path, {"sensors.csv": text}), WHOLE) == [
        "sensors.csv:3: address: doors/door is also that of sensor 'S5', at sensors.csv:2, which "
        f"has it as door; {own}",
        f"sensors.csv:4: address: 前门/H1 is also that of sensor 'S2', of household 'H1'; {own}",
    ]


def test_sensors_that_share_a_device_already_do_not_stop_another_file(tmp_path: Path) -> None:
    shared = {each: Sensor(each, "H1", Protocol.JSON, each) for each in ("door", "doors/door")}
    ledger = replace(WHOLE, sensors={**WHOLE.sensors, **shared})
    files = written(tmp_path, {"grids.csv": "grid_id\nG7\n"})
    assert "G7" in read_tables(files, ledger, "CN").grids


def test_what_stands_in_a_ledger_and_no_import_takes_is_said() -> None:
    def said(*sensors: tuple[Protocol, str], json: str = "doors") -> list[str]:
        rows = {f"S{n}": Sensor(f"S{n}", "H1", *each) for n, each in enumerate(sensors, 1)}
        topics = {Protocol.JSON: json, Protocol.ZIGBEE2MQTT: "z2m"}
        return [str(one) for one in standing(Ledger(sensors=rows), topics)]

    both = (Protocol.JSON, "D"), (Protocol.JSON, "doors/D")
    assert said(*both, json="elsewhere") == []
    assert said(*both) == [
        "ledger: sensor S2: doors/D is also that of sensor 'S1', of household 'H1', which has it as"
        " D; each sensor has its own: look at its label"
    ]
    assert said((Protocol.JSON, "doors/+")) == [
        "ledger: sensor S1: 'doors/+' stands for many topics: it is never heard; write the one of"
        " this sensor; see sensors discover"
    ]
    assert said((Protocol.ZIGBEE2MQTT, "z2m/my door")) == [
        "ledger: sensor S1: z2m/my door has the prefix of topics, so that it is never heard;"
        " sensors pair S1 --address 'my door'"
    ]


HOUSEHOLD = "household_id,grid_id,address,isolation_start,isolation_end\n"
WINDOW = "window_id,applies_to,kind,weekdays,start,end,first_day,last_day,max_openings,expected\n"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            "households.csv",
            HOUSEHOLD + "H1,G1,x,2022-04-14,2022-04-01\n",
            "households.csv:2: isolation_end: is before isolation_start; let it end at or after "
            "its start",
        ),
        (
            "households.csv",
            HOUSEHOLD + "H1,G1,x,2022-02-30,\n",
            "households.csv:2: isolation_start: '2022-02-30' is not a local date or date and time; "
            "write 2022-04-01 or 2022-04-01 08:00",
        ),
        (
            "households.csv",
            HOUSEHOLD + "H1,G1,x,2022-04-01T08:00Z,\n",
            "households.csv:2: isolation_start: '2022-04-01T08:00Z' is not a local date or date "
            "and time; write 2022-04-01 or 2022-04-01 08:00",
        ),
        (
            "households.csv",
            HOUSEHOLD + "H1,G1,,2022-04-01,\n",
            "households.csv:2: address: is blank; fill it in",
        ),
        (
            "households.csv",
            HOUSEHOLD + "H1,G1,x,2022-04-01,,more\n",
            "households.csv:2: has a value without a heading; put values that hold a comma in "
            "double quotes",
        ),
        (
            "windows.csv",
            WINDOW + "W1,all,tea,mon-fri,07:00,08:00,,,,\n",
            "windows.csv:2: kind: 'tea' is not known; use one of delivery 送餐, garbage 垃圾, test "
            "核酸, medical 就医, gas 燃气, care 照护, visit 探访, other 其他",
        ),
        (
            "windows.csv",
            WINDOW + "W1,all,gas,1-5,07:00,08:00,,,,\n",
            "windows.csv:2: weekdays: '1-5' does not say which weekdays; write mon-fri, sat,sun, "
            "mon-sun, 周一至周五, 周六、周日 or 每天",
        ),
        (
            "windows.csv",
            WINDOW + "W1,all,gas,mon,7.5,08:00,,,,\n",
            "windows.csv:2: start: '7.5' is not a time of day; write HH:MM, as 07:30",
        ),
        (
            "windows.csv",
            WINDOW + "W1,all,gas,mon,24:00,08:00,,,,\n",
            "windows.csv:2: start: '24:00' is not a time of day; write HH:MM, as 07:30",
        ),
        (
            "windows.csv",
            WINDOW + "W1,all,gas,mon,07:00,07:00,,,,\n",
            "windows.csv:2: end: is the same as start; for the whole day write 00:00 and 24:00",
        ),
        (
            "windows.csv",
            WINDOW + "W1,all,gas,mon,07:00,08:00,2022-04-02,2022-04-01,,\n",
            "windows.csv:2: last_day: is before first_day; exchange the two",
        ),
        (
            "windows.csv",
            WINDOW + "W1,all,gas,mon,07:00,08:00,2022-04-02 07:00,,,\n",
            "windows.csv:2: first_day: '2022-04-02 07:00' has a time of day; write the date alone, "
            "as 2022-04-01",
        ),
        (
            "windows.csv",
            WINDOW + "W1,all,gas,mon,07:00,08:00,,,0,\n",
            "windows.csv:2: max_openings: '0' is not a whole number from 1 to 100000; write "
            "digits, or leave blank",
        ),
        (
            "windows.csv",
            WINDOW + "W1,all,gas,mon,07:00,08:00,,,,perhaps\n",
            "windows.csv:2: expected: 'perhaps' is neither yes nor no; write yes 是 or no 否",
        ),
        (
            "windows.csv",
            WINDOW + "W1,H1,gas,mon,07:00,08:00,,,,\n",
            "windows.csv:2: applies_to: 'H1' is not known; write household:ID 户:ID, grid:ID "
            "网格:ID or all 全部",
        ),
        (
            "windows.csv",
            WINDOW + "W1,grid:G8,gas,mon,07:00,08:00,,,,\n",
            "windows.csv:2: applies_to: there is no grid 'G8'; add it to grids, or correct the id",
        ),
        (
            "people.csv",
            "person_id,name,phone,role\nP1,Wang,1.38E+10,member\n",
            "people.csv:2: phone: '1.38E+10' is a number that Excel has shortened; format the "
            "column as text, type it again",
        ),
        (
            "people.csv",
            "person_id,name,role\nP1,Wang,member\n",
            "people.csv:1: phone (电话): the column is missing; add it",
        ),
        (
            "grids.csv",
            "grid_id,comunity\nG2,x\n",
            "grids.csv:1: comunity: grids has no such column; call it community",
        ),
        (
            "grids.csv",
            "网格,grid_id\nG2,G2\n",
            "grids.csv:1: grid_id: is there twice; keep one",
        ),
        (
            "grids.csv",
            "\n\n",
            "grids.csv: is empty; give a row of headings and a row for each entry",
        ),
        (
            "grids.csv",
            'grid_id\n"G2\n',
            "grids.csv:2: is no CSV: unexpected end of data; close the quotation marks, or save "
            "the file again from Excel",
        ),
        (
            "list.csv",
            "a,b\n1,2\n",
            "list.csv: does not show which table it is; name it grids.csv, people.csv, "
            "households.csv, sensors.csv, windows.csv, or give every heading of one",
        ),
    ],
)
def test_what_a_mistake_is_called(tmp_path: Path, name: str, text: str, said: str) -> None:
    assert mistakes(written(tmp_path, {name: text}), WHOLE) == [said]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            b"grid_id\nG1\nG2\xff\xff\n",
            "grids.csv:3: is neither UTF-8 nor GB18030; save it as CSV UTF-8 or as XLSX",
        ),
        (
            b"PK\x03\x04 and no more",
            "grids.csv: is no XLSX workbook: BadZipFile; save it again from Excel",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "grids.csv: is of an old Excel; save it as .xlsx or CSV",
        ),
        (b"", "grids.csv: is empty; give a row of headings and a row for each entry"),
    ],
)
def test_bytes_that_are_no_table(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "grids.csv"
    path.write_bytes(data)
    assert mistakes([path]) == [said]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert mistakes([tmp_path / "grids.csv"]) == [
        "grids.csv: cannot be read: No such file or directory; give a file that can"
    ]


def test_a_key_is_never_repeated_in_a_message(tmp_path: Path) -> None:
    text = "sensor_id,household_id,protocol,address,key\nS9,H1,bthome,AAAAAAAAAAAA,c0ffee\x00\n"
    (said,) = mistakes(written(tmp_path, {"sensors.csv": text}), WHOLE)
    assert "c0ffee" not in said


def test_windows_by_target() -> None:
    assert {
        target: [window.window_id for window in windows]
        for target, windows in WHOLE.windows_by_target().items()
    } == {"household:H1": ["W1"], "grid:G1": ["W2"], "all": ["W3"]}


def test_an_older_or_newer_ledger_in_the_journal_is_still_read() -> None:
    text = '{"grids":[{"grid_id":"G1","colour":"red"}],"lifts":[]}'
    assert Ledger.from_json(text) == Ledger(grids={"G1": Grid("G1")})
