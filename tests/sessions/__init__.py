"""Sessions as they run, stop, break off and go on."""
