"""A small harmless analyser for tests: the share of a picture that is of one tone."""

from cairndesk.signals.engine.analysers import Analyser, Card, ErrorRates

RATES = ErrorRates(0.02, 0.125, "100 drawn pictures")
CARD = Card(
    title="Plain area",
    version="1.2",
    maker="The tests",
    licence="Apache-2.0",
    says="this share of the picture is of one tone",
    made_from="nothing: it is reckoned",
    limits="it takes a clear sky for an empty page",
    rates=RATES,
)
analyser = Analyser(CARD, "plain_area_looks")
nosy = Analyser(CARD, "plain_area_nosy")
mute = Analyser(CARD, "plain_area_that_is_nowhere")
without_card = "no analyser"
