"""Alive and ready, for systemd, Prometheus and people; and the metrics.

Ready means that a door opening now would be decided and kept. Trouble with the provider or the
internet is ``degraded``, not unready: restarting the gateway would mend neither.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST


@dataclass(slots=True)
class Health:
    """What is up, told by the parts; read by whoever asks."""

    store: bool = False
    rules: bool = False
    sources: dict[str, bool] = field(default_factory=dict)  # broker, each adapter
    providers: Callable[[], dict[str, bool]] = dict

    def ready(self) -> tuple[bool, dict[str, object]]:
        """Whether it is ready, and the answer's body."""
        missing = [name for name, up in (("store", self.store), ("rules", self.rules)) if not up]
        if not any(self.sources.values()):
            missing.append("source")
        providers = self.providers() or {"provider": False}  # none is set up: nobody is told
        parts = self.sources | providers
        degraded = sorted(name for name, up in parts.items() if not up)
        state = "unready" if missing else "degraded" if degraded else "ready"
        return not missing, {"status": state, "missing": missing, "degraded": degraded}


def metrics_app(health: Health, text: Callable[[], bytes]) -> FastAPI:
    """The metrics listener's application; ``text``: the metrics as they are now."""
    app = FastAPI(title="doorwatch metrics", openapi_url=None, docs_url=None, redoc_url=None)
    add(app, health)

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(text(), media_type=CONTENT_TYPE_LATEST)

    return app


def add(app: FastAPI, health: Health) -> None:
    """Alive and ready, for whoever asks: no login."""

    @app.get("/healthz")
    async def alive() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz")
    async def ready() -> JSONResponse:
        is_ready, body = health.ready()
        return JSONResponse(body, status_code=200 if is_ready else 503)
