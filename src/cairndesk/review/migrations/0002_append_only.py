"""Triggers that refuse to change what people saw, on SQLite and on PostgreSQL."""

from django.db import migrations

TABLES = ("review_classification", "review_secondlook")


def switch_on(apps, schema_editor):
    for table in TABLES:
        for sql in on(table)[schema_editor.connection.vendor]:
            schema_editor.execute(sql)


def switch_off(apps, schema_editor):
    for table in TABLES:
        for sql in off(table)[schema_editor.connection.vendor]:
            schema_editor.execute(sql)


def on(table):
    return {
        "sqlite": [f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"],
        "postgresql": [
            f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'restrict_violation'; END $$",
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_refuse()",
        ],
    }


def off(table):
    return {
        "sqlite": [f"DROP TRIGGER {table}_no_update"],
        "postgresql": [f"DROP TRIGGER {table}_no_update ON {table}", f"DROP FUNCTION {table}_refuse()"],
    }


class Migration(migrations.Migration):
    dependencies = [("review", "0001_initial")]
    operations = [migrations.RunPython(switch_on, switch_off)]
