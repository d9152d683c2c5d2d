"""Files: where the program's own data lie, and writing that leaves nothing half-written.

A manifest (sha256 of each file as written) stands in the output folder. A file that a person has
changed since is never overwritten: the new one gets another name, and the caller is told.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MANIFEST = ".eicfinance-manifest.json"


def data_folder(name: str) -> Path:
    """The folder ``templates`` or ``portfolios``: beside the package in a checkout, inside it when
    installed."""
    package = Path(__file__).resolve().parent.parent
    beside = package.parent / name
    if beside.is_dir() and (package.parent / "pyproject.toml").is_file():
        return beside
    return package / "_data" / name


class Output:
    """A folder into which results are written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.written = self._read_manifest()

    def write(self, name: str, write: Callable[[Path], object]) -> Path:
        """Calls ``write`` with a temporary path and moves the result into place.

        Returns where it went: ``name``, or ``name-2`` (and so on) if a person changed the file that
        stands there. Raises OSError with the path if it cannot be written.
        """
        target = self._free(name)
        temporary = self.folder / f".{target.name}.{os.getpid()}.tmp"
        try:
            write(temporary)
            digest = _sha256(temporary)
            known = self.written.get(target.name, [])
            self._remember(target.name, [*known, digest])  # killed here or below, we know both
            temporary.replace(target)
            self._remember(target.name, [digest])
        finally:
            temporary.unlink(missing_ok=True)
        return target

    def _free(self, name: str) -> Path:
        stem, suffix = Path(name).stem, Path(name).suffix
        target, k = self.folder / name, 2
        while target.exists() and _sha256(target) not in self.written.get(target.name, []):
            target, k = self.folder / f"{stem}-{k}{suffix}", k + 1
        return target

    def _read_manifest(self) -> dict[str, list[str]]:
        try:
            found = json.loads((self.folder / MANIFEST).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        entries = found.items() if isinstance(found, dict) else ()
        return {name: digests for name, digests in entries if isinstance(digests, list)}

    def _remember(self, name: str, digests: list[str]) -> None:
        self.written[name] = digests
        temporary = self.folder / f"{MANIFEST}.{os.getpid()}.tmp"
        temporary.write_text(
            json.dumps(self.written, indent=1, sort_keys=True) + "\n", encoding="utf-8"
        )
        temporary.replace(self.folder / MANIFEST)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
