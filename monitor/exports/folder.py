"""Folder of an export: complete or absent per recording, whatever interrupts it.

The files of a recording are written into a hidden folder, which gets its final name when all are on
the disk. Its first name is used by no other process, and locked while one writes to it. A second
export with the same choices leaves what is complete, so it continues an interrupted one. The
manifest `export.json` in each folder holds choices, origin and hashes.
"""

import errno
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain, islice
from pathlib import Path
from typing import Any

from monitor.errors import ConfigError, OutputError

MANIFEST = "export.json"
_PART, _OLD = ".part-", ".old-"


def is_complete(folder: Path, head: dict[str, object], *, overwrite: bool) -> bool:
    """Return whether a folder already has this export, with all files in their full length.

    Args:
        folder: of the recording.
        head: choices and origin, without the files.
        overwrite: treat another export as missing.

    Raises:
        ConfigError: it has another export, or is no folder of an export.
    """
    if not folder.exists():
        return False
    manifest = read_manifest(folder)
    known = None if manifest is None else {k: v for k, v in manifest.items() if k != "files"}
    if known == json.loads(json.dumps(head)) and manifest is not None:
        sizes = {name: file["bytes"] for name, file in manifest["files"].items()}
        if all(_size(folder / name) == size for name, size in sizes.items()):
            return True
    if manifest is None:
        raise ConfigError(f"{folder} exists and is not an export; choose another --output")
    if not overwrite:
        raise ConfigError(
            f"{folder} has an export of the same recording with other choices, of another version "
            "or of another moment; add --overwrite, or choose another --output"
        )
    return False


def write_recording(
    folder: Path, head: dict[str, object], files: Iterable[tuple[str, bytes]]
) -> int:
    """Write the files of a recording with a manifest; return their size in bytes.

    Args:
        folder: of the recording; an earlier export in it is replaced.
        head: choices and origin, for the manifest.
        files: names, which may contain folders, and contents.

    Raises:
        OutputError: the folder or disk does not accept them; nothing changed under the final name.
    """
    left = iter(files)
    first = [*islice(left, 1)]  # what cannot be exported fails here, and leaves no folder
    with _writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f"{_PART}{folder.name}.", dir=folder.parent))
    try:
        with _lock(part):
            written: dict[str, dict[str, object]] = {}
            for name, content in chain(first, left):
                with _writing(folder):
                    _write(part / name, content)
                digest = hashlib.sha256(content).hexdigest()
                written[name] = {"bytes": len(content), "sha256": digest}
            text = json.dumps({**head, "files": written}, ensure_ascii=False, indent=1) + "\n"
            with _writing(folder):
                _write(part / MANIFEST, text.encode())
                _replace(part, folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return sum(int(str(file["bytes"])) for file in written.values())


def remove_abandoned(output: Path) -> None:
    """Remove what processes that were killed have left in the folder of an export."""
    for kind in (_PART, _OLD):
        for left in chain(output.glob(f"{kind}*"), output.glob(f"*/{kind}*")):
            with suppress(OSError), _lock(left) as abandoned:
                if abandoned:
                    shutil.rmtree(left) if left.is_dir() else left.unlink()


def write_study(folder: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Write files beside the folders of the recordings, each complete or as it was.

    Raises:
        OutputError: the folder or disk does not accept them.
    """
    for name, content in files:
        target = folder / name
        if target.is_file() and target.read_bytes() == content:
            continue
        with _writing(folder):
            descriptor, name_of_part = tempfile.mkstemp(prefix=f"{_PART}{target.name}.", dir=folder)
            os.close(descriptor)
            part = Path(name_of_part)
            try:
                _write(part, content)
                part.replace(target)
            finally:
                part.unlink(missing_ok=True)


def existing_file(folder: Path, name: str) -> bytes | None:
    """Return the content of a file, or None if there is none.

    Raises:
        OutputError: it cannot be read.
    """
    path = folder / name
    with _writing(folder):
        return path.read_bytes() if path.is_file() else None


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a recording's folder, or None if it has none that can be read."""
    try:
        found = json.loads((folder / MANIFEST).read_bytes())
        return found if isinstance(found, dict) and isinstance(found["files"], dict) else None
    except (OSError, ValueError, KeyError):
        return None


def manifests(folder: Path) -> list[dict[str, Any]]:
    """Return the manifests of all recordings in the folder of an export, by their place."""
    found = (
        read_manifest(path.parent)
        for path in sorted(folder.rglob(MANIFEST))
        if not any(part.startswith((_PART, _OLD)) for part in path.parts)
    )
    return [manifest for manifest in found if manifest is not None]


def _replace(part: Path, folder: Path) -> None:
    """Rename a folder over another one, which may have been made by another process just now."""
    old = part.with_name(part.name.replace(_PART, _OLD, 1))
    try:
        part.rename(folder)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        folder.rename(old)
        part.rename(folder)
    _sync_folder(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Readable by one account only, as a journal is.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _lock(path: Path) -> Iterator[bool]:
    """Lock a file or folder until the end, also that of the process; yield whether it was free."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # another process has it, or the file system knows no locks of folders
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # not on every file system
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"cannot write {folder}: {error.strerror or error}; free disk space, or choose another "
            "--output"
        ) from None
