"""``doorwatch backup`` and ``doorwatch restore``."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.app import DEFAULT_CONFIG, ConfigOption, Failed, JsonOption, WrongUse, app

NICENESS = 10  # an alarm goes first


@app.command()
def backup(
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FOLDER", help="There, and nowhere else.")
    ] = None,
    new_key: Annotated[
        Path | None,
        typer.Option("--new-key", metavar="FILE", help="Only make the key that seals backups."),
    ] = None,
    scheduled: Annotated[bool, typer.Option("--scheduled", hidden=True)] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """A sealed, checked copy of store and configuration, beside a running gateway."""
    import contextlib  # noqa: PLC0415
    import os  # noqa: PLC0415
    import signal  # noqa: PLC0415
    import sys  # noqa: PLC0415

    from gateway.backup import key  # noqa: PLC0415
    from gateway.cli import data  # noqa: PLC0415

    if new_key is not None:
        _make_key(new_key, json=json)
        return
    if scheduled:
        with contextlib.suppress(OSError):  # the unit's system call filter may forbid it
            os.nice(NICENESS)
        # As an exception: what was begun is taken down, the command that takes it away too.
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    loaded = data.configuration(config)
    if not loaded.store.path.exists():
        raise Failed(f"there is no data at {loaded.store.path} yet: nothing to back up")
    os.umask(0o077)  # copies are made beside the store
    with _refusals():
        from gateway.backup.take import take  # noqa: PLC0415

        if to is None and not loaded.backup.is_wanted:
            raise WrongUse("nothing says where to: give --to FOLDER, or write [backup] path")
        taken = take(loaded, config, key.find(loaded.backup), to)
    _print(taken._asdict(), _of_taken, json=json)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
    key_file: Annotated[
        Path | None, typer.Option("--key-file", metavar="FILE", help="Its key; else [backup]'s.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether it is whole, and what is in it.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Bring a backup back: data to where its configuration says, configuration to --config."""
    import os  # noqa: PLC0415

    from gateway.backup import restore as restoring  # noqa: PLC0415
    from gateway.cli import data  # noqa: PLC0415

    with _refusals():
        found = _key(key_file, config)
        if check:
            _print(restoring.manifest_of(file, found), _of_manifest, json=json)
            return
        path = restoring.store_of(file, found, config)
        data.only_its_owner(path)
        data.make_folder(path)
        data.make_folder(config)
        os.umask(0o077)
        restored = restoring.restore(file, found, config, path, key_file=key_file, force=force)
    _print(restored._asdict() | {"store": str(restored.store)}, _of_restored, json=json)


@contextmanager
def _refusals() -> Iterator[None]:
    """Says why there is no backup, or none of it comes back."""
    from gateway.backup.errors import BackupError, Reason  # noqa: PLC0415

    try:
        yield
    except BackupError as error:
        wrong_use = (Reason.KEY, Reason.DAMAGED, Reason.THERE)
        raise (WrongUse if error.reason in wrong_use else Failed)(str(error)) from None


def _key(file: Path | None, config: Path) -> bytes:
    """Of a blank gateway nothing but ``file`` and systemd's credentials can be asked."""
    from gateway.backup import key  # noqa: PLC0415
    from gateway.cli import data  # noqa: PLC0415
    from gateway.config.tables import Backup  # noqa: PLC0415

    known = Backup() if file or not config.exists() else data.configuration(config).backup
    return key.find(known, file)


def _make_key(path: Path, *, json: bool) -> None:
    from gateway.backup import key  # noqa: PLC0415

    with _refusals():
        made = key.parse(key.new(path))
    _print({"key_file": str(path), "key_id": key.key_id(made)}, _of_key, json=json)


def _print(
    found: dict[str, Any], told: Callable[[dict[str, Any]], Iterable[str]], *, json: bool
) -> None:
    from gateway.cli.output import print_json  # noqa: PLC0415

    if json:
        print_json(found)
    else:
        typer.echo("\n".join(told(found)))


def _of_key(made: dict[str, Any]) -> Iterator[str]:
    yield f"{made['key_file']}: a new key, {made['key_id']}"
    yield "Keep a copy of it away from this machine and from the backups: on paper, in a safe."
    yield "Without it no backup can ever be read; with it anybody can read them all."


def _of_taken(taken: dict[str, Any]) -> Iterator[str]:
    manifest = taken["manifest"]
    yield (
        f"{taken['name']}: {taken['size']:,} bytes, {manifest['households']} households,"
        f" the journal up to {manifest['journal_id']}; checked"
    )
    for place in taken["delivered"]:
        yield f"  to {place}"
    for place in taken["same_disk"]:
        yield f"  {place} is on the store's own disk: one that breaks takes both"
    for path in manifest["left_out"]:
        yield f"  not in it: {path} lies outside of config.toml's folder"


def _of_manifest(manifest: dict[str, Any]) -> Iterator[str]:
    yield (
        f"whole: gateway {manifest['gateway']}, made {manifest['made_at']} by doorwatch"
        f" {manifest['release']}; {manifest['households']} households"
    )
    for name, told in manifest["files"].items():
        yield f"  {name}  {told['bytes']:,} bytes"


def _of_restored(restored: dict[str, Any]) -> Iterator[str]:
    manifest = restored["manifest"]
    yield (
        f"restored: gateway {manifest['gateway']} as of {manifest['made_at']},"
        f" {manifest['households']} households"
    )
    for place in restored["files"]:
        yield f"  {place}"
    for what in restored["missing"]:
        yield f"  to be put back by hand: {what}"
