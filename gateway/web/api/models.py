"""What the API takes and gives. Moments are RFC 3339 with the offset of the gateway's zone."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gateway.outcomes import described
from gateway.passes import LONGEST, SHORTEST, USUAL
from rules.model import Channel, Door, Kind, Outcome, Role

Id = Annotated[int, Field(ge=1, le=2**53 - 1)]  # JSON's whole numbers
Name = Annotated[str, Field(min_length=1, max_length=64)]


class Given(BaseModel):
    """A body of ours: nothing unknown."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Problem(BaseModel):
    """Why it was not done; nothing was changed."""

    detail: str | list[dict[str, str]]


class Credentials(Given):
    name: Name
    password: Annotated[
        str, StringConstraints(min_length=1, max_length=256, strip_whitespace=False)
    ]


class Session(BaseModel):
    user: str
    person_id: str | None
    role: Role
    grid_id: str | None = Field(description="null: all grids")
    csrf: str = Field(description="To be sent as X-CSRF-Token with every change.")


class Entry(BaseModel):
    """A line of an incident's timeline."""

    at: datetime | None
    what: str
    detail: str | None = None


class Alert(BaseModel):
    """One message to one person."""

    id: int
    person_id: str
    kind: Channel
    provider: str | None
    step: int
    text: str
    status: str
    provider_id: str | None
    attempts: int
    created_at: datetime | None
    accepted_at: datetime | None
    delivered_at: datetime | None
    error: str | None
    reading_at: datetime | None
    latency: dict[str, float | None] | None


class Incident(BaseModel):
    """One thing that somebody must look at."""

    model_config = ConfigDict(extra="allow")

    id: int
    code: str
    kind: Kind
    severity: Literal["low", "medium", "high", "critical"]
    reason: str
    household_id: str | None
    grid_id: str | None
    sensor_ids: list[str]
    raised_at: datetime | None
    occurred_at: datetime | None
    updated_at: datetime | None
    late_seconds: float
    clock_verified: bool
    door_open: bool | None
    state: Literal["open", "acknowledged", "resolved"]
    acknowledged_by: str | list[str] | None
    acknowledged_at: datetime | None
    resolved_by: str | None
    resolved_at: datetime | None
    outcome: Outcome | None
    next_step_at: datetime | None
    drill: bool
    timeline: list[Entry]
    alerts: list[Alert]


class Resolving(Given):
    outcome: Outcome = Field(description=f"What people may say, by kind: {described()}.")


class Granting(Given):
    household_id: Name
    minutes: Annotated[int, Field(ge=SHORTEST, le=LONGEST)] = USUAL
    kind: Annotated[str, Field(pattern="^[a-z_]{1,20}$")] = "other"
    incident_id: Id | None = Field(None, description="Covers the door that stands open there.")


class Pass(BaseModel):
    """A one-off permission."""

    id: str
    state: Literal["valid", "used", "overrun", "expired", "revoked"]
    household_id: str
    granted_by: str
    granted_at: datetime | None
    starts_at: datetime | None
    ends_at: datetime | None
    max_open_minutes: int
    kind: str
    incident_id: int | None
    own: bool
    used_at: datetime | None
    overrun_at: datetime | None
    revoked_by: str | None
    revoked_at: datetime | None


class Sensor(BaseModel):
    sensor_id: str
    household_id: str
    protocol: str
    address: str
    place: str
    state: Door | None
    state_since: datetime | None
    last_heard_at: datetime | None
    battery: int | None = Field(description="per cent")
    battery_changed: bool = Field(description="It seems: somebody has to say so.")
    has_key: bool


class Household(BaseModel):
    household_id: str
    grid_id: str
    address: str
    building: str | None
    unit: str | None
    room: str | None
    isolation_start: str
    isolation_end: str | None
    door_open: bool | None = Field(description="null: not known")
    incident_id: int | None = Field(description="The one that is not resolved yet.")
    sensors: list[Sensor]
