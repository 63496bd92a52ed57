"""Times in tables of commands."""


def span_text(seconds: float | None) -> str:
    """Return a time as h:mm:ss or m:ss; a dash for None.

    >>> span_text(59.6), span_text(3600), span_text(None)
    ('1:00', '1:00:00', '-')
    """
    if seconds is None:
        return "-"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
