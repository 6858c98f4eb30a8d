"""The open taxonomy as a page of the manual."""

from cairndesk.cases.taxonomy.load import load
from cairndesk.cases.taxonomy.publish import mappings

_ABOUT_CODES = """# The open taxonomy

*This page is written by `make docs`; change the code, not the page.*

The codes by which this desk says what happened, open to everybody under the licence of this repository. A code never changes
its meaning: a new one takes its place in a later version, and `changes` says which.

    cairndesk taxonomy export taxonomy.json      # from an installed Cairndesk; needs no desk
    curl https://report.example/taxonomy.json    # from the public site of any desk

`cairndesk taxonomy export --schema`, or `/taxonomy.schema.json`, gives the JSON Schema (2020-12) that the document validates against. Every code has
an `id`, a label, a definition, its `source`, the version since which it counts (`since`) and, once it is given up, from which it does
not (`until`); some have inclusions, exclusions, other names, and a caveat that belongs wherever the label is shown. In place of a code a record may
hold one of `not_asked`, `declined`, `unknown` and `not_applicable`.

A mapping leads from a code of the families `harm` and `context` to a category of a scheme of somebody else:

| kind | what it says |
|---|---|
| `exact` | both say the same |
| `broader` | what has our code falls into the category, which holds more |
| `narrower` | the category holds only some of what has our code; not used so far |
| `none` | no category is known to fit; nobody claims that there is none |
"""


def as_markdown() -> str:
    """How to fetch it, what it holds, and what it is mapped to."""
    held = load()
    codes = sum(len(one.codes) for one in held.families.values())
    lines = [_ABOUT_CODES]
    lines += [
        f"Version {held.versions[-1].name}: {codes} codes in {len(held.families)} families.\n",
        "| family | what it says | codes |",
        "|---|---|---|",
    ]
    lines += [f"| `{one.name}` | {one.about} | {len(one.codes)} |" for one in held.families.values()]
    for scheme in sorted(held.schemes.values(), key=lambda one: one.name):
        found = list(mappings(scheme, held))
        lines += [f"\n## `{scheme.name}`: {scheme.title}\n", f"Source: {scheme.source}. Checked {scheme.checked}.\n"]
        lines += ["| our code | kind | category |", "|---|---|---|"]
        lines += [f"| `{ours}` | {kind} | `{theirs}` |" for ours, kind, theirs in found if theirs]
        lines.append(f"\n{sum(not theirs for *_, theirs in found)} codes have no category here.")
    lines += ["\n## What the words lean on\n", "Named and linked, never copied; `source` says of each code which of them it is read with.\n"]
    lines += [
        f"- `{one.key}`: <cite>{one.official_name}</cite>, {one.by}, {one.year}, <{one.address}>. {one.use}" for one in held.references.values()
    ]
    lines += ["\n## Not mapped\n", "| scheme | why |", "|---|---|"]
    lines += [f"| {one.title} | {one.why} |" for one in held.unmapped]
    return "\n".join(lines) + "\n"
