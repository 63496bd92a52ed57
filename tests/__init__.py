"""Tests of physiomon through its public doors."""
