"""Small calculi beside differentiation: recurrences, the updates of optimizers, expectations.  One log, one kernel."""
