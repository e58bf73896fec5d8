"""The parts of ``doorwatch setup``: what a machine proposes, its certificate, its config.toml."""

import ssl
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as some

from gateway.setup import certificate, document, machine

TEXT = some.text(some.characters(codec="utf-8"))
VALUES = TEXT | some.booleans() | some.integers(0, 2**53) | some.lists(TEXT)
TABLES = some.dictionaries(
    TEXT,
    some.dictionaries(TEXT, VALUES | some.dictionaries(TEXT, VALUES, max_size=2), max_size=3),
    max_size=3,
)


@given(TABLES)
def test_what_is_written_reads_as_it_was(tables: dict[str, dict[str, object]]) -> None:
    assert tomllib.loads(document.text(tables)) == tables


def test_what_says_its_default_is_left_out_but_for_the_id() -> None:
    tables = {
        "gateway": {"id": "gw-03", "country": "CN", "language": "en"},
        "ble": {"enabled": True, "adapters": ["hci0"]},
        "web": {"listen": "127.0.0.1:8080", "tls_cert": "", "public_url": "https://x"},
        "drill": {"day": 0},
    }
    keys = {"gateway": {"id", "country", "language"}, "ble": {"enabled", "adapters"}}
    keys["web"] = {"listen", "tls_cert", "public_url"}
    assert document.lean(tables, keys) == {
        "gateway": {"id": "gw-03", "language": "en"},
        "web": {"public_url": "https://x"},
        "drill": {"day": 0},  # not ours
    }


@pytest.mark.parametrize(
    ("environment", "language", "country"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh", "CN"),
        ({"LANG": "en_GB.UTF-8"}, "en", "GB"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "de_DE"}, "en", "DE"),
        ({"LANG": "C.UTF-8"}, "en", ""),
        ({}, "en", ""),
    ],
)
def test_the_language_is_the_locales(
    environment: dict[str, str], language: str, country: str, tmp_path: Path
) -> None:
    here = machine.look(environment, tmp_path)
    assert (here.language, here.country) == (language, country)


@pytest.mark.parametrize(
    ("link", "country", "zone"),
    [
        ("/usr/share/zoneinfo/Asia/Urumqi", "CN", "Asia/Urumqi"),  # somebody chose it
        ("../usr/share/zoneinfo/Etc/UTC", "CN", "Asia/Shanghai"),
        ("../usr/share/zoneinfo/Etc/UTC", "", "Etc/UTC"),
        (None, "GB", "Europe/London"),
    ],
)
def test_the_zone_is_the_machines_or_its_countrys(
    link: str | None, country: str, zone: str, tmp_path: Path
) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "usr/share/zoneinfo").mkdir(parents=True)
    (tmp_path / "usr/share/zoneinfo/zone.tab").write_text(
        "# country\n"
        "CN\t+3114+12128\tAsia/Shanghai\tBeijing Time\nCN\t+4348+08735\tAsia/Urumqi\n"
        "GB\t+513030-0000731\tEurope/London\n"
    )
    if link:
        (tmp_path / "etc/localtime").symlink_to(link)
    assert machine.look({}, tmp_path).zone_of(country) == zone


def test_adapters_are_the_kernels_without_their_connections(tmp_path: Path) -> None:
    for name in ("hci1", "hci0", "hci0:64"):
        (tmp_path / "sys/class/bluetooth" / name).mkdir(parents=True)
    assert machine.look({}, tmp_path).adapters == ("hci0", "hci1")


def test_a_browser_can_use_the_certificate(tmp_path: Path) -> None:
    made = certificate.make(["gw-1.local", "192.0.2.7", "2001:db8::1"])
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert.write_bytes(made.certificate)
    key.write_bytes(made.key)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert, key)
    client = ssl.create_default_context(cafile=str(cert))
    for name in ("gw-1.local", "192.0.2.7", "2001:db8::1"):
        shake_hands(client, server, name)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(client, server, "gw-2.local")


def test_phones_take_no_longer_life() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    made = x509.load_pem_x509_certificate(certificate.make(["x"], now).certificate)
    assert (made.not_valid_after_utc - made.not_valid_before_utc).days == 825
    assert made.not_valid_before_utc < now


@pytest.mark.parametrize("name", ["", "two words", "https://x", "网关"])
def test_what_is_neither_name_nor_address_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="neither a name nor an address"):
        certificate.make([name])


def shake_hands(client: ssl.SSLContext, server: ssl.SSLContext, name: str) -> None:
    """TLS in memory, to the end. Raises what the client finds wrong."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=name)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    left = [ours, theirs]
    while left:
        for end in [*left]:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            left.remove(end)
