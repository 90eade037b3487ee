"""From public expressions to the engine's nodes, and back."""
