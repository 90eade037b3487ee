"""Results that can be written down as documents with their proofs."""

from __future__ import annotations

from typing import Any


class Showable:
    """Shared by results with a proof: as LaTeX, PDF and web page.  The writers are imported when something is written."""

    __slots__ = ()

    def to_tex(self, path: Any) -> Any:
        """Write a LaTeX document with the result and its proof."""
        from ..render.document import write_tex

        return write_tex(self, path)

    def to_pdf(self, path: Any) -> Any:
        """The same as PDF; needs a TeX engine."""
        from ..render.pdf import write_pdf

        return write_pdf(self, path)

    def to_html(self, path: Any) -> Any:
        """The same as a self-contained page."""
        from ..render.html import write_html

        return write_html(self, path)


__all__ = ["Showable"]
