"""No key sends anything out of the house: what a key presses opens a page or stays inside; to let go is a button on a page that says what goes."""

import re
from pathlib import Path

from tests.house.tree import SOURCE

# Where a key presses a button: the template and the door that its form posts to (none: the page's own), and why nothing leaves by it.
STAYS = {
    ("desk/undo.html", "shell.undo.url"): "takes back what was just done",
    ("review/case.html", "review:account"): "opens what was told",
    ("review/classify.html", ""): "records what somebody sees; another supervisor is asked before a hash leaves",
    ("review/code.html", ""): "records a coding",
    ("review/code.html", "review:coded-account"): "opens what was told",
    ("review/code.html", "review:see-coding"): "opens the case",
    ("review/code.html", "review:take-coding"): "takes a case",
    ("review/identity.html", ""): "seals a record",
    ("review/invented_case.html", ""): "answers an invented case",
    ("review/panel.html", "review:claim"): "takes a case",
    ("review/panel.html", "review:put-back"): "puts a case back",
    ("review/panel.html", "review:woken"): "opens a case again",
    ("review/record.html", ""): "records a fact",
    ("review/training.html", "review:ask-sign-off"): "asks a supervisor to look at answers to invented cases",
    ("review/training.html", "review:begin-training"): "begins a training",
    ("review/training.html", "review:read-orientation"): "keeps what was ticked as read",
    ("review/write_calibration.html", ""): "keeps a set of invented cases",
    ("review/second_look.html", ""): "records what somebody sees",
    ("review/settle.html", ""): "records what somebody sees",
    ("signals/held.html", "signals:decide"): "answers a dispute about an entry of our own list",
    ("signals/switch.html", "door"): "switches a tool of the desk",
    ("triage/first.html", "review:next"): "takes a case",
    ("triage/priority.html", ""): "records how urgent a case is",
    ("triage/queue.html", "review:next"): "takes a case",
    ("triage/write_rules.html", ""): "tries rules",
}
_TAG = re.compile(r"""<(/?form|button|input|select|a)\b((?:[^>"]|"[^"]*")*)>""")
_ACTION = re.compile(r"""\saction="{[%{] (?:url '([\w:-]+)'|([\w.]+))""")


def pressed(template: Path) -> set[tuple[str, str]]:
    """The doors to which a key on this page posts; a button without a form, or of another one, stands under `?`."""
    name, found, form = template.as_posix().partition("/templates/")[2], set(), "?"
    for tag, rest in _TAG.findall(template.read_text("utf-8")):
        if tag in {"form", "/form"}:
            told = _ACTION.search(rest)
            form = "?" if tag == "/form" else (told[1] or told[2]) if told else "" if "action=" not in rest else "?"
        elif "aria-keyshortcuts" in rest and (tag == "button" or 'type="submit"' in rest or " form=" in rest):
            found.add((name, "?" if " form=" in rest or "formaction" in rest else form))
    return found


def test_a_key_posts_to_no_door_by_which_anything_leaves() -> None:
    found = set().union(*(pressed(template) for template in SOURCE.rglob("templates/**/*.html")))
    assert found == set(STAYS), "say why nothing leaves by it, or let a person press the button"


def test_the_rooms_that_let_go_have_no_key_that_presses_a_button() -> None:
    for room in ("response", "exchange", "accounts", "retention", "directory", "insight"):
        for template in (SOURCE / room / "templates").rglob("*.html"):
            assert not pressed(template), template.name


def test_a_key_does_only_what_a_hand_could_press() -> None:
    # So what is true of the pages is true of the keys, also of those that somebody chose for themselves.
    script = (SOURCE / "static" / "desk.js").read_text("utf-8")
    assert not re.search(r"\.submit\(|requestSubmit|fetch\(.*keydown", script)


def test_the_search_for_keys_finds_one_where_it_could_do_harm(tmp_path: Path) -> None:
    page = tmp_path / "templates" / "response" / "bad.html"
    page.parent.mkdir(parents=True)
    page.write_text(
        """<form method="post" action="{% url 'response:send' notice.pk %}"><button aria-keyshortcuts="s" name="act">Send</button></form>"""
    )
    assert pressed(page) == {("response/bad.html", "response:send")}
