"""The page that names who answers for what the desk does by itself."""

import re
from html import unescape

import pytest
from tests.accounts.conftest import Staff, enter, hire

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Role
from cairndesk.accounts.rules.automatic import AUTOMATIC

pytestmark = pytest.mark.django_db


@pytest.mark.req("UXQ-19")
def test_the_page_names_for_each_step_the_people_who_answer_for_it(one: Organisation, two: Organisation, ada: Staff) -> None:
    hire(one, "Sue", Role.SUPERVISOR)
    hire(one, "Sam", Role.SUPERVISOR)
    hire(two, "Ola", Role.SUPERVISOR)
    page = unescape(enter(ada).get("/automatic/").content.decode())
    rows = dict(re.findall(r'<tr id="([\w.]+)">(.*?)</tr>', page, re.DOTALL))
    assert set(rows) == set(AUTOMATIC)
    answers = {
        Role.SUPERVISOR: "supervisor: Sam, Sue",
        Role.ADMINISTRATOR: "administrator: Ada",
        Role.LIAISON: "liaison: <b>nobody holds this role</b>",
    }
    for code, step in AUTOMATIC.items():
        assert f"<td>{answers[step.role]}</td>" in rows[code]
        assert step.does in rows[code]
        assert step.people in rows[code]
    assert "Ola" not in page
