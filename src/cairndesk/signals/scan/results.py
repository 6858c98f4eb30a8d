"""Rows of a scan as Parquet (extra `bulk`): in parts while it runs, as one file at the end. The columns are described in docs/scan.md.

    results.parquet          the whole table, there when the scan has come to its end
    results.parquet.parts/   <n>.parquet, each written whole and synced before it gets its name; what was asked for in settings.json

A scan that was killed at any moment goes on with what is in these. A file that has a row is never looked at again.
"""

import fcntl
import io
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cairndesk.lib.files import opened, replace_durably
from cairndesk.signals.errors import ScanRefused

Row = Mapping[str, object]
FRAME = pa.struct([("time", pa.float64()), ("quality", pa.uint8()), ("pdq", pa.string())])
MATCH = pa.struct(
    [
        *((name, pa.string()) for name in ("list", "owner")), ("version", pa.int64()), ("how", pa.string()), ("distance", pa.int16()),
        ("form", pa.string()), ("may_lead_to", pa.string()), ("frames", pa.int32()), ("first_at", pa.float64()),
        ("listed_frames", pa.int32()), ("listed_of", pa.int32()),
    ]
)  # fmt: skip
SCHEMA = pa.schema(
    [
        pa.field("path", pa.string(), nullable=False), ("size", pa.int64()), ("modified", pa.timestamp("us", tz="UTC")),
        ("md5", pa.string()), ("sha1", pa.string()), ("sha256", pa.string()),
        pa.field("state", pa.string(), nullable=False), ("why", pa.string()), ("kind", pa.string()), ("format", pa.string()),
        ("width", pa.int32()), ("height", pa.int32()), ("orientation", pa.int8()), ("rules", pa.string()), ("decoding", pa.int32()),
        ("mode", pa.string()), ("quality", pa.int16()), ("pdq", pa.string()), ("seconds", pa.float64()), ("frames", pa.list_(FRAME)),
        ("verdict", pa.string()), ("matches", pa.list_(MATCH)), ("lists", pa.list_(pa.string())),
    ]
)  # fmt: skip
_SETTINGS, _WHOLE, _KEY = "settings.json", "whole", b"cairndesk.scan"


class Results:
    """The results in the file `out`. Only one process at a time writes them."""

    def __init__(self, out: Path, settings: Mapping[str, str]) -> None:
        self._out, self._folder = out.absolute(), out.absolute().with_name(out.name + ".parts")
        self._schema = SCHEMA.with_metadata({_KEY: json.dumps(dict(settings), sort_keys=True).encode()})
        self._next = 1

    @contextmanager
    def open(self, *, resume: bool) -> Iterator[set[str]]:
        """The paths that have a row already. Raises ScanRefused where there are results and none were to be gone on with, or of another scan."""
        if not resume and (self._out.exists() or self._folder.exists()):
            raise ScanRefused(f"There are results at {self._out.name} already; --resume goes on with them.")
        self._folder.mkdir(mode=0o700, exist_ok=True)
        with (self._folder / "lock").open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ScanRefused(f"Another scan writes to {self._out.name} now.") from None
            self._check_settings()
            self._next = 1 + max((int(part.stem) for part in self._parts()), default=0)
            yield {str(row["path"]) for row in self.rows(["path"])}

    def is_own(self, path: str) -> bool:
        """Whether the file belongs to these results, which may lie in the folder that is looked at."""
        return Path(path) == self._out or self._folder in Path(path).parents

    def add(self, rows: Sequence[Row]) -> None:
        """Afterwards `rows` survive a kill and a power cut; raises OSError, and then none of them does."""
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(list(rows), schema=self._schema), sink, compression="zstd")
        replace_durably(self._folder / f"{self._next:08}.parquet", [sink.getbuffer()], mode=0o600)
        self._next += 1

    def finish(self) -> None:
        """Afterwards all rows stand in one file, each once, and the parts are gone."""
        seen: set[str] = set()
        whole = self._folder / _WHOLE
        with whole.open("wb") as stream, pq.ParquetWriter(stream, self._schema, compression="zstd") as writer:
            for table in self._tables():
                # A scan that was killed between the two last steps has rows in both places.
                new = [path not in seen for path in table["path"].to_pylist()]
                seen.update(table["path"].to_pylist())
                writer.write_table(table.filter(pa.array(new, pa.bool_())).cast(self._schema))
            writer.close()
            stream.flush()
            os.fsync(stream.fileno())
        whole.chmod(0o600)
        whole.replace(self._out)
        with opened(self._out.parent) as folder:
            os.fsync(folder)
        shutil.rmtree(self._folder)

    def rows(self, columns: list[str]) -> Iterator[Row]:
        """Some columns of every row that there is."""
        for table in self._tables(columns):
            yield from table.to_pylist()

    def _parts(self) -> list[Path]:
        return sorted(self._folder.glob("[0-9]*.parquet"))

    def _tables(self, columns: list[str] | None = None) -> Iterator[Any]:
        """Row group by row group, what an earlier scan finished first."""
        for path in (*([self._out] if self._out.exists() else []), *self._parts()):
            with pq.ParquetFile(path) as held:
                for group in range(held.num_row_groups):
                    yield held.read_row_group(group, columns=columns)

    def _check_settings(self) -> None:
        mine, place = self._schema.metadata[_KEY], self._folder / _SETTINGS
        try:
            held = place.read_bytes() if place.exists() else pq.read_schema(self._out).metadata[_KEY] if self._out.exists() else mine
        except (KeyError, TypeError, pa.ArrowInvalid):
            raise ScanRefused(f"{self._out.name} is no result of a scan.") from None
        if held != mine:
            raise ScanRefused(f"The results at {self._out.name} are of another scan: {held.decode(errors='replace')}.")
        if not place.exists():
            replace_durably(place, [mine], mode=0o600)
