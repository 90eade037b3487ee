"""derive, vjp, hessian and hvp; what they return; reparameterization; layers written as Python functions."""
