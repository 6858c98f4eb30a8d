"""Whether the vault is whole and its bucket may be written to, as the doctor says it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from cairndesk.custody.actions import check_vault, probe_bucket, waiting_since
from cairndesk.custody.errors import VaultAway, VaultUnfit
from cairndesk.custody.readiness import Said

PATIENCE = timedelta(hours=1)


def looks(now: datetime) -> Iterator[Said]:
    """Every original in its full length, without being read, as `vault check` does; and the bucket, if there is one."""
    try:
        seen = check_vault(now=now, reads=False)
    except (VaultAway, VaultUnfit) as error:
        yield "vault", "problem", f"it could not be looked at: {error.detail}", error.remedy
        return
    if seen.ok:
        yield "vault", "ok", f"{seen.objects} original{'' if seen.objects == 1 else 's'} kept sealed", ""
    else:
        says = f"{seen.missing} missing and {seen.changed} changed of {seen.objects}: {seen.first_problem}"
        yield "vault", "problem", says, "Run `cairndesk vault check`, which names all, and `cairndesk vault repair` with a copy that has them whole."
    if seen.orphans:
        yield "vault", "warning", f"{seen.orphans} files that no record knows", "See that `cairndesk serve` runs; its worker sweeps them."
    yield from bucket(now)


def bucket(now: datetime) -> Iterator[Said]:
    """Whether the bucket refuses to overwrite, and whether originals are carried to it; nothing where none is set."""
    try:
        if not probe_bucket():
            return
    except (VaultAway, VaultUnfit) as error:
        yield "bucket", "problem", error.detail, error.remedy
        return
    since = waiting_since()
    if since and now - since > PATIENCE:
        says = f"it refuses to overwrite, as it must, but originals wait since {since:%Y-%m-%d %H:%M} UTC to be carried there"
        yield "bucket", "warning", says, "See that `cairndesk serve` runs, and what its worker says of the bucket."
    else:
        yield "bucket", "ok", "it refuses to overwrite, as it must", ""
