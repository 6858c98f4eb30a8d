"""Spending tries: the count is kept per account name and for the whole desk, never per address."""

import hashlib
import hmac
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from cairndesk.accounts import errors
from cairndesk.accounts.models import Throttle
from cairndesk.accounts.rules import throttle

# Longer than any bucket takes to fill: an older row says the same as none.
_FORGET = timedelta(hours=6)


def spend_try(*, account: str | None, now: datetime) -> None:
    """Afterwards one try of the desk, and of `account` when there is one, is spent; raises TooManyTries when none was left.

    It commits by itself, so that a try that fails later stays spent.
    """
    _spend("desk", throttle.DESK, now)
    if account is not None:
        _spend(_name(account), throttle.ACCOUNT, now)


@transaction.atomic
def _take(name: str, rate: throttle.Rate, now: datetime) -> timedelta:
    Throttle.objects.filter(at__lt=now - _FORGET).delete()
    row, _ = Throttle.objects.select_for_update().get_or_create(name=name, defaults={"left": float(rate.burst), "at": now})
    bucket, wait = throttle.take(throttle.Bucket(row.left, row.at), rate, now)
    row.left, row.at = bucket.left, bucket.at
    row.save()
    return wait


def _spend(name: str, rate: throttle.Rate, now: datetime) -> None:
    if _take(name, rate, now):
        raise errors.TooManyTries


def _name(account: str) -> str:
    """A keyed digest: the rows must not be a list of the names that somebody tried."""
    return hmac.digest(settings.SECRET_KEY.encode(), b"throttle\0" + account.casefold().encode(), hashlib.sha256).hex()
