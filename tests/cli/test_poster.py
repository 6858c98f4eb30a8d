"""`cairndesk poster` at a desk that was just founded."""

import json
from pathlib import Path

import pytest
from tests.serve.conftest import found


@pytest.mark.slow
@pytest.mark.req("INT-28")
def test_a_poster_leads_to_the_public_site_in_each_language(tmp_path: Path) -> None:
    desk = found(tmp_path)
    done = desk.run("poster", "poster.html", "--language", "en", "--language", "ar", "--json")
    said = json.loads(done.stdout)
    assert said == {"written": "poster.html", "leads to": f"http://localhost:{desk.portal}", "not reviewed": "ar"}
    page = (desk.folder / "poster.html").read_text("utf-8")
    assert page.count("<section") == 2
    assert all(f"http://localhost:{desk.portal}{prefix}</bdi>" in page for prefix in ("", "/ar"))
    for wrong, named in (
        (("--size", "a0"), "a4, a6"),
        (("--language", "xx"), "there is no xx"),
        (("--organisation", "none"), "no organisation none"),
    ):
        refused = desk.run("poster", "other.html", *wrong, NO_COLOR="1", COLUMNS="200")
        assert refused.returncode == 2
        assert named in refused.stderr
    assert not (desk.folder / "other.html").exists()
