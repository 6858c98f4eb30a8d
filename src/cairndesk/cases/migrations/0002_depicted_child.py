"""Triggers that refuse any part but the victim's for a child whom an item shows, on SQLite and on PostgreSQL."""

from django.db import migrations

MESSAGE = "a depicted child can hold only the victim role"

# Table → when the new row contradicts what stands in another table.
REFUSED = {
    "cases_itemactor": "EXISTS (SELECT 1 FROM cases_imagedepiction d WHERE d.item_id = NEW.item_id AND d.child_id = NEW.person_id)",
    "cases_harmcode": "EXISTS (SELECT 1 FROM cases_imagedepiction d WHERE d.item_id = NEW.item_id AND d.child_id = NEW.actor_id)",
    "cases_imagedepiction": (
        "EXISTS (SELECT 1 FROM cases_itemactor a WHERE a.item_id = NEW.item_id AND a.person_id = NEW.child_id) "
        "OR EXISTS (SELECT 1 FROM cases_harmcode h WHERE h.item_id = NEW.item_id AND h.actor_id = NEW.child_id)"
    ),
}


def _sqlite_on():
    for table, contradiction in REFUSED.items():
        for act in ("INSERT", "UPDATE"):
            yield (
                f"CREATE TRIGGER {table}_depicted_{act.lower()} BEFORE {act} ON {table} WHEN {contradiction} "
                f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            )


def _sqlite_off():
    for table in REFUSED:
        for act in ("insert", "update"):
            yield f"DROP TRIGGER IF EXISTS {table}_depicted_{act}"


def _postgres_on():
    for table, contradiction in REFUSED.items():
        yield (
            f"CREATE OR REPLACE FUNCTION {table}_depicted() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN IF {contradiction} THEN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; "
            "END IF; RETURN NEW; END $$"
        )
        yield f"CREATE TRIGGER {table}_depicted BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_depicted()"


def _postgres_off():
    for table in REFUSED:
        yield f"DROP TRIGGER IF EXISTS {table}_depicted ON {table}"
        yield f"DROP FUNCTION IF EXISTS {table}_depicted()"


ON = {"sqlite": _sqlite_on, "postgresql": _postgres_on}
OFF = {"sqlite": _sqlite_off, "postgresql": _postgres_off}


def switch_on(apps, schema_editor):
    for sql in ON[schema_editor.connection.vendor]():
        schema_editor.execute(sql)


def switch_off(apps, schema_editor):
    for sql in OFF[schema_editor.connection.vendor]():
        schema_editor.execute(sql)


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]
    operations = [migrations.RunPython(switch_on, switch_off)]
