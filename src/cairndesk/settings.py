"""Django's settings, derived from the configuration; which process we are decides what may be touched."""

import os
import secrets
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pysqlite3

from cairndesk import config
from cairndesk.lib import catalogues

# Debian's own SQLite carries a WAL bug that can corrupt a database with several writers; ours is past it (3.51.3).
sys.modules["sqlite3"] = pysqlite3
sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2

CAIRNDESK = config.load()
PROCESS = os.environ.get("CAIRNDESK_PROCESS", "desk")
DEMO = CAIRNDESK.mode == "demo"
DATA = CAIRNDESK.data.absolute()
BASE = Path(__file__).parent


def _secret() -> str:
    """The session secret; the portal needs none, and one that is never written down serves it."""
    path = CAIRNDESK.secret_file or DATA / "keys" / "session.secret"
    if PROCESS != "portal" and os.access(path, os.R_OK):
        return path.read_text("ascii").strip()
    return secrets.token_hex(32)


def _database() -> dict[str, Any]:
    if PROCESS == "portal":
        return {"ENGINE": "django.db.backends.dummy"}
    wanted = CAIRNDESK.database
    if wanted.engine == "postgresql":
        password = wanted.password_file.read_text("utf-8").strip() if wanted.password_file else ""
        return {
            "ENGINE": "cairndesk.custody.engines.postgresql",
            "NAME": wanted.name,
            "HOST": wanted.host,
            "PORT": wanted.port,
            "USER": wanted.user,
            "PASSWORD": password,
            # Compiling a statement takes seconds where its cost is overrated, and no page asks what takes as long.
            "OPTIONS": {
                "options": "-c synchronous_commit=on -c statement_timeout=30000 -c jit=off -c plan_cache_mode=force_custom_plan",
                # What is asked for the third time on a connection is prepared: to understand a statement takes the server longer than to answer
                # it. The way to the rows is chosen each time, by what is asked for: most cases are closed, and few burn.
                "server_side_binding": True,
                "prepare_threshold": 3,
            },
        }
    return {
        "ENGINE": "cairndesk.custody.engines.sqlite3",
        # Looking must not make a desk: only founding lays down the file, and without it every command says so.
        "NAME": f"file:{quote(str(DATA / 'db' / 'desk.sqlite3'))}?mode=rw",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA secure_delete=ON;"
            ),
        },
    }


_site = urlsplit(CAIRNDESK.portal.public_url if PROCESS == "portal" else CAIRNDESK.desk.public_url)
SECRET_KEY = _secret()
DEBUG = False
ALLOWED_HOSTS = [_site.hostname or "localhost"]
CSRF_TRUSTED_ORIGINS = [f"{_site.scheme}://{_site.netloc}"]
ROOT_URLCONF = f"cairndesk.urls.{'portal' if PROCESS == 'portal' else 'desk'}"
DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_PLANNED = ("custody", "accounts", "cases", "signals", "directory", "intake", "triage", "review", "exchange", "response", "retention", "insight")
ROOMS = [room for room in _PLANNED if (BASE / room / "__init__.py").exists()]
_FRAMEWORK = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.staticfiles"]
# The portal loads no room with tables: code that is not there cannot open a database.
INSTALLED_APPS = [] if PROCESS == "portal" else [*_FRAMEWORK, *(f"cairndesk.{room}" for room in ROOMS)]
AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS: list[str] = []

_DESK_MIDDLEWARE = [
    "cairndesk.urls.errors.Room",
    "cairndesk.accounts.headers.HeadersMiddleware",
    "cairndesk.urls.static.StaticFiles",
    "cairndesk.urls.limits.Limits",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "cairndesk.accounts.policy.ActorMiddleware",
    "cairndesk.urls.errors.ErrorPages",
]
MIDDLEWARE = ["cairndesk.intake.portal.doors.Headers"] if PROCESS == "portal" else _DESK_MIDDLEWARE

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE / "templates", BASE / "intake" / "portal" / "templates"],
        "APP_DIRS": PROCESS != "portal",
        "OPTIONS": {
            "context_processors": ["django.template.context_processors.request", "cairndesk.urls.shell.desk"] if PROCESS != "portal" else [],
            "builtins": ["django.templatetags.i18n", "cairndesk.intake.portal.days"],
        },
    }
]
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE / "static"] if (BASE / "static").exists() else []
WHITENOISE_USE_FINDERS = True
LOCALE_PATHS = [BASE / "locale"]
catalogues.compile_all(LOCALE_PATHS[0])
LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

SESSION_COOKIE_NAME = "__Host-desk" if _site.scheme == "https" else "desk"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _site.scheme == "https"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "cairndesk.urls.errors.csrf_failure"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 8 * 3600
SESSION_ENGINE = "cairndesk.accounts.sessions"
CSRF_COOKIE_NAME = "__Host-form" if _site.scheme == "https" else "form"
REFUSAL_VIEW = "cairndesk.urls.errors.answer"
# What the log page keeps from its reader: by name, because the log knows no cases.
VEIL = "cairndesk.cases.queries.veiled_from"
# Who does what two people decide, by the kind of request: each room owns its own.
ACTS = {
    "roles": "cairndesk.accounts.actions.roles.ChangingRoles",
    "destroy": "cairndesk.retention.acts.DestroyingInTime",
    "publish": "cairndesk.review.actions.publishing.Publishing",
    "erase": "cairndesk.retention.acts.ErasingInTime",
    "export": "cairndesk.response.actions.release.Releasing",
    "lift_hold": "cairndesk.retention.actions.lifting.Lifting",
    "hand_over": "cairndesk.exchange.acts.Offering",
    "cross_over": "cairndesk.response.actions.offering.Offering",
    "write_out": "cairndesk.signals.actions.writing_out.WritingOut",
    "set_rule": "cairndesk.accounts.actions.sharing.SettingRule",
    "end_rule": "cairndesk.accounts.actions.sharing.EndingRule",
    "set_table": "cairndesk.directory.acts.SettingTable",
    "open_lists": "cairndesk.accounts.actions.api_keys.OpeningLists",
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator", "OPTIONS": {"user_attributes": ("sign_in_name", "name")}},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# Django would spool larger bodies to disk in plain text; the outermost layer has capped them before.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = DATA_UPLOAD_MAX_MEMORY_SIZE = max(CAIRNDESK.desk.media_limit + 65536, config.BATCH_LIMIT)
LOGGING_CONFIG = None
