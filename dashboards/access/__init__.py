"""Accounts, roles and logins of the console and the API."""
