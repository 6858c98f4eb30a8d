"""Where sealed objects lie: in the folder of this desk, and in the bucket that its configuration names."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from cairndesk.custody.adapters.both import Both
from cairndesk.custody.adapters.bucket import Bucket, Place
from cairndesk.custody.adapters.folder import Folder

VAULT = "vault"


def folder() -> Folder:
    """The folder into which this desk puts originals; no other process than `work` goes to the bucket."""
    return Folder(settings.DATA / VAULT)


def bucket() -> Bucket | None:
    """The bucket to which originals are carried; None where the configuration names none."""
    own = settings.CAIRNDESK.vault
    return _bucket(Place(own.bucket, own.address, own.region, own.prefix, own.credentials_file, own.roots)) if own.bucket else None


def vault_of(data: Path) -> Both:
    """All sealed objects that belong to the data folder `data`."""
    return Both(Folder(data / VAULT), bucket())


@lru_cache(maxsize=4)
def _bucket(place: Place) -> Bucket:
    """One for the process: its connections stay open from one object to the next."""
    return Bucket(place)
