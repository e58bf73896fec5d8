"""Every route of the pages and the API: what it needs, and what somebody of another grid gets.

A route that has no entry here fails ``tests/unit/test_web_attacked.py``.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from gateway.accounts.rights import May

OURS: Final = 200  # a page of their own things; nothing of G1 stands on it


class Route(NamedTuple):
    """``path``: about G1, with {incident}, {job} and {used} (a pass) filled in; ``right``: None:
    anybody who is logged in; ``stranger``: the answer to the right of another grid; ``by``: what
    the audit or the journal says was done, "" where nothing is changed; ``refused``: the answer to
    whoever has not the right."""

    path: str
    right: May | None
    stranger: int = 404
    form: Mapping[str, Any] = {}
    by: str = ""
    refused: int = 403


LOOK, ANSWER, INSTALL, OPERATE = May.LOOK, May.ANSWER, May.INSTALL, May.OPERATE
STREAM_OFF: Final = 503  # an event stream that would be theirs, in a test that allows none

OPEN: Final = {
    ("GET", "/api/openapi.json"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/static/{seal}/{name}"),
    ("GET", "/login"),
    ("POST", "/login"),
    ("POST", "/language"),  # a cookie of the browser's own
    ("POST", "/api/v1/login"),
    ("GET", "/r/{token}"),
    ("POST", "/r/{token}"),
}
"""Without a login: health, the login itself, and the resident's page, whose key is its address."""

_API: Final = "/api/v1"
_BIND: Final = {"kind": "try", "sensor": "S1"}
ROUTES: Final[dict[tuple[str, str], Route]] = {
    # the duty desk
    ("GET", "/"): Route("/?grid=G1", LOOK, refused=303),  # to where their own work begins
    ("GET", "/events"): Route("/events?grid=G1", LOOK),
    ("GET", "/incidents"): Route("/incidents", LOOK, OURS),
    ("GET", "/incidents/{incident_id}"): Route("/incidents/{incident}", LOOK),
    ("GET", "/incidents/{incident_id}/events"): Route("/incidents/{incident}/events", LOOK),
    ("GET", "/homes/{household_id:path}"): Route("/homes/H1", LOOK, by="showed"),
    ("GET", "/search"): Route("/search?q=H2", LOOK, OURS),
    ("GET", "/passes"): Route("/passes?household=H1", LOOK, OURS),
    ("GET", "/report"): Route("/report?day=2026-03-04", LOOK, OURS),
    ("POST", "/incidents/{incident_id}/acknowledge"): Route(
        "/incidents/{incident}/acknowledge", ANSWER, by="acknowledged"
    ),
    ("POST", "/incidents/{incident_id}/hand-over"): Route(
        "/incidents/{incident}/hand-over", ANSWER, form={"to": "leader"}, by="handed_over"
    ),
    ("POST", "/incidents/{incident_id}/resolve"): Route(
        "/incidents/{incident}/resolve", ANSWER, form={"outcome": "at_home"}, by="resolved"
    ),
    ("POST", "/incidents/{incident_id}/pass"): Route(
        "/incidents/{incident}/pass", ANSWER, by="pass_granted"
    ),
    ("POST", "/passes"): Route("/passes", ANSWER, form={"household": "H2"}, by="pass_granted"),
    ("POST", "/passes/{pass_id}/revoke"): Route("/passes/{used}/revoke", ANSWER, by="pass_revoked"),
    # the installer
    ("GET", "/install"): Route("/install?grid=G1", INSTALL, OURS),
    ("GET", "/install/codes"): Route("/install/codes?grid=G1", INSTALL),
    ("GET", "/install/code/{household_id:path}.svg"): Route("/install/code/H1.svg", INSTALL),
    ("GET", "/install/h/{household_id:path}"): Route("/install/h/H1", INSTALL),
    ("GET", "/install/h/{household_id:path}/events"): Route("/install/h/H1/events", INSTALL),
    ("GET", "/install/i/{job_id}"): Route("/install/i/{job}", INSTALL),
    ("GET", "/install/i/{job_id}/events"): Route("/install/i/{job}/events", INSTALL),
    ("GET", "/install/certificate/{job_id}"): Route("/install/certificate/{done}", INSTALL),
    ("POST", "/install/h/{household_id:path}/begin"): Route(
        "/install/h/H1/begin", INSTALL, form=_BIND, by="commissioned"
    ),
    ("POST", "/install/i/{job_id}/{act}"): Route(
        "/install/i/{job}/again", INSTALL, by="commissioned"
    ),
    ("POST", "/install/sensor/{sensor_id:path}/battery"): Route(
        "/install/sensor/S2/battery", INSTALL, by="battery_changed"
    ),
    ("POST", "/install/sensor/{sensor_id:path}/retire"): Route(
        "/install/sensor/S3/retire", INSTALL, by="ledger"
    ),
    # operations
    ("GET", "/ops"): Route("/ops", OPERATE, OURS),
    ("GET", "/ops/events"): Route("/ops/events", OPERATE, STREAM_OFF),
    ("GET", "/ops/sensors"): Route("/ops/sensors", OPERATE, OURS),
    ("GET", "/ops/sensors/events"): Route("/ops/sensors/events", OPERATE, STREAM_OFF),
    ("GET", "/ops/runbooks"): Route("/ops/runbooks", OPERATE, OURS),
    ("GET", "/ops/runbooks/{name}"): Route("/ops/runbooks/DoorwatchBackupOld", OPERATE, OURS),
    ("GET", "/ops/check"): Route("/ops/check", OPERATE),
    ("POST", "/ops/check"): Route("/ops/check", OPERATE),
    ("GET", "/ops/check/events"): Route("/ops/check/events", OPERATE),
    ("GET", "/ops/rules"): Route("/ops/rules", OPERATE),
    ("POST", "/ops/rules/rehearse"): Route("/ops/rules/rehearse", OPERATE),
    ("POST", "/ops/rules/cancel"): Route("/ops/rules/cancel", OPERATE),
    ("POST", "/ops/rules/discard"): Route("/ops/rules/discard", OPERATE),
    ("POST", "/ops/rules/save"): Route("/ops/rules/save", OPERATE),  # audited: test_web_ops_rules
    ("GET", "/ops/rules/draft.toml"): Route("/ops/rules/draft.toml", OPERATE),
    ("GET", "/ops/rules/events"): Route("/ops/rules/events", OPERATE),
    ("GET", "/ops/audit"): Route("/ops/audit", OPERATE),
    ("GET", "/ops/maintenance"): Route("/ops/maintenance", OPERATE, OURS),
    ("POST", "/ops/maintenance"): Route(
        "/ops/maintenance", OPERATE, form={"grid": "G1", "why": "paint"}, by="maintenance_started"
    ),
    ("POST", "/ops/maintenance/end"): Route(
        "/ops/maintenance/end", OPERATE, form={"grid": "G1"}, by="maintenance_ended"
    ),
    # the API
    ("GET", f"{_API}/session"): Route(f"{_API}/session", None, OURS),
    ("GET", f"{_API}/incidents"): Route(f"{_API}/incidents", LOOK, OURS),
    ("GET", f"{_API}/incidents/{{incident_id}}"): Route(f"{_API}/incidents/{{incident}}", LOOK),
    ("GET", f"{_API}/passes"): Route(f"{_API}/passes", LOOK, OURS),
    ("GET", f"{_API}/households"): Route(f"{_API}/households", LOOK, OURS),
    ("GET", f"{_API}/households/{{household_id}}"): Route(f"{_API}/households/H1", LOOK),
    ("POST", f"{_API}/incidents/{{incident_id}}/acknowledge"): Route(
        f"{_API}/incidents/{{incident}}/acknowledge", ANSWER, by="acknowledged"
    ),
    ("POST", f"{_API}/incidents/{{incident_id}}/resolve"): Route(
        f"{_API}/incidents/{{incident}}/resolve", ANSWER, form={"outcome": "moved"}, by="resolved"
    ),
    ("POST", f"{_API}/passes"): Route(
        f"{_API}/passes", ANSWER, form={"household_id": "H3"}, by="pass_granted"
    ),
    ("DELETE", f"{_API}/passes/{{pass_id}}"): Route(
        f"{_API}/passes/{{used}}", ANSWER, by="pass_revoked"
    ),
    # the end
    ("POST", "/logout"): Route("/logout", None, 303, by="logged_out"),
    ("POST", f"{_API}/logout"): Route(f"{_API}/logout", None, 204, by="logged_out"),
}
