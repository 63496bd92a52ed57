"""All places of the service."""

import asyncio
import random
import sys
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from operator import itemgetter

import structlog

from dashboards.console.views.places import NewRoomSession, WaitingPlaceView
from devices.errors import PhysiomonError
from devices.sensor import SensorSpec
from monitor.errors import ActError
from monitor.service.new_rooms import NewRooms
from monitor.service.place import Place
from monitor.sessions.derived_state import Replayed
from monitor.sessions.journal_replay import replay_journal
from monitor.sessions.session import Session
from monitor.sessions.session_runner import SessionRunner
from monitor.worker_processes import all_cores, worker_processes

_MOST = 64  # places of a service

log = structlog.get_logger()


class Places:
    """All places of the service.

    Attributes:
        started: runners of sessions that people begin, or that are resumed while others run, one
            per place at most; the service takes and runs them.
        resumed: set when no session is to be resumed any more.
    """

    def __init__(
        self, places: Sequence[Place], rng: random.Random, rooms: NewRooms | None = None
    ) -> None:
        """Create the places of a service.

        Args:
            places: one for each configuration file.
            rng: randomizes waits.
            rooms: begins sessions in rooms without a file; None disables that.
        """
        used: Counter[str] = Counter()
        for place in places:
            used[place.name] += 1
            if used[place.name] > 1:  # files of one name in two folders
                place.name += f"-{used[place.name]}"
        self._places = {place.name: place for place in places}
        self._rng = rng
        self.started: asyncio.Queue[SessionRunner] = asyncio.Queue(maxsize=_MOST)
        self.resumed = asyncio.Event()
        self._rooms = rooms
        self._unused: Sequence[str] = ()
        self._waiting: deque[Place] = deque()

    def open(self, earlier: Sequence[str] = ()) -> list[SessionRunner]:
        """Open the sessions until one of them runs; return the runners.

        Replaying hours takes seconds, in which no room shall wait for another: `resume` continues
        with the sessions that are left.

        Args:
            earlier: sentences about files that could not be used.

        Raises:
            PhysiomonError: a single place cannot be opened, or none of several.
        """
        self._unused = earlier
        for sentence in earlier:
            sys.stderr.write(f"physiomon: {sentence}\n")
        opened = [self._attempt(place, place.open) for place in self._places.values()]
        # The room with the newest entry first: its sensors were connected until the end.
        waiting = [
            (place.resuming.last_ns, place) for place in self._places.values() if place.resuming
        ]
        self._waiting.extend(place for _, place in sorted(waiting, key=itemgetter(0), reverse=True))
        while self._waiting and not any(opened):
            opened.append(self._resume(self._waiting.popleft()))
        if all(place.failure for place in self._places.values()):
            raise PhysiomonError("no session can be run; see the errors above")
        self._notice_failures()
        return [runner for runner in opened if runner is not None]

    async def resume(self, opened: Callable[[Session], None]) -> None:
        """Resume the sessions that are left, on all processors; a part of the service.

        Args:
            opened: called with each session before it runs.
        """
        if workers := min(all_cores(), len(self._waiting)):
            with ExitStack() as stack:
                pool: Executor
                try:
                    pool = stack.enter_context(worker_processes(workers))
                except (OSError, NotImplementedError) as error:  # a system without semaphores
                    log.warning("replay.no_processes", error=type(error).__name__)
                    pool = stack.enter_context(ThreadPoolExecutor(1))
                async with asyncio.TaskGroup() as tasks:
                    for number in range(workers):
                        work = self._resume_waiting(pool, opened)
                        tasks.create_task(work, name=f"resume/{number}")
                await asyncio.to_thread(pool.shutdown)
        self.resumed.set()
        await asyncio.Event().wait()

    async def _resume_waiting(self, pool: Executor, opened: Callable[[Session], None]) -> None:
        while self._waiting:
            place = self._waiting.popleft()
            replayed = await _replayed(pool, place)
            # In a thread: opening a journal waits for the disk, and replaying it takes seconds.
            runner = await asyncio.to_thread(self._resume, place, replayed)
            if runner is not None:
                opened(runner.session)
                self.started.put_nowait(runner)
            self._notice_failures()

    def _resume(self, place: Place, replayed: Replayed | None = None) -> SessionRunner | None:
        return self._attempt(place, partial(place.resume, replayed))

    def _attempt(self, place: Place, open_: Callable[[], Session | None]) -> SessionRunner | None:
        """Return the runner of the session that `open_` returns; keep the failure of the place."""
        try:
            session = open_()
        except Exception as error:  # the other rooms run whatever it is
            if len(self._places) == 1:
                raise
            reason = str(error)
            if not isinstance(error, PhysiomonError | OSError):
                reason = f"internal fault ({type(error).__name__})"
                log.exception("session.not_opened", place=place.name)
            place.failure = f"the session of {place.outputs.planned.path} is not running: {reason}"
            sys.stderr.write(f"physiomon: {place.failure}\n")
            return None
        return None if session is None else place.outputs.runner(session, self._rng)

    def _notice_failures(self) -> None:
        """Show in each session which others are not running."""
        failed = (each.failure for each in self._places.values())
        for number, failure in enumerate([*self._unused, *filter(None, failed)]):
            for session in self.sessions():
                session.notice(f"failure {number}", failure)

    def failures(self) -> list[str]:
        """Return a sentence for each room that is not monitored although nobody ended its session.

        Its session has failed, or is being resumed.
        """
        found = (each.failure or each.not_resumed for each in self._places.values())
        return [*self._unused, *filter(None, found)]

    def sessions(self) -> list[Session]:
        """Return the current session of each place that has one."""
        return [place.session for place in self._places.values() if place.session is not None]

    def telephone(self, session: str) -> str:
        """Return the telephone number of a session's room; empty if not configured."""
        numbers = (
            place.outputs.planned.config.session.telephone
            for place in self._places.values()
            if place.session is not None and place.session.spec.id == session
        )
        return next(numbers, None) or ""

    def waiting(self) -> list[WaitingPlaceView]:
        """Return the places where nothing is recorded."""
        views = (place.waiting() for place in self._places.values())
        return [view for view in views if view is not None]

    def begin(self, name: str, participant: str, by: str) -> Session:
        """Begin the next session of a place, as `Place.begin`."""
        place = self._places.get(name)
        if place is None:
            raise ActError(f"there is no place '{name}' here")
        self._refuse_too_early()
        others = (each for each in self.sessions() if each is not place.session)
        place.refuse_used_devices([each for each in others if not each.ended])
        session = place.begin(participant, by)
        self.started.put_nowait(place.outputs.runner(session, self._rng))
        log.info("session.begun", session=session.spec.id, place=name)
        return session

    def _refuse_too_early(self) -> None:
        """Refuse to begin a session while it is not known which devices the others use."""
        if any(place.resuming is not None for place in self._places.values()):
            raise ActError("other sessions are still being resumed; try again in a minute")
        if self.started.full():
            raise ActError("the last session is still being started; try again")

    def begin_in_room(
        self, request: NewRoomSession, sensors: Sequence[SensorSpec], by: str
    ) -> Session:
        """Begin a session in a room without a file, which is written.

        Raises:
            FieldError: a field of the request is not possible.
            PhysiomonError: the file or the journal cannot be written.
        """
        if self._rooms is None or len(self._places) >= _MOST:
            raise ActError("no more rooms can be added here")
        self._refuse_too_early()
        known = [place.outputs.planned for place in self._places.values()]
        running = [each.spec for each in self.sessions() if not each.ended]
        place = self._rooms.begin(request, sensors, by, known, running)
        self._places[place.name] = place
        assert place.session is not None  # noqa: S101 - it has begun
        self.started.put_nowait(place.outputs.runner(place.session, self._rng))
        log.info("session.begun", session=place.session.spec.id, place=place.name)
        return place.session


async def _replayed(pool: Executor, place: Place) -> Replayed | None:
    """Return the state after the journal of a place; None if it must be derived in this process."""
    recorded = place.resuming
    assert recorded is not None  # noqa: S101 - it waits
    try:
        # In a thread: the first call waits until a process has started.
        job = await asyncio.to_thread(pool.submit, replay_journal, recorded.path, recorded.id)
        return await asyncio.wrap_future(job)
    except Exception as error:  # noqa: BLE001 - of the journal, reported where it is opened, or of the pool
        log.info("replay.not_in_process", session=recorded.id, error=type(error).__name__)
        return None
