"""What ``/readyz`` says is missing, and what goes less well."""

from collections.abc import Callable

import pytest

from gateway.web.health import Health

UP = {"broker": True}


@pytest.mark.parametrize(
    ("sources", "providers", "missing", "degraded"),
    [
        (UP, lambda: {"twilio": True}, [], []),
        (UP, lambda: {"twilio": False, "modem": True}, [], ["twilio"]),
        (UP, dict, [], ["provider"]),  # none is set up: every alert fails
        ({"broker": False, "hci0": True}, dict, [], ["broker", "provider"]),
        ({"broker": False}, lambda: {"twilio": True}, ["source"], ["broker"]),
    ],
)
def test_ready_says_what_is_missing_and_what_is_degraded(
    sources: dict[str, bool],
    providers: Callable[[], dict[str, bool]],
    missing: list[str],
    degraded: list[str],
) -> None:
    health = Health(store=True, rules=True, sources=sources, providers=providers)
    state = "unready" if missing else "degraded" if degraded else "ready"
    assert health.ready() == (
        not missing,
        {"status": state, "missing": missing, "degraded": degraded},
    )
