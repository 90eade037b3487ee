"""Certificates as files: one of a claim, or those of a whole folder of derivations."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ..answers import HOLDS, Certificate
from ..errors import SymderivError
from ..render.files import write_text, write_together
from .collect import Item, describe
from .outcomes import Exhibit
from .run import outcome


@dataclass(frozen=True)
class Certified:
    """What became of a folder: certificates written, and (claim, reason) for what holds as far as is known without one."""

    written: int
    missing: tuple[tuple[str, str], ...]


class HasCertificate(Protocol):
    """What can be certified: a derivation, a verdict, a line of a report."""

    def certificate(self) -> Certificate:
        """Its certificate as plain data.  Raises SymderivError where there is none."""


def write_certificate(claim: HasCertificate | Mapping[str, object], path: str | os.PathLike[str]) -> Path:
    """Write the certificate of a claim, or a certificate, as a file that ``python symderiv/checker.py`` reads.

    Raises SymderivError where the claim has no certificate, OutputError where the file cannot be written.
    Source: docs/certificate.md, The file.

    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sd.write_certificate(sd.prove(sd.tensor("x") - sd.tensor("x"), 0), pathlib.Path(folder) / "claim.json").name
    'claim.json'
    """
    return write_text(path, as_text(claim if isinstance(claim, Mapping) else claim.certificate()))


def as_text(certificate: Mapping[str, object]) -> str:
    """A certificate as JSON."""
    return json.dumps(certificate, ensure_ascii=False, separators=(",", ":")) + "\n"


def certify(items: Sequence[Item], directory: str | os.PathLike[str],
            progress: Callable[[int, int, Any], None]) -> Certified:
    """Certify every proved claim of every item, one file a claim, and say of what is supported why it is no more.

    Raises OutputError.
    """
    files: dict[str, bytes] = {}
    missing: list[tuple[str, str]] = []
    for done, item in enumerate(items, 1):
        result, entries = outcome(item)
        for k, claim in enumerate(_held(entries), 1):
            name = f"{Path(item.file).stem}.{item.name}.{k}"
            try:
                files[f"{name}.json"] = as_text(claim.certificate()).encode()
            except SymderivError as reason:
                missing.append((name, describe(reason, Path(item.file))))
        progress(done, len(items), result)
    write_together(directory, files)
    return Certified(len(files), tuple(missing))


def _held(entries: Sequence[Exhibit]) -> Iterator[Any]:
    """The subjects that are proved, or supported, and could be certified."""
    for entry in entries:
        held = entry.part is not None and entry.part.status in HOLDS
        if held and callable(getattr(entry.subject, "certificate", None)):
            yield entry.subject
