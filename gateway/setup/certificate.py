"""A certificate that signs itself, for the pages on a network without names of its own."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

# What Apple's phones take at most (support.apple.com/103769); the alert before its end comes from
# doorwatch_certificate_expires_timestamp_seconds, and `doorwatch setup` makes the next.
DAYS = 825


class Pair(NamedTuple):
    """Certificate and key, as PEM."""

    certificate: bytes
    key: bytes


def make(names: list[str], now: datetime | None = None) -> Pair:
    """For these names and addresses. Raises ``ValueError`` for one that is neither."""
    now = now or datetime.now(UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    us = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "doorwatch")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(us)
        .issuer_name(us)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # phones' clocks, and a Pi's own, may be behind
        .not_valid_after(now + timedelta(days=DAYS - 1))
        .add_extension(x509.SubjectAlternativeName([_name(one) for one in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Pair(
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


def fingerprint(certificate: bytes) -> str:
    """SHA-256 of a PEM certificate, as browsers show it."""
    digest = x509.load_pem_x509_certificate(certificate).fingerprint(hashes.SHA256())
    return digest.hex(":").upper()


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        pass
    if not text or not text.isascii() or any(char in text for char in " /:@"):
        raise ValueError(f"{text!r} is neither a name nor an address")
    return x509.DNSName(text)
