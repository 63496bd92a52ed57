"""Translation of finished English texts by the templates that they were made from."""

import pytest

from dashboards.texts import ENGLISH, gettext, in_language, in_sentence, load, ngettext, shown, use
from dashboards.texts.templates import Templates

GERMAN = load("de")


SENTENCES = {
    "Heart rate": "Herzfrequenz",
    "heart rate": "Herzfrequenz",
    "Core temperature above 38.0 °C": "Kerntemperatur über 38,0 °C",
    "Battery at 15 %: change it now.": "Batterie bei 15 %: Wechseln Sie sie jetzt.",
    "Core temperature above 38.0 °C - over: was 38.6, now 37.9; reset to clear": (
        # The dash is German.
        "Kerntemperatur über 38,0 °C \u2013 vorbei: war 38,6, jetzt 37,9; zum Löschen zurücksetzen"
    ),
    "Test call delivered to Anna, not to Ben: correct that, or ask them. Link opened by Anna.": (
        "Testruf zugestellt an Anna, nicht an Ben: Beheben Sie das, oder fragen Sie nach. "
        "Link geöffnet von Anna."
    ),
    "Baseline of heart rate: settling, 9 of 15 min; Baseline of core temperature: no valid value "
    "yet. Five valid minutes and 70 % of the time are required before the dose.": (
        "Ausgangswert: Herzfrequenz: schwingt ein, 9 von 15 min; Ausgangswert: Kerntemperatur: "
        "noch kein gültiger Wert. Vor der Dosis sind fünf gültige Minuten und 70 % der Zeit nötig."
    ),
    "the link to sensor 'strap' is unstable: 40 % received in the last 5 minutes": (
        "die Verbindung zu Sensor 'strap' ist instabil: 40 % in den letzten 5 Minuten empfangen"
    ),
    "141 /min, limit 130 /min, rising from 98 in 1 min": (
        "141 /min, Grenze 130 /min, steigt von 98 in 1 min"
    ),
    "since 14:05:10 UTC+1, 1 h 20 min after the dose, first announced 14:06:00": (
        "seit 14:05:10 UTC+1, 1 h 20 min nach der Dosis, zuerst gemeldet um 14:06:00"
    ),
    "200/125 mmHg, pulse rate 72 /min, received at 14:05, is not judged: it is far outside the "
    "usual range": (
        "200/125 mmHg, Pulsfrequenz 72 /min, empfangen um 14:05, wird nicht bewertet: sie liegt "
        "weit außerhalb des üblichen Bereichs"
    ),
    "The password is easy to guess; choose another, such as a sentence.": (
        "Das Passwort ist leicht zu erraten; wählen Sie ein anderes, etwa einen Satz."
    ),
    "62.5 mg": "62,5 mg",
    "Diastolic blood pressure 28 mmHg, Systolic blood pressure 48 mmHg: unusual value; measure "
    "again or confirm it": (
        "Diastolischer Blutdruck 28 mmHg, Systolischer Blutdruck 48 mmHg: ungewöhnlicher Wert; "
        "messen Sie noch einmal oder bestätigen Sie ihn"
    ),
    "the clock of gateway 'r1' is 3.2 s behind": (
        "die Uhr des Gateways 'r1' weicht um 3,2 s ab (sie geht nach)"
    ),
    "another device that matches is nearby; if it is the participant's, choose it under 'Replace "
    "or add a sensor'": (
        "ein anderes passendes Gerät ist in der Nähe; falls es das dieser Person ist, wählen Sie "
        "es unter 'Sensor ersetzen oder hinzufügen'"
    ),
}


@pytest.mark.parametrize(("english", "german"), SENTENCES.items())
def test_sentences_of_the_layers_below(english: str, german: str) -> None:
    assert GERMAN.shown(english) == german
    assert GERMAN.shown(german) == german  # a second time changes nothing
    # Both "Heart rate" and "heart rate" have one translation.
    assert GERMAN.original(german).casefold() == english.casefold()
    assert ENGLISH.shown(english) == english


@pytest.mark.parametrize(
    "text",
    [
        "A clinic's own message: look at the person",
        "Heart rate limit of our ward, look at it",  # not half of it
        "P-014",
        "2026.11.30",
        "14:05:10",
        "",
    ],
)
def test_what_is_not_known_stays_as_it_is(text: str) -> None:
    assert GERMAN.shown(text) == text
    assert GERMAN.original(text) == text


def test_short_templates_fit_only_values() -> None:
    templates = Templates({"{value} at {time}": "{value} um {time}"}, ",")
    assert templates.translate("120/80 at 13:30") == "120/80 um 13:30"
    assert templates.translate("Look at me") == "Look at me"


@pytest.mark.parametrize(
    "text", ["A, b: c; d. " * 500, "A, b: c; d. " * 80, "heart rate, " * 80, "Battery at " * 80]
)
def test_long_texts_take_no_time(text: str) -> None:
    templates = GERMAN._templates
    assert isinstance(templates.translate(text), str)
    assert len(templates._seen) < 2000  # what was tried, each once


def test_many_texts_do_not_fill_the_memory() -> None:
    for number in range(10_000):
        GERMAN.shown(f"Battery at {number} %: change it now.")
    text = GERMAN.shown("Heart rate not judged")
    assert GERMAN.original(text) == "Heart rate not judged"
    assert GERMAN.shown("Heart rate not judged") == text


def test_the_language_is_that_of_a_context() -> None:
    assert gettext("Acknowledge") == "Acknowledge"
    with use(GERMAN):
        assert gettext("Acknowledge") == "Quittieren"
        assert ngettext("{n} session", "{n} sessions", 1) == "1 Sitzung"
        assert ngettext("{n} session", "{n} sessions", 2) == "2 Sitzungen"
        assert in_sentence("Heart rate") == "Herzfrequenz"
    assert gettext("Acknowledge") == "Acknowledge"
    assert in_language(GERMAN).run(shown, "Heart rate") == "Herzfrequenz"
    assert shown("Heart rate") == "Heart rate"
    assert in_sentence("Heart rate") == "heart rate"
