"""A sealed file comes back as it was or not at all, and only by its own key."""

import io
import stat
from pathlib import Path

import pytest

from gateway.backup import key
from gateway.backup.errors import BackupError, Reason
from gateway.backup.sealed import FRAME, MAGIC, Opened, Sealing
from gateway.config.tables import Backup

KEY, OTHER = bytes(range(32)), bytes(32)
HEAD = len(MAGIC) + 8 + 16  # bytes before the first frame
WHOLE = FRAME + 16  # bytes of a full frame with its tag


def sealed(content: bytes) -> bytes:
    file = io.BytesIO()
    with Sealing(file, KEY) as sealing:
        sealing.write(content)
    return file.getvalue()


def opened(data: bytes, by: bytes = KEY) -> bytes:
    return Opened(io.BytesIO(data), by).read()


@pytest.mark.parametrize("size", [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME, 3 * FRAME + 7])
def test_what_is_sealed_is_what_is_opened(size: int) -> None:
    content = bytes(n % 251 for n in range(size))
    assert opened(sealed(content)) == content
    reading, pieces = Opened(io.BytesIO(sealed(content)), KEY), b""
    while piece := reading.read(1000):
        pieces += piece
    assert pieces == content


CONTENT = b"a" * (2 * FRAME + 100)
DATA = sealed(CONTENT)
FIRST, SECOND = DATA[HEAD:][:WHOLE], DATA[HEAD + WHOLE :][:WHOLE]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(DATA[:-1], id="the last byte is missing"),
        pytest.param(DATA[: HEAD + 2 * WHOLE], id="cut between two frames"),
        pytest.param(DATA[:HEAD], id="no frame at all"),
        pytest.param(DATA[: HEAD - 1], id="cut within the header"),
        pytest.param(DATA + b"x", id="something behind the end"),
        pytest.param(DATA[:HEAD] + SECOND + FIRST + DATA[HEAD + 2 * WHOLE :], id="moved"),
        pytest.param(DATA[:HEAD] + FIRST + DATA[HEAD + 2 * WHOLE :], id="one left out"),
        pytest.param(sealed(CONTENT)[:HEAD] + DATA[HEAD:], id="frames of another file"),
        pytest.param(b"", id="empty"),
        pytest.param(b"PK\x03\x04" + DATA, id="something else"),
        *(
            pytest.param(DATA[:at] + bytes([DATA[at] ^ 1]) + DATA[at + 1 :], id=f"bit at {at}")
            for at in (0, HEAD - 1, HEAD, HEAD + WHOLE - 1, HEAD + WHOLE, len(DATA) - 1)
        ),
    ],
)
def test_a_changed_file_is_refused(data: bytes) -> None:
    with pytest.raises(BackupError) as refused:
        opened(data)
    assert refused.value.reason is Reason.DAMAGED


def test_another_key_is_told_from_damage() -> None:
    with pytest.raises(BackupError) as refused:
        opened(DATA, OTHER)
    assert refused.value.reason is Reason.KEY
    assert key.key_id(KEY) in str(refused.value)
    assert key.key_id(OTHER) in str(refused.value)


def test_equal_contents_do_not_look_equal() -> None:
    assert sealed(CONTENT)[HEAD:] != DATA[HEAD:]


# -- the key -------------------------------------------------------------------------------


def test_a_new_key_is_for_its_owner_only_and_never_replaces_one(tmp_path: Path) -> None:
    file = tmp_path / "backup_key"
    made = key.parse(key.new(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert key.find(Backup(), file) == made
    with pytest.raises(BackupError) as refused:
        key.new(file)
    assert refused.value.reason is Reason.THERE
    assert key.find(Backup(key_file=file)) == made


def test_a_key_typed_from_paper_is_the_same_key() -> None:
    groups = " ".join(KEY.hex()[at : at + 8].upper() for at in range(0, 64, 8))
    assert key.parse(f"  {groups}\n") == KEY


@pytest.mark.parametrize("text", ["", "00" * 31, "00" * 33, "zz" * 32, "a secret"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="64 hex digits"):
        key.parse(text)


def test_the_credential_is_the_key_where_no_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BackupError, match="--new-key"):
        key.find(Backup())
    (tmp_path / "backup_key").write_text(KEY.hex())
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert key.find(Backup()) == KEY
