"""Within reach: the page and its two engines, and the protocols of editors and agents.  All of it is thin.

What is asked and answered is plain data (``answers``); the page, the command line's ``--json``, agents and editors all
speak it, so that one question has one answer wherever it is asked.
"""
