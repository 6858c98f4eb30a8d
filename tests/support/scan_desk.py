"""Tells as JSON where a desk holds any of the canaries that come in: every table, and on SQLite every page, used or not.

`python scan_desk.py < canaries.json`, under the environment of the desk. With an argument, the canary of that name is first
sealed as the identity of a child in the oldest case, as a desk does it.
"""

import json
import sys
from pathlib import Path


def main(canaries: dict[str, str], sealed: str) -> list[list[str]]:
    import django

    django.setup(set_prefix=False)
    from tests.support.canary import hits_in_database

    if sealed:
        name_a_child(canaries[sealed])
    return [[hit.where, hit.canary, hit.form] for hit in hits_in_database(canaries)]


def name_a_child(name: str) -> None:
    """Afterwards the oldest case holds a child with a sealed name."""
    from django.conf import settings

    from cairndesk.cases.actions import add_person, seal_identity
    from cairndesk.cases.models import Case
    from cairndesk.custody import access
    from cairndesk.demo.seed import actor_named
    from cairndesk.lib import clock

    access.unlock(settings.CAIRNDESK)
    by, case = actor_named("Sam"), Case.objects.order_by("opened_at").first()
    assert case is not None
    child = add_person(case=case, role="child", by=by, now=clock.now())
    seal_identity(person=child, identity={"name": name}, by=by, now=clock.now())


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    sys.stdout.write(json.dumps(main(json.load(sys.stdin), sys.argv[1] if len(sys.argv) > 1 else "")))
