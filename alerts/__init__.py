"""Alarms: the policy language, alarm states, escalation and notifications."""
