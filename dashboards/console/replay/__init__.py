"""Controls of a recording that is replayed."""
