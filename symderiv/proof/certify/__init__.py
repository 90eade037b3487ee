"""Certificates: proofs in the checker's own axioms, made by a normaliser that writes down every instance it uses.

``claim.certificate()`` makes one and lets the checker read it before it is handed out; what the checker does not accept is
never a certificate.  ``STATUS_NEEDS_CERTIFICATE`` is the switch that makes "proved" mean "certified".
"""

from __future__ import annotations

from typing import Any

STATUS_NEEDS_CERTIFICATE = False


def status(claim: Any, replayed: str) -> str:
    """What a claim may call itself: what its replayed proof says, and once the switch is on, "proved" only if certified."""
    if STATUS_NEEDS_CERTIFICATE and replayed == "proved" and not claim.certified:
        return "supported"
    return replayed


__all__ = ["STATUS_NEEDS_CERTIFICATE", "status"]
