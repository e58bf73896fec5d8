"""A home as the gateway of 23 November 2026 wrote it down is still known, name by new name."""

import json

from gateway.store import snapshot
from rules.home import Phase
from rules.model import Door, Kind
from rules.policy import Policy
from tests.support.house import MORNING, ROSTER, ZONE, House, at

# 07:10 a permitted opening; 09:00 battery at 9 %; 09:30 pass A; 10:00 a breach, answered at 10:02.
WRITTEN = """[1772416980000,[["S1","open",1772416800000,1772416800000]],
[1772416800000,null,1772416980000,null,[]],
[2,"on_my_way","unauthorised_opening",3,"uncovered",1772416800000,1772416800000,1772416800000,null,0,
3,1772416800000,1,1772417520000,1772416800000,[["P1","sms",1772416800000]],[],
["P1"],1772416920000,1772417520000,"",0,null,"",[]],
[["W1",739677,1]],[["A",1772434800000,1772438400000,600000,null,false,"","other"]],
[1772416800000],[],
[4611686018427387904,2,[[1,"waiting","battery_low",1,"battery",1772413200000,1772413200000,
1772413200000,null,0,1,0,0,4611686018427387904,0,[],[],[],0,0,"",0,null,"S1",[]]],[],
[["S1","battery_low",1772413200000,true]],[["S1",1772416800000]],[],true,0,0,true,
4611686018427387904,[],[0,0]]]"""
SHAPE = 1496534825


def test_a_home_of_that_day_is_read_as_it_was() -> None:
    story = "open 07:10; close 07:11; battery 09:00 9; pass 09:30 10:00; open 10:30"
    home = snapshot.read(json.loads(WRITTEN), Policy("H", ZONE, windows=(MORNING,), roster=ROSTER))
    assert home.due == at("10:03")
    assert home.doors[0][:3] == ("S1", Door.OPEN, at("10:00"))
    assert home.incident is not None
    assert home.incident.phase is Phase.ON_MY_WAY
    assert home.incident.alerted == (("P1", "sms", at("10:00")),)
    assert home.incident.on_my_way_until == at("10:12")
    assert [one.kind for one in home.rest.incidents] == [Kind.BATTERY_LOW]
    assert home.used == House(MORNING).play(story).home.used
    assert home.passes[0].end == at("16:00")
    assert home.rest.perhaps == ()


def test_its_snapshot_is_not_thrown_away() -> None:
    """A change of what is remembered that it does not bear must take its number out again."""
    assert snapshot.readable(SHAPE)
    assert snapshot.readable(snapshot.SHAPE)
    assert not snapshot.readable(SHAPE + 1)
