"""When to call whom: policy, limits and the life of an alarm."""
