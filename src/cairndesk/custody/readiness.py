"""Whether this desk could be brought back after a loss, as the doctor says it: recovery sheets, and the last drill."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from cairndesk.config import Config
from cairndesk.custody import access
from cairndesk.custody.actions.drilling import last_drill

PATIENCE = timedelta(days=8)

Said = tuple[str, str, str, str]
"""What was looked at, `ok`, `warning` or `problem`, what it is like, and what to do."""


def looks(config: Config, now: datetime) -> Iterator[Said]:
    """Nothing of a demo is worth bringing back, so that nothing is missed there."""
    if access.recovery_recipient(access.folder(config)):
        yield "recovery", "ok", "sheets of words open the keyring and the copies", ""
    elif config.mode == "real":
        says = "whoever loses the key file or passphrase loses everything"
        yield "recovery", "warning", says, "Make sheets: `cairndesk keys recovery create`."
    verifier = access.kept_verifier(config)
    if last := last_drill(config.data, verifier) if verifier else None:
        yield _tried(last["ok"], datetime.fromisoformat(last["at"]), now, last["sheets"], last["first_problem"])
    elif config.mode == "real":
        yield "drill", "warning", "it was never tried whether a copy brings this desk back", "Run `cairndesk drill`, and start cairndesk-drill.timer."


def _tried(ok: bool, at: datetime, now: datetime, sheets: bool, problem: str) -> Said:  # noqa: FBT001 - what a result says
    how = f"{at:%Y-%m-%d %H:%M} UTC{', by recovery sheets' if sheets else ''}"
    if not ok:
        says = f"the copy tried {how} would not bring this desk back{f': {problem}' if problem else ''}"
        return "drill", "problem", says, "Make a new copy and try that at once."
    if now - at > PATIENCE:
        return "drill", "warning", f"no copy was tried since {how}", "See that cairndesk-drill.timer runs."
    return "drill", "ok", f"a copy was tried {how}, and would bring this desk back", ""
