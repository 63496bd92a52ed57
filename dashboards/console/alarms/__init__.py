"""Open and past alarms: groups, texts, tables. Pure."""
