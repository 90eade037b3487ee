"""LaTeX, pages, pictures and PDF; what commands ask of them is loaded when it is used."""

from ..late import late

__getattr__ = late(__name__, {
    "document": ("printed_proof",),
    "files": ("write_bytes", "write_text"),
    "graph": ("graph_of",),
    "html": ("page",),
    "pdf": ("compile_pdf", "require_engine"),
    "plain": ("proof_text",),
    "plain_math": ("in_characters",),
    "present": ("subject_section",),
})
