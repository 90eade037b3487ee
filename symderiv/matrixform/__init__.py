"""From index form back to matrix, convolution and named forms."""
