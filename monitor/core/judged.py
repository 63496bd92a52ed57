"""What the parts of a judge have in common."""

SESSION = "session"  # subject of what is about no single channel
CONDITION_CLASS = 0  # of deadlines: conditions, before alarms and calls
