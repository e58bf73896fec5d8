"""The steps of an installation: what a tap changes. Each is taken once, however often it arrives.

A phone in a stairwell sends a step again until it hears an answer, and may send it late. Raises
nothing for what a person or a sensor does wrong: the job's ``problem`` says it on the page.
"""

import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final

from drivers.ble.decode_one import decode_advertisement
from drivers.errors import Reason
from drivers.stranger import Stranger
from gateway import requests
from gateway.accounts.rights import Who
from gateway.errors import Mistakes
from gateway.granting import Refused
from gateway.ledger import pairing
from gateway.ledger.model import Ledger
from gateway.store import journal
from gateway.store.ledgers import Overtaken
from gateway.web.install import picking, trial
from gateway.web.install.changing import change
from gateway.web.install.jobs import Job, Jobs, Kind, State
from rules.moment import MINUTE

if TYPE_CHECKING:
    from gateway.web.site import Site

STEP_LONGEST: Final = 80  # characters of a step's id, ours have ten: they are kept
LATE_MOST: Final = 10 * MINUTE  # a tap that was kept on the phone for longer measures nothing
Form = Mapping[str, str]


def heard_now(site: "Site") -> list[picking.Heard]:
    """Who is heard and not bound, the strongest first; and they are listened to for longer."""
    site.discovery.go_on()
    return [(each, site.discovery.moves(each)) for each in site.discovery.found()]


async def take(site: "Site", jobs: Jobs, who: Who, job: Job, act: str, form: Form) -> None:
    """One step. One that was taken already, or does not belong here any more, changes nothing."""
    step = (form.get("step") or job.step_id(act))[:STEP_LONGEST]
    states, work = _ACTS[act]
    if step in job.steps or job.state not in states:
        return
    job.problem = ""
    await work(site, who, job, form)
    job.took(step)
    await jobs.save(job)


async def begin_trial(site: "Site", who: Who, job: Job) -> None:
    """From here on openings are counted, and disturb nobody. Raises ``Refused``."""
    await _commission(site, who, job, requests.MOST_MINUTES)
    heard = site.memory.intake.sensors[job.sensor_id]
    heard.trial = None
    trial.watch(heard)
    job.from_row = await journal.last_id(site.database)
    job.until = site.now() + requests.MOST_MINUTES * MINUTE
    job.state, job.tapped_at, job.heard_ms, job.unheard = State.TRIAL, None, None, 0


async def figures_of(site: "Site", job: Job) -> trial.Figures:
    """How the trial stands; also how long the tapped opening took to be heard."""
    seen = await trial.load(site.database, job.sensor_id, job.from_row)
    heard = site.memory.intake.sensors.get(job.sensor_id)
    told = trial.said(trial.watch(heard)) if heard is not None else []
    below = heard.counter_below if heard is not None else None
    if job.heard_ms is None and job.tapped_at is not None:
        job.heard_ms = trial.heard_after(seen, job.tapped_at)
    return trial.figures(seen, told, job.protocol, below, job.unheard)


# -- the steps -----------------------------------------------------------------------------------


async def _bind(site: "Site", who: Who, job: Job, form: Form) -> None:
    """The one that was tapped; without an address the one that was opened and closed."""
    heard = heard_now(site)
    address, protocol = form.get("address", ""), form.get("protocol", "")
    if address:
        named = (one for one, _ in heard if (one.address, one.protocol) == (address, protocol))
        found = next(named, None)
        job.problem = "" if found else "gone"
    else:
        picked = picking.pick(heard, job.since)
        found = picked.one
        job.problem = "" if found else "several" if picked.several else "nobody"
    if found is None:
        return
    job.protocol, job.address, job.sealed = found.protocol, found.address, found.needs_key
    if found.needs_key:
        job.state = State.KEY
    else:
        await _paired(site, who, job, None)


async def _key(site: "Site", who: Who, job: Job, form: Form) -> None:
    key = "".join(form.get("key", "").split()).replace(":", "").replace("-", "").lower()
    stranger = next(
        (s for s, _ in heard_now(site) if (s.address, s.protocol) == (job.address, job.protocol)),
        None,
    )
    if not key or not fits(stranger, key):
        job.problem = "wrong_key" if key else "no_key"
        return
    await _paired(site, who, job, key)


def fits(stranger: Stranger | None, key: str) -> bool:
    """Whether what was heard can be read with this key (hex); what was not heard cannot refute."""
    try:
        raw = bytes.fromhex(key)
    except ValueError:
        return False
    if stranger is None or stranger.sealed is None:
        return True
    decoded = decode_advertisement(stranger.address, stranger.sealed, key=raw)
    return decoded.reason in (None, Reason.NO_STATE)


async def _paired(site: "Site", who: Who, job: Job, key: str | None) -> None:
    device = pairing.Device(job.address, job.protocol, key, job.household_id)
    used = {each.sensor_id for each in await Jobs(site.database).of_household(job.household_id)}
    sensor_id = job.sensor_id

    def changed(ledger: Ledger) -> Ledger:
        nonlocal sensor_id
        sensor_id = job.sensor_id or pairing.free_id(ledger, job.household_id, frozenset(used))
        country = site.config.gateway.country
        return pairing.paired(ledger, country, sensor_id, device, "install")

    detail = "bound to another device" if job.kind is Kind.REPLACE else "bound"
    try:
        await change(site, who.by, lambda: sensor_id, detail, changed)
    except Mistakes as mistakes:
        about_key = any("key" in mistake.place for mistake in mistakes.mistakes)
        job.problem = "wrong_key" if about_key else "taken"
        return
    except Overtaken:
        job.problem = "busy"
        return
    job.sensor_id = sensor_id
    await begin_trial(site, who, job)


async def _again(site: "Site", who: Who, job: Job, form: Form) -> None:
    """Whoever moved so far does not count; a trial begins anew."""
    if job.state is State.TRIAL:
        await begin_trial(site, who, job)
    else:
        job.since, job.state = site.now(), State.LISTEN


async def _wrong(site: "Site", who: Who, job: Job, form: Form) -> None:
    """Another device was bound than the one on this door: it is let go, and chosen again."""
    if job.kind is not Kind.NEW:
        return
    bound = job.sensor_id
    await change(
        site,
        who.by,
        lambda: bound,
        "let go: the wrong one was bound",
        lambda ledger: pairing.retired(ledger, bound) if bound in ledger.sensors else ledger,
    )
    job.sensor_id, job.since, job.state = "", site.now(), State.LISTEN


async def _tap(site: "Site", who: Who, job: Job, form: Form) -> None:
    """The door is being opened; ``ago``: so many ms before this was sent."""
    ago = int(form.get("ago") or 0) if (form.get("ago") or "0").isdecimal() else LATE_MOST
    job.tapped_at = site.now() - ago if ago < LATE_MOST else None
    job.heard_ms = None


async def _unheard(site: "Site", who: Who, job: Job, form: Form) -> None:
    job.unheard += 1


async def _done(site: "Site", who: Who, job: Job, form: Form) -> None:
    """Its figures are kept; from now on its openings count."""
    found = await figures_of(site, job)
    if not (found.passes or form.get("anyway")):
        job.problem = "not_yet"
        return
    heard = site.memory.intake.sensors.get(job.sensor_id)
    job.figures, job.passed = trial.as_json(found), found.passes
    job.battery = heard.battery if heard is not None else None
    job.state = State.DONE
    await _end(site, who, job)


async def _text(site: "Site", who: Who, job: Job, form: Form) -> None:
    """A text to whoever installs, to see that texts arrive."""
    if who.person_id is None:
        job.problem = "no_phone"
        return
    job.text_id = await requests.send_test_text(site.database, site.core, who.person_id, who.by)
    site.committed()


async def _leave(site: "Site", who: Who, job: Job, form: Form) -> None:
    job.state = State.LEFT
    await _end(site, who, job)


async def _end(site: "Site", who: Who, job: Job) -> None:
    job.ended_at = site.now()
    heard = site.memory.intake.sensors.get(job.sensor_id)
    if heard is None:
        return
    heard.trial = None
    with contextlib.suppress(Refused):  # it was taken out meanwhile
        await _commission(site, who, job, 0)


async def _commission(site: "Site", who: Who, job: Job, minutes: int) -> None:
    body = {"do": "commission", "sensor": job.sensor_id, "minutes": minutes, "by": who.by}
    await requests.carry_out(site.core, body)


Act = Callable[["Site", Who, Job, Form], Awaitable[None]]
_LISTENING: Final = (State.LISTEN, State.KEY)
_OPEN: Final = (*_LISTENING, State.TRIAL)
_ACTS: Final[dict[str, tuple[tuple[State, ...], Act]]] = {
    "bind": ((State.LISTEN,), _bind),
    "key": ((State.KEY,), _key),
    "again": (_OPEN, _again),
    "wrong": ((State.TRIAL,), _wrong),
    "tap": ((State.TRIAL,), _tap),
    "unheard": ((State.TRIAL,), _unheard),
    "done": ((State.TRIAL,), _done),
    "text": ((State.DONE,), _text),
    "leave": (_OPEN, _leave),
}
ACTS: Final = frozenset(_ACTS)
