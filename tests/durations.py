"""How long tests go on, and how long they wait."""

import os

SOAK = "SOAK" in os.environ  # `make soak`: many more examples, moments and hours
PATIENCE_S = 120.0  # for what happens at once on an idle machine: no defect is told by the time
