"""Where sealed objects lie: in the folder, into which alone they are put, and in the bucket to which the worker carries them on."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from uuid import UUID

from cairndesk.custody.adapters.bucket import Bucket
from cairndesk.custody.adapters.folder import Folder, Listed

_AHEAD = 1 << 20


class Both:
    """An object that lies in the folder is read there, every other in the bucket, if there is one. Raises what either raises."""

    def __init__(self, folder: Folder, bucket: Bucket | None = None) -> None:
        self.folder, self.bucket = folder, bucket

    def fetch(self, item: UUID, start: int, count: int) -> bytes:
        """See `Folder`."""
        try:
            return self.folder.fetch(item, start, count)
        except FileNotFoundError:
            if self.bucket is None:
                raise
            return self.bucket.fetch(item, start, count)

    def reader(self, item: UUID) -> Callable[[int, int], bytes]:
        """`fetch` of one object, somewhat ahead: a request for each chunk of a large one would take minutes."""
        first, ahead = 0, b""

        def read(start: int, count: int) -> bytes:
            nonlocal first, ahead
            if not first <= start <= start + count <= first + len(ahead):
                first, ahead = start, self.fetch(item, start, max(count, _AHEAD))
            return ahead[start - first : start - first + count]

        return read

    def length(self, item: UUID) -> int | None:
        """See `Folder`."""
        found = self.folder.length(item)
        return self.bucket.length(item) if found is None and self.bucket else found

    def digest(self, item: UUID) -> bytes:
        """See `Folder`."""
        try:
            return self.folder.digest(item)
        except FileNotFoundError:
            if self.bucket is None:
                raise
            return self.bucket.digest(item)

    def listed(self) -> Iterator[Listed]:
        """Every object once. The folder comes first, so that what is carried on meanwhile is in one of the two."""
        here = set()
        for one in self.folder.listed():
            here.add(one.item)
            yield one
        if self.bucket:
            yield from (one for one in self.bucket.listed() if one.item not in here)

    def copy(self, items: Iterable[UUID] | None, target: Path) -> None:
        """See `Folder`."""
        wanted = items if items is None else list(items)
        self.folder.copy(wanted, target)
        if self.bucket:
            self.bucket.copy(wanted, target)

    def remove(self, item: UUID) -> None:
        """Afterwards the object is in neither."""
        self.folder.remove(item)
        if self.bucket:
            self.bucket.remove(item)
