"""Words of the resident's page: plain, without blame."""

WORDS = {
    "resident.title": ("我家的门磁", "My door sensor"),
    "resident.ask": ("要开一次门？先点一下", "Need to open the door? Tap first"),
    "resident.left": (
        "今天还可以点 {left} 次（每天 {most} 次）",
        "{left} of {most} left today",
    ),
    "resident.none_left": (
        "今天的次数用完了。请打电话给网格员，他可以再给您开一次。",
        "None is left today. Please call your grid member, who can give you another.",
    ),
    "resident.delivery": ("取快递", "A parcel"),
    "resident.garbage": ("放垃圾", "The rubbish"),
    "resident.visit": ("有人上门", "A visitor"),
    "resident.once": ("一次，{minutes} 分钟内", "Once, within {minutes} min"),
    "resident.granted": (
        "好了。请开一次门，办完就关上。",
        "Done. Open the door once, and close it when you are back.",
    ),
    "resident.valid": (
        "现在可以开一次门，到 {clock} 为止。",
        "You may open the door once until {clock}.",
    ),
    "resident.emergency": ("紧急情况", "Emergency"),
    "resident.emergency_how": ("直接离开，随后有人联系您", "Leave at once, somebody will call"),
    "resident.emergency_sure": (
        "有危险就先走，不用等。按下后，网格员和社区马上会收到电话。这不算违规。",
        "If there is danger, go, do not wait. When you press, people are called at once. This is never held against you.",
    ),
    "resident.emergency_now": ("现在叫人来", "Call people now"),
    "resident.called": (
        "已经通知了。有危险就先离开，到安全的地方再说。",
        "People have been called. If there is danger, leave first.",
    ),
    "resident.hotlines": ("电话", "Numbers to call"),
    "resident.119": ("火警", "fire"),
    "resident.120": ("急救", "ambulance"),
    "resident.110": ("报警", "police"),
    "resident.112": ("紧急电话", "emergency"),
    "resident.999": ("紧急电话", "emergency"),
    "resident.what": ("记录了什么", "What is recorded"),
    "resident.what_door": (
        "只记录门开和门关的时间，还有门磁的电量。不录音，不录像，不知道是谁进出。",
        "Only when the door opens and closes, and the sensor's battery. No sound, no picture, not who it was.",
    ),
    "resident.why": (
        "为了在隔离期间，门在约定时间以外打开时，网格员能知道。",
        "So that your grid member knows when the door opens outside agreed times during the isolation.",
    ),
    "resident.who": (
        "能看到的人：本网格的网格员和网格长，还有社区、指挥部、网关运维的工作人员，值班不值班都能看。",
        "Who can see it: the members and leader of your grid, and those who work for community, command post and the gateway's operations, on duty or not.",
    ),
    "resident.until": (
        "隔离期：{begins} 到 {ends}。解除 {days} 天后全部删除。",
        "Isolation: {begins} to {ends}. {days} days after it all of it is erased.",
    ),
    "resident.until_open": (
        "隔离期：{begins} 起。解除 {days} 天后全部删除。",
        "Isolation: since {begins}. {days} days after it ends all of it is erased.",
    ),
    "resident.not_now": (
        "现在不在隔离期，门可以随时开。",
        "There is no isolation now: the door may be opened at any time.",
    ),
    "resident.log": ("我家门的记录", "What my door recorded"),
    "resident.log_empty": ("还没有记录", "Nothing yet"),
    "resident.open": ("开门", "opened"),
    "resident.closed": ("关门", "closed"),
    "resident.ask_for_all": (
        "要一份全部记录，或者觉得哪里不对，请告诉网格员。",
        "For a copy of everything, or if something is wrong, tell your grid member.",
    ),
    "resident.pin_title": ("请输入密码", "Enter the PIN"),
    "resident.pin": ("6 位数字，写在给您的纸上", "6 digits, on the paper you were given"),
    "resident.pin_button": ("打开", "Open"),
    "resident.pin_wrong": ("数字不对，请再看一下", "That is not it, please look again"),
    "resident.pin_wait": ("请等 {seconds} 秒再试", "Please wait {seconds} s"),
    "resident.gone": ("这个链接已失效", "This link is no longer valid"),
    "resident.gone_why": (
        "隔离已经结束，或者换了新的链接。请问网格员。有危险请直接打电话：",
        "The isolation is over, or there is a new link. Ask your grid member. In danger, call:",
    ),
}
