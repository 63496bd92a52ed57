"""``python -m tests.never_blind --sessions 10000`` runs that many random sessions."""

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

from tests.never_blind.generator import random_session
from tests.never_blind.player import Difference, Figures, Player
from tests.never_blind.script import Session
from tests.never_blind.shrink import shrink


def attempt(session: Session) -> tuple[Figures, Difference | None]:
    """Play a session; return its figures and its difference, if any."""
    player = Player(session)
    try:
        return player.play(), None
    except Difference as difference:
        return player.figures, difference


def _of_seed(seed: int) -> tuple[int, Figures, str]:
    figures, wrong = attempt(random_session(seed))
    return seed, figures, str(wrong or "")


def explain(session: Session, tries: int = 1500) -> str:
    """Return a minimal script with the same failure as a session, and the failure."""
    _, wrong = attempt(session)
    kind = wrong.kind if wrong else ""

    def alike(other: Session) -> bool:
        try:
            _, wrong = attempt(other)
        except Exception:  # noqa: BLE001 - a removed item may be required by others
            return False
        return wrong is not None and wrong.kind == kind

    least = shrink(session, alike, tries)
    return f"{replace(least, seed=session.seed).text()}\n{attempt(least)[1]}"


def main() -> int:
    """Run sessions until the given number has failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.never_blind", description=__doc__)
    parser.add_argument("--sessions", type=int, default=1000, help="Number of sessions.")
    parser.add_argument("--first", type=int, default=0, help="Seed of the first session.")
    parser.add_argument("--processes", type=int, default=1, help="Number of processes.")
    parser.add_argument("--failures", type=int, default=1, help="Failures to stop after.")
    args = parser.parse_args()
    began, total, failed = time.monotonic(), Figures(), []
    with ProcessPoolExecutor(args.processes) as pool:
        seeds = range(args.first, args.first + args.sessions)
        tried = 0
        for seed, figures, wrong in pool.map(_of_seed, seeds, chunksize=4):
            tried += 1
            total.seconds += figures.seconds
            total.channel_seconds += figures.channel_seconds
            total.unjudged += figures.unjudged
            total.steps += figures.steps
            if wrong:
                failed.append(seed)
                print(f"seed {seed}: {wrong}\n", flush=True)
            if len(failed) >= args.failures:
                pool.shutdown(cancel_futures=True)
                break
    print(
        f"{tried} sessions, {total.seconds} s compared, {total.channel_seconds} s of watched "
        f"channels ({total.unjudged} s not judged), {total.steps} steps of alarms, "
        f"{time.monotonic() - began:.0f} s; {len(failed)} failed"
    )
    for seed in failed[:1]:
        print(explain(random_session(seed)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
