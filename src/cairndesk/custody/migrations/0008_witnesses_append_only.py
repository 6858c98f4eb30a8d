"""Triggers that refuse to change, replace or delete what witnesses and time-stamping authorities have signed."""

from django.db import migrations

TABLES = {"custody_cosignature": "checkpoint_id = NEW.checkpoint_id AND witness = NEW.witness", "custody_timestamp": "checkpoint_id = NEW.checkpoint_id"}
_NO = "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"

ON = {
    "sqlite": [
        sql
        for table, same in TABLES.items()
        for sql in (
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {_NO}",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {_NO}",
            # INSERT OR REPLACE would delete without firing the trigger above.
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) {_NO}",
        )
    ],
    # The function is that of migration 0002.
    "postgresql": [
        sql
        for table in TABLES
        for sql in (
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION custody_append_only()",
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only()",
        )
    ],
}
OFF = {
    "sqlite": [f"DROP TRIGGER IF EXISTS {table}_{name}" for table in TABLES for name in ("no_update", "no_delete", "no_replace")],
    "postgresql": [f"DROP TRIGGER IF EXISTS {table}_{name} ON {table}" for table in TABLES for name in ("no_change", "no_truncate")],
}


def switch_on(_apps, schema_editor):
    for sql in ON[schema_editor.connection.vendor]:
        schema_editor.execute(sql)


def switch_off(_apps, schema_editor):
    for sql in OFF[schema_editor.connection.vendor]:
        schema_editor.execute(sql)


class Migration(migrations.Migration):
    dependencies = [("custody", "0007_witnesses")]
    operations = [migrations.RunPython(switch_on, switch_off)]
