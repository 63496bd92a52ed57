"""The controls of the alarm sounds; the sounds themselves are made by `sound.js`."""

from collections.abc import Callable

from dashboards.console.actions import Actions
from dashboards.console.html_elements import Text, box, button, region
from dashboards.console.page_feed import Feed


def sound_controls(pause: Callable[[], None] | None) -> None:
    """Make what tests the sound and says whether it can be heard, and what pauses it.

    Args:
        pause: pauses the sound; None where there is no one session, or no right, to do so.
    """
    with box("div", "sound"):
        test = button("", "act test-sound").props("aria-keyshortcuts=T")
        test.on("click", js_handler="() => physiomonSound.test()")
        with test:
            # Which of the two is seen is decided in the page: only the browser knows.
            Text("span", "if-sound", "Sound on · test")
            Text("span", "if-blocked", "SOUND BLOCKED · enable")
        if pause is not None:
            button("Pause audio 120 s").on_click(pause).props("aria-keyshortcuts=M")
        region("span", "paused", "sound-paused", role="timer")


def pause_sound(feed: Feed, session: str, actions: Actions) -> Callable[[], None]:
    """Return what pauses the sound of a session in the person's name."""

    def pause() -> None:
        actions.do(
            lambda name: feed.backend.pause_audio(session, name), "Alarm audio paused for 120 s."
        )

    return pause
