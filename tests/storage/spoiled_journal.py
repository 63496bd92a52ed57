"""Changes of a journal as only a broken disk or a forger makes them."""

import sqlite3
from contextlib import closing
from pathlib import Path


def drop_triggers(database: sqlite3.Connection) -> None:
    """Let a journal be changed: its triggers keep it append-only."""
    found = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in found:
        database.execute(f"DROP TRIGGER {name}")


def spoil(path: Path, *statements: str) -> None:
    """Change a journal with SQL statements."""
    with closing(sqlite3.connect(path)) as database:
        drop_triggers(database)
        for statement in statements:
            database.execute(statement)
        database.commit()
