# noqa: INP001 - one file that a partner puts where Python finds it
"""Fetch a list of a Cairndesk desk with the command line of `threatexchange` (1.2.17), whose own addresses are fixed in its code.

Put this file where Python finds it, then:

    export TX_NCMEC_CREDENTIALS=partner:KEY            the key that the desk gave you
    threatexchange config extensions add cairndesk_lists
    threatexchange config collab edit cairndesk --create NAME --address https://desk.example/api/v1/lists/LIST/ncmec
    threatexchange fetch
    threatexchange match photo picture.jpg

`GET /api/v1/lists` of the desk names the lists that your key may fetch.
"""

import os
import time
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from threatexchange.exchanges.clients.ncmec.hash_api import NCMECHashAPI
from threatexchange.exchanges.collab_config import CollaborationConfigWithDefaults
from threatexchange.exchanges.impl.ncmec_api import NCMECSignalExchangeAPI
from threatexchange.extensions.manifest import ThreatExchangeExtensionManifest

# The client writes local time as if it were UTC; east of Greenwich it would ask for what is still to come, and miss it.
os.environ["TZ"] = "UTC"
time.tzset()


@dataclass
class _Required:
    address: str = field(metadata={"help": "where the desk gives the list, up to /ncmec"})


@dataclass
class CairndeskConfig(CollaborationConfigWithDefaults, _Required):
    """Which list of which desk."""

    api: str = field(init=False, default="cairndesk")
    environment: str = field(init=False, default="")
    only_esp_ids: set[int] = field(default_factory=set, metadata={"help": "take entries of these owners only"})


class CairndeskExchange(NCMECSignalExchangeAPI):
    """The desk speaks NCMEC hash sharing; only the address is another."""

    @classmethod
    def get_name(cls) -> str:
        return "cairndesk"

    @staticmethod
    def get_config_cls() -> Any:
        return CairndeskConfig

    def get_client(self, environment: Any) -> NCMECHashAPI:
        return NCMECHashAPI(self._username, self._password, Enum("Desk", {"DESK": self.collab.address}).DESK)


TX_MANIFEST = ThreatExchangeExtensionManifest(apis=(CairndeskExchange,))
