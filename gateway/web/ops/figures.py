"""What the metrics say at this moment, read off the registry: one look for all parts."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry


class Figures:
    """A missing figure is None: nobody measures it here, which is not the same as 0."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._samples: dict[str, list[tuple[Mapping[str, str], float]]] = {}
        for family in registry.collect():
            for sample in family.samples:
                self._samples.setdefault(sample.name, []).append((sample.labels, sample.value))

    def value(self, name: str) -> float | None:
        """Of a series without labels."""
        return next((value for _, value in self._samples.get(name, ())), None)

    def by(self, name: str, label: str, **labels: str) -> dict[str, float]:
        """By ``label``, of the series that have ``labels`` besides."""
        return {
            own[label]: value
            for own, value in self._samples.get(name, ())
            if labels.items() <= own.items()
        }

    def quantile(self, name: str, share: float) -> float | None:
        """The bucket's end under which this share of a histogram lies; None: it is empty."""
        count = self.value(f"{name}_count")
        if not count:
            return None
        buckets = sorted(
            (float(end), many) for end, many in self.by(f"{name}_bucket", "le").items()
        )
        return next(end for end, many in buckets if many >= share * count)
