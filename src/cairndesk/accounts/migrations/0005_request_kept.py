"""Triggers that refuse to change who asked for what: a request whose asker could be rewritten would take one person."""

from django.db import migrations

KEPT = "asked_by, asked_at, kind, subject, organisation_id"
WORDS = "who asked for what is kept"


def switch_on(apps, schema_editor):
    for sql in ON[schema_editor.connection.vendor]:
        schema_editor.execute(sql)


def switch_off(apps, schema_editor):
    for sql in OFF[schema_editor.connection.vendor]:
        schema_editor.execute(sql)


ON = {
    "sqlite": [f"CREATE TRIGGER accounts_request_kept BEFORE UPDATE OF {KEPT} ON accounts_request BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"],
    "postgresql": [
        f"CREATE FUNCTION accounts_request_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'restrict_violation'; END $$",
        f"CREATE TRIGGER accounts_request_kept BEFORE UPDATE OF {KEPT} ON accounts_request FOR EACH ROW EXECUTE FUNCTION accounts_request_refuse()",
    ],
}
OFF = {
    "sqlite": ["DROP TRIGGER accounts_request_kept"],
    "postgresql": ["DROP TRIGGER accounts_request_kept ON accounts_request", "DROP FUNCTION accounts_request_refuse()"],
}


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_request")]
    operations = [migrations.RunPython(switch_on, switch_off)]
