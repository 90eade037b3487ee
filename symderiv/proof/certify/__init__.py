"""Certificates: proofs in the checker's own axioms, made by a normaliser that writes down every instance it uses.

``claim.certificate()`` makes one and lets the checker read it before it is handed out; what the checker does not accept is
never a certificate, and what has none is not called proved.
"""
