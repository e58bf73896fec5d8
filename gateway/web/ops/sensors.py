"""The sensors of the ledger: what is the matter with each, and when it was heard last."""

from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from fastapi import APIRouter, Request, Response

from gateway.accounts.rights import Who
from gateway.web.desk.standing import Standing
from gateway.web.guard import Operating
from gateway.web.live import events
from gateway.web.pages import Pages
from rules.household.sensing import LOW
from rules.moment import Moment

if TYPE_CHECKING:
    from gateway.intake.heard import Heard
    from gateway.ledger.model import Household, Sensor
    from gateway.memory import Memory
    from gateway.web.site import Site

SHOWN = 200  # rows on a page; the search finds the others
EVERY: Final = 10_000  # ms: so often a page that is watched shows newer times


class Is(StrEnum):
    """What a sensor is, the gravest first: one of ``HEARING``, and what there is besides."""

    LOST = "lost"  # its relay gave it up
    SILENT = "silent"
    NEVER = "never"  # not heard once since it is in the ledger
    FAULTY = "faulty"  # it flaps
    BATTERY_CHANGED = "battery_changed"  # it waits for a person's word
    BATTERY_LOW = "battery_low"
    TRIED = "tried"  # an installer is at it
    UNSUPERVISED = "unsupervised"  # was heard; whether it still lives nobody would notice
    HEARD = "heard"  # and would be missed


HEARING: Final = (Is.LOST, Is.SILENT, Is.NEVER, Is.UNSUPERVISED, Is.HEARD)
"""Every sensor is one of these: so many add up to all."""


STANDING: Final = {
    Is.LOST: Standing.UNSEEN,
    Is.SILENT: Standing.UNSEEN,
    Is.NEVER: Standing.UNSEEN,
    Is.FAULTY: Standing.ATTENTION,
    Is.BATTERY_CHANGED: Standing.ATTENTION,
    Is.BATTERY_LOW: Standing.ATTENTION,
    Is.TRIED: Standing.PERMITTED,
    Is.UNSUPERVISED: Standing.UNSEEN,
    Is.HEARD: Standing.QUIET,
}


class Bound(NamedTuple):
    """A sensor of the ledger as it is now."""

    row: "Sensor"
    home: "Household"
    heard: "Heard"
    are: tuple[Is, ...]  # the gravest first

    @property
    def told(self) -> tuple[Is, ...]:
        """What is the matter with it; that it is heard only where nothing is."""
        return self.are[:-1] if self.are[-1] is Is.HEARD and len(self.are) > 1 else self.are

    @property
    def is_unwell(self) -> bool:
        """Somebody should look after it; that it is of a kind without supervision is no news."""
        return self.are[0] not in (Is.TRIED, Is.UNSUPERVISED, Is.HEARD)


def bound(memory: "Memory", who: Who, now: Moment) -> list[Bound]:
    """Every sensor that is theirs to see, by id."""
    homes, ledger = memory.ledger.households, memory.ledger
    silent = {one.sensor_id for grid in memory.grids.values() for one in grid.silent}
    unsupervised = {
        one.sensor_id
        for grid in memory.grids.values()
        for one in grid.policy.sensors
        if one.every is None
    }
    found = []
    for sensor_id, heard in sorted(memory.intake.sensors.items()):
        row = ledger.sensors[sensor_id]
        if who.sees(homes[row.household_id].grid_id):
            flags = sensor_id in silent, sensor_id in unsupervised
            are = tuple(_are(memory, heard, *flags, now))
            found.append(Bound(row, homes[row.household_id], heard, are))
    return found


def _are(
    memory: "Memory", heard: "Heard", is_silent: bool, is_unsupervised: bool, now: Moment
) -> Iterator[Is]:
    home = memory.homes[heard.household_id]
    hearing = _hearing(heard, is_silent, is_unsupervised)
    if hearing in (Is.LOST, Is.SILENT, Is.NEVER):
        yield hearing
    if any(one.sensor_id == heard.sensor_id for one in home.rest.faulty):
        yield Is.FAULTY
    if heard.counts_anew is not None:
        yield Is.BATTERY_CHANGED
    if heard.battery_low or (heard.battery is not None and heard.battery <= LOW):
        yield Is.BATTERY_LOW
    if any(one == heard.sensor_id and until > now for one, until in home.commissioning):
        yield Is.TRIED
    if hearing in (Is.UNSUPERVISED, Is.HEARD):
        yield hearing


def _hearing(heard: "Heard", is_silent: bool, is_unsupervised: bool) -> Is:
    if not heard.heard_at:
        return Is.NEVER
    if heard.lost:
        return Is.LOST
    if is_silent:
        return Is.SILENT
    return Is.UNSUPERVISED if is_unsupervised else Is.HEARD


def counted(sensors: list[Bound]) -> dict[Is, int]:
    """How many are what; whatever one is besides ``HEARING`` counts once more."""
    many = Counter(one for sensor in sensors for one in sensor.are)
    return {one: many[one] for one in Is}


def router(site: "Site") -> APIRouter:
    pages = APIRouter()

    @pages.get("/ops/sensors")
    async def table(
        request: Request, who: Operating, q: str = "", be: Is | None = None, order: str = "oldest"
    ) -> Response:
        known = bound(site.memory, who, site.now())
        found = [one for one in known if (be is None or be in one.are) and _fits(one, q)]
        if order in ("oldest", "newest"):
            found.sort(key=lambda one: one.heard.heard_at, reverse=order == "newest")
        shown: Pages = request.app.state.pages
        return await shown.show(
            request,
            "ops/sensors.html",
            sensors=found[:SHOWN],
            more=max(0, len(found) - SHOWN),
            known=len(known),
            counted={one: many for one, many in counted(known).items() if many},
            standing=STANDING,
            q=q,
            be=be,
            order=order,
        )

    @pages.get("/ops/sensors/events")
    async def sensor_events(request: Request, who: Operating) -> Response:
        return events(request, lambda: site.now() // EVERY, site.now)

    return pages


def _fits(one: Bound, q: str) -> bool:
    row, home = one.row, one.home
    words = (
        row.sensor_id, row.address, row.place, row.protocol,
        home.household_id, home.address, home.grid_id,
    )  # fmt: skip
    said = " ".join(words).lower()
    return all(part in said for part in q.lower().split())
