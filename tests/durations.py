"""How long tests go on, and how long they wait."""

import os

SOAK = "SOAK" in os.environ  # `make soak`: more random moments and examples, and longer sessions
SOAK_HOURS = 4.0 if SOAK else 0.1  # of a session in virtual time
PATIENCE_S = 240.0  # for what an idle machine does at once: only what never comes may reach it
