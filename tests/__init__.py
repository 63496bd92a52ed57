"""Tests of physiomon through its public interfaces."""
