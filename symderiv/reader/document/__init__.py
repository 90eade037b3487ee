"""Documents: where the displays of a text stand."""
