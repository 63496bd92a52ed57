"""Controls of alarm audio; `sound.js` makes the sounds."""

from collections.abc import Callable

from dashboards.console.actions import Actions
from dashboards.console.html_elements import Text, box, button, region
from dashboards.console.live.feed import Feed
from dashboards.texts import gettext as _


def sound_controls(pause: Callable[[], None] | None) -> None:
    """Add the buttons that test and pause alarm audio.

    Args:
        pause: pauses the audio; None on the ward page, or without the right.
    """
    with box("div", "sound"):
        test = button("", "act test-sound").props("aria-keyshortcuts=T")
        test.on("click", js_handler="() => physiomonSound.test()")
        with test:
            # The page shows one of the two: only the browser knows whether audio is blocked.
            Text("span", "if-sound", _("Sound on · test"))
            Text("span", "if-blocked", _("SOUND BLOCKED · enable"))
            Text("span", "if-no-sound", _("NO SOUND in this browser"))
        if pause is not None:
            with button("", "act pause-sound").on_click(pause).props("aria-keyshortcuts=M"):
                Text("span", "if-sounding", _("Pause audio 120 s"))
                region("span", "paused", "sound-paused")
                Text("span", "if-paused", _("Resume audio"))


def pause_sound(feed: Feed, session: str, actions: Actions) -> Callable[[], None]:
    """Return the handler that pauses or resumes the audio of a session for the current user."""

    def pause() -> None:
        view = feed.sessions.get(session)
        on = view is None or view.audio_paused_s <= 0
        actions.do(
            lambda name: feed.backend.pause_audio(session, name, on=on),
            _("Alarm audio paused for 120 s.") if on else _("Alarm audio resumed."),
        )

    return pause
