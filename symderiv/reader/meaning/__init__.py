"""From trees to typed expressions: orientation, products, brackets, derivatives, definitions."""
