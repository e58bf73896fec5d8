"""What the texts say, in each language: data only. How they are joined is ``wording``'s.

Plain words a tired volunteer understands; nobody is blamed, no name and no number is in them.
Every English phrase is in the GSM 7 bit alphabet.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.ledger.rows import Language
from rules.model import Kind, Reason

# The kinds whose text says when a door opened, why that matters and how it stands now.
DOOR_KINDS = frozenset(
    {
        Kind.INFERRED_OPENING,
        Kind.WINDOW_OVERRUN,
        Kind.HELD_OPEN,
        Kind.UNAUTHORISED_OPENING,
        Kind.REPEATED_OPENING,
    }
)


@dataclass(frozen=True)
class Phrases:
    """One language. ``{when}`` is a time, ``{code}`` an incident's code, ``{long}`` a duration."""

    head: str
    drill_head: str
    not_drill: str  # before an answer that a drill was also open for
    urgent: str
    date: str  # of {month} and {day}, before a time
    what: Mapping[Kind, str]
    over: str  # what was wrong is so no more
    recovered: Mapping[Kind, str]  # the same of the kinds that have words of their own
    between: str  # an opening that was inferred
    unverified: str  # the clock was not verified
    comma: str
    stop: str
    why: Mapping[Kind, str]
    why_reason: Mapping[Reason, str]
    door_open: str
    door_closed: str
    stood_open: str
    late: str
    unanswered: str
    look: str  # what to do where no reply is possible
    reply: str
    link: str  # {link}, an address; nothing may follow it, or phones take that for a part of it
    code: str
    spoken_head: str
    spoken_drill_head: str
    spoken_time: str  # {hour}, {minute}
    spoken_code: str
    keypad: str
    keypad_exit: str  # of the door kinds
    day_hours: str
    hours: str
    hours_minutes: str
    minutes: str
    answers: Mapping[str, str]
    choose: str  # before the list of codes
    listed: str  # one open incident in the list of codes
    listed_more: str


_ZH = Phrases(
    head="【门磁】",
    drill_head="【门磁演练】",
    not_drill="不是演练：",
    urgent="紧急：",
    date="{month}月{day}日",
    what={
        Kind.INFERRED_OPENING: "{when}发现门开过",
        Kind.WINDOW_OVERRUN: "{when}开门",
        Kind.HELD_OPEN: "{when}开门",
        Kind.UNAUTHORISED_OPENING: "{when}开门",
        Kind.REPEATED_OPENING: "{when}又开门",
        Kind.MASS_OPENING: "{when}起多户同时开门，可能有火情，请马上查看",
        Kind.TAMPER: "{when}门磁被取下，请去看看",
        Kind.SENSOR_SILENT: "{when}起门磁没有消息，看不见这扇门，请去看看",
        Kind.SENSOR_FAULT: "{when}起门磁反复报开关，可能松动，请去看看",
        Kind.BATTERY_LOW: "{when}门磁电量低，请换电池",
        Kind.WELFARE: "到{when}该开门时没有开门，请问候一下",
        Kind.GATEWAY_FAULT: "{when}起网关工作不正常，请查看",
        Kind.EMERGENCY: "{when}住户求助，请马上联系或上门",
    },
    over="已恢复正常，不用处理",
    recovered={
        Kind.SENSOR_SILENT: "门磁又有消息了，不用处理",
        Kind.SENSOR_FAULT: "门磁不再反复报开关，不用处理",
        Kind.BATTERY_LOW: "门磁电量已正常，不用处理",
        Kind.GATEWAY_FAULT: "网关已恢复正常，不用处理",
    },
    between="推断{since}至{when}至少开过一次门",
    unverified="时间未核准",
    comma="，",
    stop="。",
    why={
        Kind.INFERRED_OPENING: "当时没看到",
        Kind.WINDOW_OVERRUN: "许可时段已过",
        Kind.HELD_OPEN: "开得太久",
        Kind.UNAUTHORISED_OPENING: "不在许可时段",
        Kind.REPEATED_OPENING: "短时间内多次",
    },
    why_reason={
        Reason.WINDOW_USED_UP: "许可次数已用完",
        Reason.CURFEW: "夜间不在许可时段",
        Reason.TOO_LONG: "超过许可时长",
        Reason.PAST_END: "许可时段已过",
        Reason.BETWEEN: "可能不在许可时段",
    },
    door_open="门仍开",
    door_closed="门已关",
    stood_open="已开{long}",
    late="消息晚到{long}",
    unanswered="仍无人应答",
    look="请去看看",
    reply="回1 {code}我来处理",
    link="我来处理 {link}",
    code="编号{code}",
    spoken_head="门磁提醒。",
    spoken_drill_head="门磁演练，这是演练。",
    spoken_time="{hour}点{minute}分",
    spoken_code="编号 {code}。",
    keypad="您来处理，请按1。再听一遍，请按2。",
    keypad_exit="如是紧急出门，请按9。",
    day_hours="{days}天{hours}小时",
    hours="{hours}小时",
    hours_minutes="{hours}小时{minutes}分",
    minutes="{minutes}分",
    answers={
        "taken": "{code}已记您处理。{long}后门还开着会再提醒",
        "taken_closed": "{code}已记您处理。门已关，请确认人在家",
        "taken_again": "{code}已记您处理。门还开着，提醒会继续",
        "taken_other": "{code}已记您处理，谢谢",
        "taken_before": "{code}已有人在处理，谢谢",
        "door_closed": "{code}门已关，开了{long}，请确认人在家",
        "over": "{code}已经结束，不用再处理",
        "emergency": "{code}已记为紧急出门，请确认人平安",
        "no_such_code": "没有编号{code}，请看短信里的编号再回一次",
        "nothing_open": "现在没有要您处理的事",
        "not_understood": "没看懂。来处理请回1和编号，例如1 {code}；全部说法请回?",
        "permitted": "{code}已记为允许，请在{long}内关好门",
        "permitted_closed": "{code}已记您处理，{long}内可再开一次门。门已关，请确认人在家",
        "pass_minutes": "许可时间请在5到240分之间，例如2 {code} 30",
        "not_a_door": "{code}不是一户开门的事，来处理请回1 {code}",
        "does_not_fit": "{code}不是这样的事。误报请回0 {code} 3，来处理请回1 {code}",
        "not_yours": "{code}由负责那一户的人处理，已通知他们，谢谢",
        "returned": "{code}已记为已回家，谢谢",
        "permitted_after_all": "{code}已记为允许，谢谢",
        "false_alarm": "{code}已记为误报，谢谢",
        "moved": "{code}已记为搬走，谢谢",
        "sensor_fault": "{code}已记为门磁故障，谢谢",
        "at_home": "{code}已记为人在家，谢谢",
        "help": "1 编号：来处理；2 编号 30：许可30分；9 编号：紧急出门；"
        "0 编号 加1回家2允许3误报4紧急5搬走6故障7在家",
    },
    choose="有几件未处理，请回1和编号：",
    listed="{code} {address}",
    listed_more="等{count}件",
)

_EN = Phrases(
    head="Door sensor: ",
    drill_head="DRILL, door sensor: ",
    not_drill="Not the drill: ",
    urgent="Urgent: ",
    date="{day}/{month_name} ",
    what={
        Kind.INFERRED_OPENING: "found to have opened by {when}",
        Kind.WINDOW_OVERRUN: "opened {when}",
        Kind.HELD_OPEN: "opened {when}",
        Kind.UNAUTHORISED_OPENING: "opened {when}",
        Kind.REPEATED_OPENING: "opened again {when}",
        Kind.MASS_OPENING: "many doors opened from {when}, perhaps a fire, please look at once",
        Kind.TAMPER: "door sensor removed {when}, please look",
        Kind.SENSOR_SILENT: "door sensor silent since {when}, door not seen, please look",
        Kind.SENSOR_FAULT: "door sensor flapping since {when}, perhaps loose, please look",
        Kind.BATTERY_LOW: "door sensor battery low {when}, please change it",
        Kind.WELFARE: "did not open by {when} as it should, please ask after them",
        Kind.GATEWAY_FAULT: "gateway not working well since {when}, please look",
        Kind.EMERGENCY: "the household called for help at {when}, please call or go at once",
    },
    over="works again, nothing to do",
    recovered={
        Kind.SENSOR_SILENT: "door sensor heard again, nothing to do",
        Kind.SENSOR_FAULT: "door sensor no longer flapping, nothing to do",
        Kind.BATTERY_LOW: "door sensor battery is fine again, nothing to do",
        Kind.GATEWAY_FAULT: "gateway works again, nothing to do",
    },
    between="opened at least once between {since} and {when} (inferred)",
    unverified="time not verified",
    comma=", ",
    stop=". ",
    why={
        Kind.INFERRED_OPENING: "not seen at the time",
        Kind.WINDOW_OVERRUN: "past the permitted time",
        Kind.HELD_OPEN: "open too long",
        Kind.UNAUTHORISED_OPENING: "outside permitted times",
        Kind.REPEATED_OPENING: "several times in a short while",
    },
    why_reason={
        Reason.WINDOW_USED_UP: "permitted openings used up",
        Reason.CURFEW: "at night, outside permitted times",
        Reason.TOO_LONG: "longer than permitted",
        Reason.PAST_END: "past the permitted time",
        Reason.BETWEEN: "perhaps outside permitted times",
    },
    door_open="still open",
    door_closed="now closed",
    stood_open="open for {long}",
    late="Reported {long} late",
    unanswered="No answer yet",
    look="Please look",
    reply="Reply 1 {code} if you take it",
    link="If you take it: {link}",
    code="Code {code}",
    spoken_head="This is the door sensor service. ",
    spoken_drill_head="This is a drill of the door sensor service. ",
    spoken_time="{hour}:{minute:02}",
    spoken_code="The code is {code}. ",
    keypad="If you take it, press 1. To hear it again, press 2. ",
    keypad_exit="If it was an emergency exit, press 9. ",
    day_hours="{days} d {hours} h",
    hours="{hours} h",
    hours_minutes="{hours} h {minutes} min",
    minutes="{minutes} min",
    answers={
        "taken": "{code} is yours, thank you. Another reminder if the door is open in {long}",
        "taken_closed": "{code} is yours, thank you. The door is closed; "
        "please make sure they are at home",
        "taken_again": "{code} is yours, thank you. The door is still open, reminders go on",
        "taken_other": "{code} is yours, thank you",
        "taken_before": "Somebody already has {code}, thank you",
        "door_closed": "{code}: the door is closed after {long}; please make sure they are at home",
        "over": "{code} is over, nothing more to do",
        "emergency": "{code} is noted as an emergency exit, please make sure they are safe",
        "no_such_code": "No code {code}. Please look at the text and reply again",
        "nothing_open": "Nothing waits for you now",
        "not_understood": "Not understood. To take it reply 1 and the code, such as 1 {code}; "
        "for all replies send ?",
        "permitted": "{code} is noted as permitted, please see that the door is closed in {long}",
        "permitted_closed": "{code} is yours, one more opening is permitted in {long}. "
        "The door is closed; please make sure they are at home",
        "pass_minutes": "A pass lasts 5 to 240 min. Reply such as 2 {code} 30",
        "not_a_door": "{code} is not about one home's door. To take it reply 1 {code}",
        "does_not_fit": "That does not fit what {code} is. If it was a false alarm reply "
        "0 {code} 3, to take it 1 {code}",
        "not_yours": "{code} is for the people who answer for that home; they were told, thank you",
        "returned": "{code} is noted as returned, thank you",
        "permitted_after_all": "{code} is noted as permitted, thank you",
        "false_alarm": "{code} is noted as a false alarm, thank you",
        "moved": "{code} is noted as moved away, thank you",
        "sensor_fault": "{code} is noted as a sensor fault, thank you",
        "at_home": "{code} is noted as at home, thank you",
        "help": "1 CODE: I take it. 2 CODE 30: permit 30 min. 9 CODE: emergency. 0 CODE and "
        "1 back 2 permitted 3 false 4 emergency 5 moved 6 fault 7 at home",
    },
    choose="Several are open. Reply 1 and the code: ",
    listed="{code} {address}",
    listed_more="of {count} in all",
)

PHRASES: Mapping[Language, Phrases] = {Language.ZH: _ZH, Language.EN: _EN}
