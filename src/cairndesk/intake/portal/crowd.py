"""Who sends more than people do, told without keeping an address: of each only a digest under a key that lives for a day in memory.

Nobody is turned away for it. What comes from a crowd is taken in after everything else.
"""

import hashlib
import hmac
import ipaddress
import secrets
import threading
from collections import OrderedDict
from datetime import date, datetime

from cairndesk.lib.bucket import Bucket

# A shelter or a school may sit behind one address: this many pages at once, and one more every few seconds.
PAGES, A_SECOND = 60, 0.2
# Digests remembered at most; some 20 MB. Who is forgotten begins with a full bucket again.
_REMEMBERED = 50_000
_KEY, _DIGEST = 32, 8


class Crowd:
    """Buckets of pages by digest of address; all of them are forgotten when the date changes, and the key with them."""

    def __init__(self) -> None:
        self._today: date | None = None
        self._key = b""
        self._buckets: OrderedDict[bytes, Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def is_crowded(self, address: str, now: datetime) -> bool:
        """Count one page from `address`; whether it has sent more than its share. A text that is no address counts like any other."""
        with self._lock:
            if self._today != now.date():
                self._today, self._key = now.date(), secrets.token_bytes(_KEY)
                self._buckets.clear()
            digest = hmac.digest(self._key, _network(address), hashlib.sha256)[:_DIGEST]
            bucket = self._buckets.pop(digest, None) or Bucket(A_SECOND, PAGES, most=PAGES)
            self._buckets[digest] = bucket
            if len(self._buckets) > _REMEMBERED:
                self._buckets.popitem(last=False)
            return bucket.take() > 0


def _network(address: str) -> bytes:
    """One household has one IPv4 address, or 2^64 of IPv6: those count as one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address.encode("utf-8", "replace")
    return found.packed[:8] if found.version == 6 else found.packed
