"""The gateway's parts: how each is now, in a few facts, and which runbook belongs to it.

Reads what the gateway counts anyway; the limits are those of deploy/prometheus. What nobody
measures is not observed, which is not the same as well. Times of the machine (packets, heartbeats,
backups, certificates) are compared with its wall clock, the gateway's own with the gateway's: the
demo's day is not the machine's.
"""

import platform
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gateway import __version__
from gateway.alerts.budget import limits_of
from gateway.backup import last
from gateway.backup.errors import Reason
from gateway.logs import masked
from gateway.policies import BROKER
from gateway.radio_metrics import LAST_PACKET, TROUBLE
from gateway.store.schema import MIGRATIONS
from gateway.web.desk.standing import Standing
from rules.moment import DAY, HOUR, MINUTE, SECOND, Duration, Moment

if TYPE_CHECKING:
    from gateway.accounts.rights import Who
    from gateway.web.ops.figures import Figures
    from gateway.web.site import Site

HEARTBEAT_OLD: Final[Duration] = MINUTE
OUTBOX_OLD: Final[Duration] = 2 * MINUTE
CERTIFICATE_NEAR: Final[Duration] = 21 * DAY
BACKUP_INTERVALS: Final = 1.5
DISK_LEFT: Final = 0.1  # share of the disk
_NEWEST: Final = 500  # alerts among which a provider's last error is looked for
_MB: Final = 1_000_000
_COMMAND_FAILED: Final = "the command that takes it away failed"  # "command" is a role, too

QUIET, BUSY, ATTENTION, UNSEEN = (
    Standing.QUIET, Standing.PERMITTED, Standing.ATTENTION, Standing.UNSEEN,
)  # fmt: skip


class Fact(NamedTuple):
    """A sentence of the words ``ops.key``; ``ms``: a duration in it, called ``long``."""

    key: str
    values: Mapping[str, Any] = {}
    ms: Duration | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """``key``: of its name; ``name``: of one among several; ``error``: words of somebody else's."""

    key: str
    standing: Standing
    facts: tuple[Fact, ...] = ()
    runbook: str = ""
    name: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Errors:
    """What providers last refused, and when (ms), by name."""

    by_provider: Mapping[str, tuple[str, Moment]] = field(default_factory=dict)


async def last_errors(site: "Site") -> Errors:
    rows = await site.database.rows(
        "SELECT provider, error, COALESCE(accepted_at, sending_at, created_at) AS at FROM alerts"
        " WHERE id > (SELECT COALESCE(MAX(id), 0) FROM alerts) - ?"
        " AND provider IS NOT NULL AND error IS NOT NULL ORDER BY id",
        (_NEWEST,),
    )
    return Errors({row["provider"]: (masked(row["error"]), row["at"]) for row in rows})


def parts(site: "Site", figures: "Figures", errors: Errors, wall: Moment) -> list[Part]:
    """All of them, in the order of the page. ``wall``: the machine's clock, ms."""
    now = site.now()
    return [
        *_radios(site, figures, wall),
        *_broker(site),
        *_providers(site, errors, now),
        _outbox(site, figures, now),
        _clock(site, now),
        _heartbeat(site, figures, wall),
        _store(site, figures),
        *_backups(site, wall),
        *_certificates(figures, wall),
        _versions(site),
    ]


def _radios(site: "Site", figures: "Figures", wall: Moment) -> Iterator[Part]:
    if not site.config.ble.enabled:
        return
    for adapter in site.config.ble.adapters:
        up = site.health.sources.get(adapter)
        trouble = figures.by(TROUBLE, "reason", adapter=adapter)
        facts = [Fact("trouble", {"reason": why}) for why, is_so in trouble.items() if is_so]
        heard = figures.by(LAST_PACKET, "adapter").get(adapter)
        if heard:
            facts.append(Fact("last_packet", ms=max(0, wall - int(heard * SECOND))))
        elif heard is not None:
            facts.append(Fact("no_packet"))
        state = UNSEEN if up is None else QUIET if up else ATTENTION
        yield Part("radio", state, tuple(facts), "DoorwatchRadioDead", adapter)


def _broker(site: "Site") -> Iterator[Part]:
    url = site.config.mqtt.url
    if url is None:
        return
    up = site.health.sources.get(BROKER)
    where = {"host": url.host, "port": url.port}
    fact = Fact("embedded" if url.embedded else "reached_at", where)
    state = UNSEEN if up is None else QUIET if up else ATTENTION
    yield Part("broker", state, (fact,), "DoorwatchBrokerDown")


def _providers(site: "Site", errors: Errors, now: Moment) -> Iterator[Part]:
    known = site.metrics.providers_up()
    if not known:
        yield Part("providers", ATTENTION, (Fact("no_provider"),), "DoorwatchProviderRefusing")
    for name, up in known.items():
        said, at = errors.by_provider.get(name, ("", 0))
        facts = [Fact("last_error", ms=max(0, now - at))] if said else [Fact("no_error")]
        if name == "modem":
            facts.append(Fact("modem_see"))
        state = QUIET if up else ATTENTION
        yield Part("provider", state, tuple(facts), "DoorwatchProviderRefusing", name, said)


def _outbox(site: "Site", figures: "Figures", now: Moment) -> Part:
    pending = figures.value("doorwatch_outbox_pending")
    oldest = figures.value("doorwatch_outbox_oldest_timestamp_seconds")
    unsent = int(figures.value("doorwatch_incidents_unsent") or 0)
    if pending is None:
        return Part("outbox", UNSEEN, runbook="DoorwatchOutboxAgeing")
    facts = [Fact("pending", {"n": int(pending)}) if pending else Fact("none_pending")]
    age = max(0, now - int(oldest * SECOND)) if oldest is not None else 0
    if oldest is not None:
        facts.append(Fact("oldest", ms=age))
    if unsent:
        facts.append(Fact("unsent", {"n": unsent}))
        return Part("outbox", ATTENTION, tuple(facts), "DoorwatchIncidentsUnsent")
    state = ATTENTION if age > OUTBOX_OLD else BUSY if pending else QUIET
    return Part("outbox", state, tuple(facts), "DoorwatchOutboxAgeing")


def _clock(site: "Site", now: Moment) -> Part:
    memory = site.memory
    if memory.verified:
        why = site.core.clock.why()
        facts = (Fact("vouched", {"by": why}) if why else Fact("verified"),)
        return Part("clock", QUIET, facts, "DoorwatchClockUnverified")
    since = memory.doubtful_since
    facts = (Fact("unverified", ms=max(0, now - since) if since is not None else 0),)
    return Part("clock", ATTENTION, facts, "DoorwatchClockUnverified")


def _heartbeat(site: "Site", figures: "Figures", wall: Moment) -> Part:
    stages = figures.by("doorwatch_heartbeat_timestamp_seconds", "stage")
    if not stages or not all(stages.values()):
        facts, state = [Fact("no_beat")], UNSEEN
    else:
        stage, at = min(stages.items(), key=lambda one: one[1])
        age = max(0, wall - int(at * SECOND))
        is_old = age > HEARTBEAT_OLD
        fact = Fact("beat_stuck", {"stage": stage}, age) if is_old else Fact("beat", ms=age)
        facts, state = [fact], ATTENTION if is_old else QUIET
    if site.config.metrics.ping_url is not None:
        at = figures.value("doorwatch_ping_last_success_timestamp_seconds") or 0
        facts.append(Fact("ping", ms=max(0, wall - int(at * SECOND))) if at else Fact("no_ping"))
    return Part("heartbeat", state, tuple(facts), "DoorwatchHeartbeatStopped")


def _store(site: "Site", figures: "Figures") -> Part:
    commit = "doorwatch_store_commit_seconds"
    facts = [Fact("size", {"mb": _size(site.config.store.path)})]
    count, total = figures.value(f"{commit}_count"), figures.value(f"{commit}_sum")
    if count and total is not None:
        values = {"mean": f"{1000 * total / count:.1f}"}
        most = figures.quantile(commit, 0.99)
        values["most"] = f"{1000 * most:g}" if most not in (None, float("inf")) else ">5000"
        facts.append(Fact("commit", values))
    free = figures.value("doorwatch_disk_free_bytes")
    whole = figures.value("doorwatch_disk_size_bytes")
    state = QUIET if site.health.store else ATTENTION
    if free is None or not whole:
        state = UNSEEN if state is QUIET else state
        facts.append(Fact("disk_unknown"))
    else:
        values = {"gb": f"{free / 1e9:.1f}", "share": f"{100 * free / whole:.0f}"}
        facts.append(Fact("disk", values))
        state = ATTENTION if free / whole < DISK_LEFT else state
    if refused := int(figures.value("doorwatch_store_errors_total") or 0):
        facts.append(Fact("refused", {"n": refused}))
    return Part("store", state, tuple(facts), "DoorwatchDiskFilling")


def _size(path: Path) -> str:
    """Of the file and its log, MB."""
    files = (path, path.with_name(f"{path.name}-wal"))
    return f"{sum(one.stat().st_size for one in files if one.exists()) / _MB:.1f}"


def _backups(site: "Site", wall: Moment) -> Iterator[Part]:
    runbook, given = "DoorwatchBackupOld", site.config.backup
    if not given.is_wanted:
        if site.config_path is not None:  # the demo's store is taken away with it
            yield Part("backups", ATTENTION, (Fact("no_backup"),), runbook)
        return
    known = last.read(site.config.store.path)
    every = given.every_hours * HOUR
    facts = [Fact("backup", ms=max(0, wall - known.at))] if known.at else [Fact("never_backup")]
    facts.append(Fact("every", ms=every))
    if known.failed_at:
        why = _COMMAND_FAILED if known.why == Reason.COMMAND else known.why
        facts.append(Fact("backup_failed", {"why": why}, max(0, wall - known.failed_at)))
    is_old = not known.at or wall - known.at > BACKUP_INTERVALS * every
    yield Part("backups", ATTENTION if is_old or known.failed_at else QUIET, tuple(facts), runbook)


def _certificates(figures: "Figures", wall: Moment) -> Iterator[Part]:
    ends = figures.by("doorwatch_certificate_expires_timestamp_seconds", "certificate")
    for key, at in ends.items():
        left = int(at * SECOND) - wall
        fact = Fact("ends_in", ms=left) if left > 0 else Fact("ended" if at else "no_certificate")
        state = ATTENTION if left < CERTIFICATE_NEAR else QUIET
        yield Part("certificate", state, (fact,), "DoorwatchCertificateExpiring", key)


def _versions(site: "Site") -> Part:
    values = {
        "doorwatch": __version__,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "kernel": platform.release(),
        "shape": len(MIGRATIONS),
        "ledger": site.memory.ledger_version,
    }
    return Part("versions", QUIET, (Fact("release", values), Fact("machine", values)))


# -- how many texts people may still get -----------------------------------------------------


class Left(NamedTuple):
    """What is left of a number's texts of 24 hours. It is named by those who have it."""

    people: tuple[str, ...]  # ids
    prefix: str
    used: int
    most: int
    reserved: int  # the last ones, for critical incidents only

    @property
    def left(self) -> int:
        return max(0, self.most - self.used)

    @property
    def standing(self) -> Standing:
        if not self.left:
            return ATTENTION
        return BUSY if self.left <= self.reserved else QUIET


def budgets(site: "Site", who: "Who") -> list[Left]:
    """Every number that has a cap, of people who are theirs to see; the least left first."""
    given, by_phone = site.memory.rules.budgets, dict[str, list[str]]()
    for person in site.memory.ledger.people.values():
        if who.sees(person.grid_id):
            by_phone.setdefault(person.phone, []).append(person.person_id)
    found = []
    for phone, people in by_phone.items():
        limits = limits_of(given, phone)
        if limits.is_cap:
            prefix = max((one for one in given if phone.startswith(one)), key=len)
            used = site.metrics.texts_to(phone)
            most = limits.rates[0].most
            found.append(Left(tuple(people), prefix, used, most, limits.reserved))
    return sorted(found, key=lambda one: (one.left, -one.used, one.people))
