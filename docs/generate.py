"""Writes the pages of docs/ that follow from the code; a house test fails when one of them is stale."""

import ast
import csv
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCS, SOURCE = ROOT / "docs", ROOT / "src" / "cairndesk"
_ABOUT_LANGUAGES = """What the public portal speaks. A text is *drafted* when it is translated, and *reviewed* when two people who speak the
language have read these very words; a word that is changed ends the review ([how one is written down](../CONTRIBUTING.md)). In real operation a
language with drafted texts is off until the operator names it in `desks.unreviewed_languages`, and so is every language pack, whoever has read
it; a page that holds a drafted text says so, with reviewed words one tap away. The present drafts of eleven languages are first drafts that no
speaker has read, which is why they are off in real operation.
Whoever tells chooses the language; none is guessed.

Open: Arabic has no short imperative, and no verb of the present, that speaks to everybody alike. Both stand in the masculine form, which reads as the
general one. The word for any child is masculine in Arabic, French (*un enfant*), Hindi and Russian, as are the words for whoever it was (*somebody*,
*a person*) in some of them; what is said of *us* is masculine in Arabic, Hindi and Spanish. Whatever else would speak to one gender alone, or
make the child, whoever did it or whoever cares one of two, is kept out by lists (`src/cairndesk/locale/neutral.toml`).
"""
_ABOUT_TESTED = """Each page of the public portal, and whether children have read and tried it in a study. The texts follow rules that a machine
can check (`tests/intake/portal/test_texts.py`); that is not the same. Whoever runs a study with children writes it down in
`src/cairndesk/intake/portal/tested.toml`: the page, the day, and the study as others can find it. The portal says the same under *What we keep, and
who sees it*.
"""
NOTE = "\n*This page is written by `make docs`; change the code, not the page.*\n"
_QUOTE = re.compile(r"^\{\{ ([\w./-]+)::(\w+) \}\}$", re.MULTILINE)
AREAS = {
    "INT": "Intake and reporting", "TRG": "Screening and triage", "TAX": "Harm taxonomy", "DIM": "Reporting dimensions",
    "DET": "Detection and matching", "EVD": "Evidence and custody", "INV": "Work with law enforcement", "RMV": "Removal and preservation",
    "REF": "Referral and support", "FIN": "Money flows", "PRV": "Prevention", "REG": "Regulation", "TRN": "Transparency and statistics",
    "COO": "Coordination", "PAR": "Participation of children and survivors", "CAP": "Training", "PRI": "Privacy and rights",
    "UXQ": "Quality for children", "TRM": "Words",
}  # fmt: skip


def settings_page() -> str:
    """Every key of the configuration."""
    from cairndesk.config import Config, known_keys  # noqa: PLC0415 - imported once the path is set

    lines = [
        "# Settings",
        NOTE,
        "One file, `cairndesk.toml`; the environment stands over it. `cairndesk config show --origin` says what is in force.\n",
    ]
    lines += ["| key | environment | default | what it is for |", "|---|---|---|---|"]
    for key, text in known_keys():
        value: object = Config()
        for part in key.split("."):
            value = getattr(value, part)
        shown = "" if value in (None, "", []) else f"`{value}`"
        lines.append(f"| `{key}` | `CAIRNDESK_{key.upper().replace('.', '__')}` | {shown} | {text} |")
    return "\n".join(lines) + "\n"


def commands_page() -> str:
    """Every command with its options, and the exit codes."""
    import typer  # noqa: PLC0415 - the same

    from cairndesk.cli.app import app  # noqa: PLC0415 - the same

    lines = ["# Commands", NOTE]
    for name, command in _leaves(typer.main.get_command(app), "cairndesk"):
        lines += [f"\n## `{name}`\n", re.sub(r"\n +", "\n", (command.help or "").strip()), ""]
        options = [one for one in command.params if one.name != "help"]
        if options:
            lines += ["| option | what it is for |", "|---|---|"]
            lines += [f"| `{' '.join(one.opts) or one.name}` | {(getattr(one, 'help', '') or '').replace('|', '/')} |" for one in options]
    lines += ["\n## Exit codes\n", "| code | meaning |", "|---|---|"]
    lines += [f"| {code} | {text} |" for _, code, text in _commented(SOURCE / "cli" / "common.py", r"^    ([A-Z]+) = (\d+)  # (.*)$")]
    return "\n".join(lines) + "\n"


def events_page() -> str:
    """Everything that the log can say."""
    lines = ["# Log events", NOTE, "| event | when |", "|---|---|"]
    lines += [f"| `{code}` | {text} |" for code, text in _events()]
    return "\n".join(lines) + "\n"


def events_table() -> str:
    """The same for the custody report, which travels without the code."""
    # What is addressed to the reader of the code stays in the code.
    plain = ((code, re.sub(r"^(noqa: \S+ - |LOUD: )", "", text)) for code, text in _events())
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows([("event", "meaning"), *plain])
    return table.getvalue()


def errors_page() -> str:
    """Every named failure, with what to do about it."""
    found: dict[str, dict[str, object]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                found[node.name] = {"bases": [base.id for base in node.bases if isinstance(base, ast.Name)], **_constants(node)}
    lines = ["# Failures", NOTE, "| code | status | may trying again help | what to do |", "|---|---|---|---|"]
    rows = []
    for facts in found.values():
        if "code" in facts and "remedy" in _inherited(facts, found):
            whole = _inherited(facts, found)
            again, remedy = "yes" if whole.get("retryable") else "no", str(whole["remedy"]).replace("|", "/")
            rows.append(f"| `{whole['code']}` | {whole.get('status')} | {again} | {remedy} |")
    return "\n".join([*lines, *sorted(rows)]) + "\n"


def columns_page() -> str:
    """Every column of the database: what lies there in clear, and what is sealed."""
    from django.apps import apps  # noqa: PLC0415 - the same

    from cairndesk.custody.columns import as_markdown, classify  # noqa: PLC0415 - the same
    from cairndesk.custody.retention import ABOUT  # noqa: PLC0415 - the same
    from cairndesk.retention.classes import class_of  # noqa: PLC0415 - the same

    reasons = tomllib.loads((DOCS / "columns.toml").read_text("utf-8"))
    models = sorted(apps.get_models(include_auto_created=True), key=lambda model: model._meta.label)
    meaning = """What somebody who holds the database and no key sees of each column. *clear*: what it holds. *sealed*: ciphertext, or where it lies.
*blind index*: a digest under a key of the desk, by which equal values are found. *digest*: a value that leads back to nothing by itself.
*kept as*: the class of records to which a column belongs; each class has a purpose, a ground and an end, see [retention](retention.md).
"""
    lines = ["| kept as | records | needed | on what ground | what keeps it small | at most, in the cautious example |", "|---|---|---|---|---|---|"]
    for kind, about in ABOUT.items():
        ends = f"{about.maximum} days" if about.maximum is not None else "no end set"
        lines.append(f"| {kind} | {about.title} | {about.purpose} | {about.basis} | {about.small} | {ends} |")
    table = as_markdown(classify(models, reasons), lambda name: str(class_of(name) or "no class"))
    return "\n".join(["# Columns", NOTE, meaning, *lines, "", table])


def permissions_page() -> str:
    """Who may do what."""
    from cairndesk.accounts.rules.page import as_markdown  # noqa: PLC0415 - the same

    return as_markdown()


def api_page() -> str:
    """The machine door, as OpenAPI."""
    from cairndesk.api import api  # noqa: PLC0415 - the same

    return json.dumps(api.get_openapi_schema(path_prefix="/api/v1/"), indent=1, sort_keys=True, default=str) + "\n"


def taxonomy_page() -> str:
    """The open taxonomy: how to fetch it, and what it is mapped to."""
    from cairndesk.cases.taxonomy.page import as_markdown  # noqa: PLC0415 - the same

    return as_markdown()


def handbook_page() -> str:
    """How to handle each risky step: the rules that stand on the pages, together."""
    from cairndesk.accounts.rules.handling import HANDLING, RISKS  # noqa: PLC0415 - the same

    lines = ["# Handbook: handle with care", NOTE]
    lines.append(
        "For everybody on the desk. These steps open what is sealed, let something leave the desk, or cannot be undone. Each rule also stands"
    )
    lines.append("where the step is taken, and all of them on the page *Handbook*. Where the law of your country says otherwise, the law counts.")
    for step, one in HANDLING.items():
        verbs = ", ".join(f"`{verb}`" for verb, risk in RISKS.items() if risk is step)
        lines += [f"\n## {one.title}\n", *(f"- {rule}" for rule in one.rules), *([f"\nWhat it takes to do it: {verbs}."] if verbs else [])]
    return "\n".join(lines) + "\n"


def automatic_page() -> str:
    """What the desk does by itself, and who answers for it."""
    from cairndesk.accounts.rules.page import automatic_as_markdown  # noqa: PLC0415 - the same

    return automatic_as_markdown()


def security_page() -> str:
    """What is promised, with the code that attacks each promise word for word."""
    return _QUOTE.sub(lambda found: _quoted(*found.groups()), (DOCS / "security.in.md").read_text("utf-8"))


def requirements_page() -> str:
    """Every requirement with its state and the tests that prove it."""
    proofs = _proofs()
    with (DOCS / "requirements.csv").open(encoding="utf-8", newline="") as rows:
        wanted = [(row["id"], row["priority"]) for row in csv.DictReader(rows)]
    proven = sum(1 for one, _ in wanted if proofs.get(one))
    lines = ["# Requirements", NOTE, f"{proven} of {len(wanted)} rows are proved by at least one test. *out*: no software can do it.\n"]
    lines.append("A row is proved when a test that carries its id passes; `tests` names the files and how many tests each holds.")
    area = ""
    for one, priority in wanted:
        if one[:3] != area:
            area = one[:3]
            lines += [f"\n## {area} · {AREAS[area]}\n", "| id | priority | state | tests |", "|---|---|---|---|"]
        files = ", ".join(f"`{file}` ({count})" for file, count in sorted(proofs.get(one, {}).items()))
        state = "proved" if files else "out" if priority == "out" else "open"
        lines.append(f"| {one} | {priority} | {state} | {files} |")
    return "\n".join(lines) + "\n"


def tested_page() -> str:
    """Which pages of the portal children have tried."""
    from cairndesk.intake.portal.tested import all_pages  # noqa: PLC0415 - the same

    lines = ["# Tested with children", NOTE, _ABOUT_TESTED, "| page | tested with children | when | by which study |", "|---|---|---|---|"]
    lines += [f"| `{one.page}` | {'yes' if one.on else 'no'} | {one.on or ''} | {one.by} |" for one in all_pages()]
    return "\n".join(lines) + "\n"


def languages_page() -> str:
    """How far each language of the portal is."""
    from cairndesk.intake.portal.languages import SOURCE as WRITTEN_IN  # noqa: PLC0415 - the same
    from cairndesk.intake.portal.languages import all_languages  # noqa: PLC0415 - the same

    lines = ["# Languages", NOTE, _ABOUT_LANGUAGES, "| language | code | texts | drafted | reviewed by two speakers |", "|---|---|---:|---:|---:|"]
    for one in all_languages():
        counts = "written in it | | " if one.code == WRITTEN_IN else f"{one.texts} | {one.texts - one.reviewed} | {one.reviewed} "
        lines.append(f"| {one.name} ({one.english}) | `{one.code}` | {counts}|")
    return "\n".join(lines) + "\n"


def countries_table() -> str:
    """What each country is called in each language of the portal, by CLDR; the test that no page is stale holds it against the data."""
    from babel import Locale  # noqa: PLC0415 - only here

    from cairndesk.cases.rules.countries import COUNTRIES  # noqa: PLC0415 - the same
    from cairndesk.intake.portal.languages import all_languages  # noqa: PLC0415 - the same

    names = {one.code: Locale.parse(one.code, sep="-").territories for one in all_languages()}
    # Kosovo has no letters in ISO 3166-1 yet; these are the ones in use.
    rows = [(code, *(held[code] for held in names.values())) for code in sorted({*COUNTRIES, "XK"})]
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows([("code", *names), *rows])
    return table.getvalue()


def cryptography_page() -> str:
    """What is used of cryptography, where, and who can open what."""
    found = importlib.util.spec_from_file_location("docs_algorithms", DOCS / "algorithms.py")
    assert found  # noqa: S101 - for the types
    assert found.loader  # noqa: S101 - the same
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return str(module.page())


def glossary_table() -> str:
    """The glossary as the desk shows it: sections with their rows, read from the page that people write."""
    found: list[dict[str, object]] = []
    for part in (DOCS / "glossary.md").read_text("utf-8").split("\n## ")[1:]:
        title, _, body = part.partition("\n")
        rows = [[_plainly(cell) for cell in line.strip("| ").split(" | ")] for line in body.splitlines() if line.startswith("| ")]
        if rows:
            about = " ".join(line for line in body.splitlines() if line and not line.startswith("|"))
            found.append({"title": title, "about": _plainly(about), "columns": rows[0], "rows": rows[1:]})
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def _plainly(words: str) -> str:
    """Without what only the page can show: marks, and addresses of other pages."""
    return re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", words).replace("`", "").replace("*", "").strip()


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "commands.md": commands_page,
    "log-events.md": events_page,
    "../src/cairndesk/exchange/formats/events.csv": events_table,
    "errors.md": errors_page,
    "columns.md": columns_page,
    "permissions.md": permissions_page,
    "api.json": api_page,
    "taxonomy.md": taxonomy_page,
    "handbook.md": handbook_page,
    "automatic.md": automatic_page,
    "../src/cairndesk/review/glossary.json": glossary_table,
    "languages.md": languages_page,
    "../src/cairndesk/locale/countries.csv": countries_table,
    "tested.md": tested_page,
    "security.md": security_page,
    "cryptography.md": cryptography_page,
    "requirements.md": requirements_page,
}


def prepare() -> None:
    """Afterwards the package can be imported and Django is ready."""
    sys.path.insert(0, str(ROOT / "src"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cairndesk.settings")
    import django  # noqa: PLC0415 - needs the path

    django.setup()


class Collector:
    """A pytest plugin that notes which test carries which requirement."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))

    def pytest_collection_modifyitems(self, items: list[object]) -> None:
        for item in items:
            file = Path(str(item.path)).relative_to(ROOT).as_posix()  # type: ignore[attr-defined]
            for one in {one for mark in item.iter_markers("req") for one in mark.args}:  # type: ignore[attr-defined]
                self.found[one][file] += 1


def _proofs() -> dict[str, dict[str, int]]:
    # In a process of its own: collecting inside a running test session would disturb it.
    done = subprocess.run([sys.executable, __file__, "--proofs"], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - this file
    if done.returncode != 0:
        raise SystemExit("The tests could not be collected:\n" + "\n".join(done.stdout.splitlines()[:-1][-20:]))
    found: dict[str, dict[str, int]] = json.loads(done.stdout.splitlines()[-1])
    return found


def _print_proofs() -> int:
    import pytest  # noqa: PLC0415 - only here

    collector = Collector()
    status = pytest.main(
        ["--collect-only", "-q", "-q", "--no-header", "-p", "no:cacheprovider", "-p", "no:xdist", str(ROOT / "tests")], plugins=[collector]
    )
    print("\n" + json.dumps(collector.found, sort_keys=True))
    return int(status)


def _quoted(file: str, name: str) -> str:
    """One function or class of a file, as code; raises StopIteration when there is none of that name: no quotation goes stale."""
    text = (ROOT / file).read_text("utf-8")
    found = next(node for node in ast.parse(text).body if name in {getattr(node, "name", None), getattr(getattr(node, "target", None), "id", None)})
    return f"`{file}`\n\n```python\n{ast.get_source_segment(text, found)}\n```"


def _events() -> list[tuple[str, str]]:
    found = _commented(SOURCE / "custody" / "rules.py", r'^    ([A-Z_]+) = "([a-z_.]+)"  # (.*)$')
    return [(code, text) for _, code, text in found if "." in code]


def _leaves(command: object, name: str) -> Iterator[tuple[str, object]]:
    """Every command that does something, also one that has others below it."""
    inner = getattr(command, "commands", {})
    if not inner or command.invoke_without_command:
        yield name, command
    for part in sorted(inner):
        yield from _leaves(inner[part], f"{name} {part}")


def _commented(path: Path, pattern: str) -> list[tuple[str, ...]]:
    return [found.groups() for found in re.finditer(pattern, path.read_text("utf-8"), re.MULTILINE)]


def _constants(node: ast.ClassDef) -> dict[str, object]:
    facts: dict[str, object] = {}
    for line in node.body:
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name) and isinstance(line.value, ast.Constant):
            facts[line.targets[0].id] = line.value.value
    return facts


def _inherited(facts: dict[str, object], found: dict[str, dict[str, object]]) -> dict[str, object]:
    whole: dict[str, object] = {}
    bases = facts["bases"]
    for base in bases if isinstance(bases, list) else []:
        if base in found:
            whole |= _inherited(found[base], found)
    return whole | facts


def main(arguments: list[str]) -> int:
    """Write every page whose text changed."""
    if arguments == ["--proofs"]:
        return _print_proofs()
    prepare()
    for name, page in PAGES.items():
        path, text = DOCS / name, page()
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            print(f"wrote docs/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
