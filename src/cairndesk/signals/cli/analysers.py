"""`cairndesk signals analysers`: the cards of the optional analysers that are installed."""

from dataclasses import asdict

from cairndesk.lib import clock
from cairndesk.signals.cli.common import AsJson, Desk, organisation_of, out, print_json, set_up


def analysers(*, organisation: Desk = "", as_json: AsJson = False) -> None:
    """Show every analyser that is installed, whether it is on, what it was made from, where it fails and how often it is wrong.

    None is on before `analysers.on` of the configuration names it. Example: `cairndesk signals analysers`
    """
    set_up()
    from cairndesk.signals import analysers as held  # noqa: PLC0415 - Django has only now been set up

    on = {one.name for one in held.switched_on(organisation=organisation_of(organisation), now=clock.now())}
    shown = [{"name": one.name, "is_on": one.name in on, **asdict(one.analyser.card)} for one in held.installed()]
    if as_json:
        print_json(shown)
        return
    if not shown:
        out.print("No analyser is installed.")
    for one in shown:
        rates = one.pop("rates")
        for name, value in one.items():
            out.print(f"{name.replace('_', ' ')}: {value}", highlight=False, markup=False, soft_wrap=True)
        for name, value in rates.items():
            out.print(f"  {name.replace('_', ' ')}: {value}", highlight=False, markup=False, soft_wrap=True)
