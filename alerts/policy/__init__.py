"""The policy language: parse, check and describe alarm rules."""
