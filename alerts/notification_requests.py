"""Requests of notifications to their recipients, and the first words of titles. Pure."""

from alerts.call_fact import CallPurpose


def message_kind(purpose: CallPurpose, tier: int, giver: str = "") -> str:
    """Return the first words of a title; empty for the first message about an alarm.

    Args:
        purpose: of the call.
        tier: that is called, from 1.
        giver: id of the recipient who hands on the alarms; empty if that is not to be seen.
    """
    return {
        CallPurpose.AGAIN: "AGAIN",
        CallPurpose.NEXT_TIER: f"{_ordinal(tier)} TIER",
        CallPurpose.WORSE: "WORSE",
        CallPurpose.OVER: "OVER",
        CallPurpose.ACCEPTED: "ACCEPTED",
        CallPurpose.HANDED_ON: f"HANDED ON by {giver}:" if giver else "HANDED ON",
        CallPurpose.NOT_TAKEN: "NOT TAKEN",
        CallPurpose.TEST: "TEST",
    }.get(purpose, "")


def request(
    purpose: CallPurpose, tier: int, link: str | None, ended: str | None, coming: str = ""
) -> list[str]:
    """Return what the recipient is asked to do, and why.

    Args:
        purpose: of the call.
        tier: that is called, from 1.
        link: of the call; None if links are not configured.
        ended: time of day at which the alarms ended; None if it is not known or not to be seen.
        coming: addition about the arrival of the person who has accepted.
    """
    if purpose is CallPurpose.OVER:
        since = "" if ended is None else f" since {ended}"
        return [f"Over{since}: there is nothing left to accept."]
    if purpose is CallPurpose.ACCEPTED:
        return [f"Another person has taken over{coming}: there is nothing left to accept."]
    if purpose is CallPurpose.NOT_TAKEN:
        parts = ["Nobody has taken over what you handed on: you are still responsible."]
        return parts if link is None else [*parts, f"Hand it on to somebody else:\n{link}"]
    parts = {
        CallPurpose.NEXT_TIER: [
            f"You are called in tier {tier}: no earlier recipient has accepted."
        ],
        CallPurpose.AGAIN: ["You are called again: nobody has accepted."],
        CallPurpose.WORSE: ["Something was added since the last call, or got worse."],
        CallPurpose.HANDED_ON: [
            "Handed on to you by the person who has accepted it and is responsible until you do."
        ],
    }.get(purpose, [])
    if link is None:
        return [*parts, "Accept the call at the console of the session."]
    return [*parts, f"Accept (you take over, nobody else is called), or answer 'I cannot':\n{link}"]


def _ordinal(tier: int) -> str:
    return f"{tier}{ {1: 'ST', 2: 'ND', 3: 'RD'}.get(tier, 'TH') }"
