"""Triggers that refuse to change, replace or delete the root of a stretch; one that is missing is only ever added."""

from django.db import migrations

TABLE = "custody_logstretch"
_NO = "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"

ON = {
    "sqlite": [
        f"CREATE TRIGGER {TABLE}_no_update BEFORE UPDATE ON {TABLE} {_NO}",
        f"CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} {_NO}",
        # INSERT OR REPLACE would delete without firing the trigger above.
        f'CREATE TRIGGER {TABLE}_no_replace BEFORE INSERT ON {TABLE} WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE "index" = NEW."index") {_NO}',
    ],
    # The function is that of migration 0002.
    "postgresql": [
        f"CREATE TRIGGER {TABLE}_no_change BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION custody_append_only()",
        f"CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {TABLE} FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only()",
    ],
}
OFF = {
    "sqlite": [f"DROP TRIGGER IF EXISTS {TABLE}_{name}" for name in ("no_update", "no_delete", "no_replace")],
    "postgresql": [f"DROP TRIGGER IF EXISTS {TABLE}_{name} ON {TABLE}" for name in ("no_change", "no_truncate")],
}


def switch_on(_apps, schema_editor):
    for sql in ON[schema_editor.connection.vendor]:
        schema_editor.execute(sql)


def switch_off(_apps, schema_editor):
    for sql in OFF[schema_editor.connection.vendor]:
        schema_editor.execute(sql)


class Migration(migrations.Migration):
    dependencies = [("custody", "0005_log_stretch")]
    operations = [migrations.RunPython(switch_on, switch_off)]
