"""When the certificates that this gateway is configured with end. Reads files; keeps no key."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.config import Config


def files_of(config: Config) -> dict[str, Path]:
    """The certificate files of a configuration, by their key in it."""
    named = {
        "web.tls_cert": config.web.tls_cert,
        "mqtt.cert_file": config.mqtt.cert_file,
        "mqtt.ca_file": config.mqtt.ca_file,
    }
    return {key: file for key, file in named.items() if file is not None}


class Certificates(Collector):
    """One series a file. Whoever renews one replaces the file: it is read again then."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = files
        self._read: dict[Path, tuple[int, float | None]] = {}  # when changed, ns; when it ends

    def collect(self) -> Iterator[Metric]:
        found = GaugeMetricFamily(
            "doorwatch_certificate_expires_timestamp_seconds",
            "When the first certificate of the file ends; 0: nobody can read it",
            labels=("certificate",),
        )
        for key, file in self._files.items():
            found.add_metric((key,), self._ends(file) or 0)
        yield found

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def _ends(self, file: Path) -> float | None:
        try:
            changed = file.stat().st_mtime_ns
            if file not in self._read or self._read[file][0] != changed:
                self._read[file] = changed, _end_of(file.read_bytes())
        except OSError:
            return None
        return self._read[file][1]


def _end_of(pem: bytes) -> float | None:
    """Of the first certificate: a server's own stands before those who signed it."""
    from cryptography import x509  # noqa: PLC0415 - only for sites that have one

    try:
        return x509.load_pem_x509_certificate(pem).not_valid_after_utc.timestamp()
    except ValueError:
        return None
