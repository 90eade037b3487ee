"""How results are shown: the writers are registered here, and each is loaded when it is first asked for."""

from ..answers import register

register("symderiv.render", {
    "counted": ("explanation_latex", "network_graph", "table_fragment", "table_latex", "table_page", "working_latex"),
    "graph": ("graph_of",),
    "proofs": ("claim_latex", "proof_latex", "result_latex"),
    "plain": ("proof_text",),
    "refereed": ("listing", "refereed_line", "refereed_table"),
    "subjects": ("notebook_cell", "write_html", "write_pdf", "write_tex"),
})
register("symderiv.proof.certify", {"certificates": ("certificate",)})
