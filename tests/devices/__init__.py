"""Tests of what speaks Bluetooth."""
