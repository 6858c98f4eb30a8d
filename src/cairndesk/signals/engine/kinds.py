"""What can be matched: by itself, so that who only compares hashes needs no library that reads links or numbers."""

from enum import StrEnum


class Kind(StrEnum):
    """What can be matched. The values are stored and exchanged: never rename one."""

    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"
    PDQ = "pdq"
    URL = "url"
    DOMAIN = "domain"
    ACCOUNT = "account"
    EMAIL = "email"
    PHONE = "phone"
    WALLET = "wallet"
    URL_PREFIX = "url_prefix"  # everything below this place of a site


HASH_DIGITS = {Kind.MD5: 32, Kind.SHA1: 40, Kind.SHA256: 64, Kind.PDQ: 64}
