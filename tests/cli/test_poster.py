"""`cairndesk poster` at a desk that was just founded."""

import json
from pathlib import Path

import pytest
from tests.serve.conftest import found


@pytest.mark.slow
@pytest.mark.req("INT-28")
def test_a_poster_leads_to_the_public_site_and_to_its_onion_service(tmp_path: Path) -> None:
    desk = found(tmp_path)
    onion = f"http://{'a' * 56}.onion"
    done = desk.run("poster", "poster.html", "--language", "en", "--language", "ar", "--json", CAIRNDESK_PORTAL__ONION_URL=onion)
    said = json.loads(done.stdout)
    assert said == {"written": "poster.html", "leads to": f"http://localhost:{desk.portal}, {onion}", "not reviewed": "ar"}
    page = (desk.folder / "poster.html").read_text("utf-8")
    assert page.count("<section") == 2
    assert all(f"{start}{prefix}</bdi>" in page for start in (f"http://localhost:{desk.portal}", onion) for prefix in ("", "/ar"))
    for wrong, named in (
        (("--size", "a0"), "a4, a6"),
        (("--language", "xx"), "there is no xx"),
        (("--organisation", "none"), "no organisation none"),
    ):
        refused = desk.run("poster", "other.html", *wrong, NO_COLOR="1", COLUMNS="200")
        assert refused.returncode == 2
        assert named in refused.stderr
    assert not (desk.folder / "other.html").exists()
