"""Alarm reports and what-ifs: pure, over scripted sessions."""
