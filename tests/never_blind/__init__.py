"""No unreported signal loss: random sessions checked against a simple, independent model."""
