"""The interface through which the page behind a call's link acts."""

from typing import Protocol

from dashboards.console.views.calls import CalledView


class AcceptBackend(Protocol):
    """The monitor as the page behind a call's link sees it.

    All calls raise LinkExpiredError or LinkForgedError.
    """

    def called(self, token: str) -> CalledView:
        """Return the call behind a link."""
        ...

    def opened(self, token: str) -> None:
        """Record that the link of a test call was opened."""
        ...

    def accept(self, token: str, arrives_min: int | None = None) -> CalledView:
        """Accept the open alarms as the call's recipient; return the updated call.

        Args:
            token: of the link.
            arrives_min: minutes until the recipient expects to arrive, or None.
        """
        ...

    def decline(self, token: str) -> CalledView:
        """Decline the call for its recipient; return the updated call."""
        ...

    def hand_on(self, token: str, to: str) -> CalledView:
        """Ask another recipient to take over what was accepted; return the updated call.

        Raises:
            PhysiomonError: that is not possible.
        """
        ...

    def hand_over(self, token: str, to: str) -> CalledView:
        """Hand the recipient's duty over to another one; return the updated call.

        Raises:
            PhysiomonError: that is not possible.
        """
        ...
