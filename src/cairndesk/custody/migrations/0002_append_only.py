"""Triggers that refuse to change or delete what the log holds, on SQLite and on PostgreSQL."""

from django.db import migrations

TABLES = ("custody_logentry", "custody_checkpoint")

_SQLITE_ON = [
    sql
    for table in TABLES
    for sql in (
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END",
    )
] + [
    # INSERT OR REPLACE would delete without firing the trigger above; and a gap must not arise.
    'CREATE TRIGGER custody_logentry_in_order BEFORE INSERT ON custody_logentry '
    'WHEN NEW."index" <> (SELECT COALESCE(MAX("index") + 1, 0) FROM custody_logentry) '
    "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END",
    "CREATE TRIGGER custody_checkpoint_no_replace BEFORE INSERT ON custody_checkpoint "
    "WHEN EXISTS (SELECT 1 FROM custody_checkpoint WHERE size = NEW.size) "
    "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END",
]
_SQLITE_OFF = [f"DROP TRIGGER IF EXISTS {table}_{name}" for table in TABLES for name in ("no_update", "no_delete")] + [
    "DROP TRIGGER IF EXISTS custody_logentry_in_order",
    "DROP TRIGGER IF EXISTS custody_checkpoint_no_replace",
]

_POSTGRES_ON = [
    "CREATE OR REPLACE FUNCTION custody_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'restrict_violation'; END $$",
    "CREATE OR REPLACE FUNCTION custody_in_order() RETURNS trigger LANGUAGE plpgsql AS "
    '$$ BEGIN IF NEW."index" <> (SELECT COALESCE(MAX("index") + 1, 0) FROM custody_logentry) THEN '
    "RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER custody_logentry_in_order BEFORE INSERT ON custody_logentry "
    "FOR EACH ROW EXECUTE FUNCTION custody_in_order()",
] + [
    sql
    for table in TABLES
    for sql in (
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION custody_append_only()",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only()",
    )
]
_POSTGRES_OFF = [
    f"DROP TRIGGER IF EXISTS {table}_{name} ON {table}" for table in TABLES for name in ("no_change", "no_truncate")
] + [
    "DROP TRIGGER IF EXISTS custody_logentry_in_order ON custody_logentry",
    "DROP FUNCTION IF EXISTS custody_append_only()",
    "DROP FUNCTION IF EXISTS custody_in_order()",
]

ON = {"sqlite": _SQLITE_ON, "postgresql": _POSTGRES_ON}
OFF = {"sqlite": _SQLITE_OFF, "postgresql": _POSTGRES_OFF}


def switch_on(_apps, schema_editor):
    for sql in ON[schema_editor.connection.vendor]:
        schema_editor.execute(sql)


def switch_off(_apps, schema_editor):
    for sql in OFF[schema_editor.connection.vendor]:
        schema_editor.execute(sql)


class Migration(migrations.Migration):
    dependencies = [("custody", "0001_initial")]
    operations = [migrations.RunPython(switch_on, switch_off)]
