"""A portal that speaks other catalogues than the ones in the repository."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.test import override_settings

from cairndesk.intake.portal import languages
from cairndesk.lib.catalogues import compile_all


@contextmanager
def speaking(
    folder: Path, rows: Mapping[str, Mapping[str, str]], catalogues: Mapping[str, str], numbers: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Meanwhile the portal speaks the languages of `rows` beside English, each by its catalogue; `numbers`: what their tables say."""
    with pytest.MonkeyPatch.context() as patch, override_settings(LOCALE_PATHS=[folder]):
        patch.setattr(languages, "LOCALE", folder)
        table = {"en": {"name": "English", "english": "English"}, **rows}
        lines = (f"[{code}]\n" + "".join(f'{name} = "{value}"\n' for name, value in row.items()) for code, row in table.items())
        (folder / "languages.toml").write_text("\n".join(lines), "utf-8")
        files = {languages.catalogue_of(code): text for code, text in catalogues.items()}
        files |= {languages.catalogue_of(code, domain=languages.NUMBERS): text for code, text in (numbers or {}).items()}
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        compile_all(folder)
        languages.all_languages.cache_clear()
        try:
            yield
        finally:
            languages.all_languages.cache_clear()


def po_of(texts: Mapping[str, str], marks: Mapping[str, tuple[str, ...]] | None = None) -> str:
    """A catalogue of translations by text, with the comments of reviewers."""
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
    return "\n".join([head, *(_entry(text, said, (marks or {}).get(text, ())) for text, said in texts.items())])


def _entry(text: str, said: str, marks: tuple[str, ...]) -> str:
    return "".join(f"# reviewed: {mark}\n" for mark in marks) + f"msgid {_quoted(text)}\nmsgstr {_quoted(said)}\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
