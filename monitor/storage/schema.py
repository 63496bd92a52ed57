"""The journal's tables. Documented for researchers in `docs/journal.md`."""

APPLICATION_ID = 0x5048594D  # 'PHYM'
VERSION = 3

# Facts delivered before all others; see `fact_rows.Lane`. SQLite uses the index `urgent_facts` only
# for a query with exactly this condition: a change needs a migration that rebuilds the index.
URGENT_KINDS = ("alarm", "baseline", "call", "link", "marker", "policy")
URGENT = f"kind IN {URGENT_KINDS}"

# Migrations in order: statement list n brings a journal from version n to n + 1.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE entries (
            seq INTEGER PRIMARY KEY,
            received_ns INTEGER NOT NULL,
            measured_ns INTEGER,
            kind TEXT NOT NULL,
            source TEXT NOT NULL,
            payload BLOB NOT NULL,
            hash BLOB NOT NULL
        ) STRICT""",
        """CREATE TABLE facts (
            id INTEGER PRIMARY KEY,
            entry INTEGER NOT NULL,
            at_ns INTEGER NOT NULL,
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            payload TEXT NOT NULL
        ) STRICT""",
        """CREATE TABLE cursors (
            destination TEXT PRIMARY KEY,
            fact INTEGER NOT NULL
        ) STRICT""",
        """CREATE TABLE dead_letters (
            destination TEXT NOT NULL,
            fact INTEGER NOT NULL,
            reason TEXT NOT NULL,
            PRIMARY KEY (destination, fact)
        ) STRICT""",
        *(
            f"""CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
                BEGIN SELECT RAISE(ABORT, 'a journal is append-only'); END"""
            for table in ("entries", "facts")
            for verb in ("update", "delete")
        ),
        """CREATE VIEW session AS SELECT
            payload ->> 'id' AS id, payload ->> 'site' AS site, payload ->> 'room' AS room,
            payload ->> 'participant' AS participant, payload ->> 'virtual' AS virtual,
            payload ->> '$.policy.name' AS policy, payload ->> '$.policy.version' AS policy_version,
            payload ->> 'software' AS software, received_ns AS started_ns
            FROM (SELECT received_ns, CAST(payload AS TEXT) AS payload
                  FROM entries WHERE seq = 1)""",
        """CREATE VIEW sensors AS SELECT
            sensor.value ->> 'label' AS label, sensor.value ->> 'kind' AS kind
            FROM entries, json_each(CAST(payload AS TEXT), '$.sensors') AS sensor WHERE seq = 1""",
        """CREATE VIEW readings AS SELECT id, entry, at_ns, subject AS channel,
            payload ->> 'value' AS value, payload ->> 'quality' AS quality
            FROM facts WHERE kind = 'reading'""",
        """CREATE VIEW statistics AS SELECT id, entry, at_ns, subject AS channel,
            payload ->> 'statistic' AS statistic, payload ->> 'window_s' AS window_s,
            payload ->> 'value' AS value FROM facts WHERE kind = 'statistic'""",
        """CREATE VIEW limits AS SELECT id, entry, at_ns, subject AS channel,
            payload ->> 'rule' AS rule, payload ->> 'priority' AS priority,
            payload ->> 'upper' AS upper, payload ->> 'lower' AS lower
            FROM facts WHERE kind = 'limit'""",
        """CREATE VIEW alarm_events AS SELECT id, entry, at_ns, subject,
            payload ->> 'rule' AS rule, payload ->> 'step' AS step, payload ->> 'state' AS state,
            payload ->> 'suspended' AS suspended, payload ->> 'priority' AS priority,
            payload ->> 'technical' AS technical, payload ->> 'message' AS message,
            payload ->> 'value' AS value, payload ->> 'limit' AS limit_value, payload ->> 'by' AS by
            FROM facts WHERE kind = 'alarm'""",
        """CREATE VIEW markers AS SELECT id, entry, at_ns, subject AS marker,
            payload ->> 'text' AS text, payload ->> 'by' AS by
            FROM facts WHERE kind = 'marker'""",
    ),
    (
        f"CREATE INDEX urgent_facts ON facts (id) WHERE {URGENT}",
        # Facts that were delivered in one lane are not delivered again in two.
        "INSERT INTO cursors SELECT destination || '.urgent', fact FROM cursors",
    ),
    (
        "DROP VIEW statistics",
        # Up to derivation 8 a fact had one statistic, with its `value`.
        """CREATE VIEW statistics AS SELECT facts.id AS id, entry, at_ns, subject AS channel,
            each.key AS statistic, payload ->> 'window_s' AS window_s, each.value AS value
            FROM facts, json_each(coalesce(payload -> 'values',
                json_object(payload ->> 'statistic', payload -> 'value'))) AS each
            WHERE kind = 'statistic'""",
    ),
)
