"""Tests of links over the virtual radio, in virtual time."""
