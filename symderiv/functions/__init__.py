"""Scalar functions: those that SymPy lacks, those that are only declared, and the table of derivatives."""
