"""What a gateway that runs on this machine says of itself, read from its own metrics."""

import asyncio
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException

from prometheus_client.parser import text_string_to_metric_families

from gateway.config import Config

PATIENCE_S = 2.0  # it is on this machine
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where it listens, not where we do


class Running:
    """One look at the metrics."""

    def __init__(self, text: str) -> None:
        self._samples = [
            sample for family in text_string_to_metric_families(text) for sample in family.samples
        ]

    def value(self, name: str, **labels: str) -> float | None:
        """Of the series with just these labels; None: there is none."""
        return next((s.value for s in self._samples if (s.name, s.labels) == (name, labels)), None)

    def values(self, name: str, label: str, **labels: str) -> Mapping[str, float]:
        """By ``label``, of all series that have ``labels`` besides."""
        return {
            sample.labels[label]: sample.value
            for sample in self._samples
            if sample.name == name and labels.items() <= sample.labels.items()
        }


async def look(config: Config) -> Running | None:
    """None: no gateway runs with this configuration."""
    found = await text(config)
    try:
        return None if found is None else Running(found)
    except ValueError:  # somebody else listens there
        return None


async def text(config: Config) -> str | None:
    """All of it, as Prometheus reads it; None: nobody answers."""
    where = config.metrics.listen
    url = f"http://{where._replace(host=_ANY.get(where.host, where.host))}/metrics"
    try:
        return await asyncio.to_thread(_read, url)
    except (OSError, ValueError, HTTPException):  # nobody listens, or somebody else does
        return None


def _read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:  # noqa: S310 - http, ours
        content: bytes = answer.read()
    return content.decode()
