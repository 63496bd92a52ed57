"""Sign the head of a session's journal."""

from collections.abc import Callable
from dataclasses import asdict

from monitor.entries import EntryKind, body_bytes
from monitor.storage.journal import Journal
from monitor.storage.recorder import Recorder
from monitor.storage.signed_head import SignedHead
from monitor.storage.signing_key import SigningKey


class HeadSigner:
    """Signer of one journal.

    Attributes:
        key: of the site; None: nothing is signed.
    """

    def __init__(
        self, session: str, journal: Journal, recorder: Recorder, derive: Callable[[], None]
    ) -> None:
        self.key: SigningKey | None = None
        self._session = session
        self._journal = journal
        self._recorder = recorder
        self._derive = derive
        self._signed = 0  # newest entry when a head was last recorded: that head

    def sign(self) -> None:
        """Record the signed head, if there is a key and anything was recorded since the last one.

        It may follow the end of a session.
        """
        journal = self._journal
        newest = journal.last_seq
        if self.key is None or newest == self._signed or self._recorder.failure is not None:
            return
        head = self.key.sign(
            SignedHead(
                session=self._session,
                entries=newest,
                until_ns=journal.last_received_ns,
                hash=journal.hash_of(newest),
            )
        )
        body = asdict(head)
        del body["session"]
        self._recorder.record(EntryKind.HEAD, "physiomon", body_bytes(body))
        self._signed = journal.last_seq
        self._derive()
