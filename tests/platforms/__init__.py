"""`make platforms`: the facts of two recordings on other processors, with other Pythons."""
