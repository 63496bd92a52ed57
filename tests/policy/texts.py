"""Short policies as text."""

HEADER = 'name = "p"\nversion = "1"\n'
HR = 'signal = "heart_rate"\n'
CT = 'signal = "core_temperature"\n'
_TAIL = 'priority = "low"\nmessage = "m"\nsource = "s"\n'


def written(*rules: str) -> str:
    """Return a policy of rules; the first is on line 3, its own keys begin on line 5."""
    return HEADER + "".join(f'[[rule]]\nid = "r{i}"\n{r}\n{_TAIL}' for i, r in enumerate(rules))


BP = 'signal = "systolic"\n'
