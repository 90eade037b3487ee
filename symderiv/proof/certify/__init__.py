"""Certificates: proofs in the checker's own axioms, made by a normaliser that writes down every instance it uses.

``certificate`` makes one and lets the checker read it before it is handed out; what the checker does not accept is
never a certificate.  ``STATUS_NEEDS_CERTIFICATE`` is the switch that makes "proved" mean "certified".
"""

from __future__ import annotations

from typing import Any

from ...errors import SymderivError

STATUS_NEEDS_CERTIFICATE = False


def certificate(claim: Any) -> dict[str, Any]:
    """The certificate of a Derivation or a Verdict, as data for JSON, accepted by the checker.

    Raises SymderivError where there is none, with the equation that could not be certified.
    """
    from .certificates import of_derivation, of_verdict
    from .writing import CertificateError

    if hasattr(claim, "wrt"):
        return of_derivation(claim)
    if hasattr(claim, "lhs") and hasattr(claim, "evidence"):
        return of_verdict(claim)
    raise CertificateError(f"a {type(claim).__name__} has no certificate", hint="certify a Derivation or a Verdict")


def certified(claim: Any) -> bool:
    """Whether the checker accepts a certificate of the claim."""
    try:
        claim.certificate()
    except SymderivError:
        return False
    return True


def status(claim: Any, replayed: str) -> str:
    """What a claim may call itself: what its replayed proof says, and once the switch is on, "proved" only if certified."""
    if STATUS_NEEDS_CERTIFICATE and replayed == "proved" and not certified(claim):
        return "supported"
    return replayed


__all__ = ["STATUS_NEEDS_CERTIFICATE", "certificate", "certified", "status"]
