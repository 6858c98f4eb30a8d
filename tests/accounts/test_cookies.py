"""Over https the cookies take the strictest names, and the browser is told to stay there."""

import json
import os
import subprocess
import sys

import pytest
from django.http import HttpRequest, HttpResponse
from pytest_django.fixtures import Settings

from cairndesk.accounts.headers import HeadersMiddleware

_ASK = """
import json
from django.conf import settings as s
names = ("SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE", "SESSION_COOKIE_DOMAIN",
         "SESSION_COOKIE_PATH", "CSRF_COOKIE_NAME", "CSRF_COOKIE_SECURE", "ALLOWED_HOSTS", "DEBUG")
print(json.dumps({name: getattr(s, name) for name in names}))
"""


@pytest.mark.slow
def test_cookies_over_https_are_bound_to_the_host() -> None:
    environment = {**os.environ, "CAIRNDESK_DESK__PUBLIC_URL": "https://desk.example", "DJANGO_SETTINGS_MODULE": "cairndesk.settings"}
    told = subprocess.run([sys.executable, "-c", _ASK], env={**environment, "PYTHONPATH": "src"}, capture_output=True, check=True, timeout=60)
    assert json.loads(told.stdout) == {
        "SESSION_COOKIE_NAME": "__Host-desk",
        "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Strict",
        "SESSION_COOKIE_DOMAIN": None,
        "SESSION_COOKIE_PATH": "/",
        "CSRF_COOKIE_NAME": "__Host-form",
        "CSRF_COOKIE_SECURE": True,
        "ALLOWED_HOSTS": ["desk.example"],
        "DEBUG": False,
    }


@pytest.mark.parametrize("secure", [True, False])
def test_the_browser_is_told_to_stay_on_https_only_where_the_desk_is(settings: Settings, secure: bool) -> None:  # noqa: FBT001 - a case
    settings.SESSION_COOKIE_SECURE = secure
    answer = HeadersMiddleware(lambda _: HttpResponse())(HttpRequest())
    assert ("Strict-Transport-Security" in answer.headers) is secure
