"""The guard of the log's order asks for two entries by their index, however long the log is and whatever the planner thinks of it.

PostgreSQL keeps the plan of the guard for a whole connection. Made while the log was empty, the plan for "the highest index" reads the table
or its index from end to end at every entry that follows: twenty thousand in one transaction then take minutes instead of seconds. An entry
that has the one before it and none in its own place is the next, since the first is 0 and none is ever taken away.
"""

from django.db import migrations

ON = {
    "sqlite": [],
    # The trigger is that of migration 0002, which also takes the function away again.
    "postgresql": [
        "CREATE OR REPLACE FUNCTION custody_in_order() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS "
        '$$ BEGIN IF EXISTS (SELECT FROM custody_logentry WHERE "index" = NEW."index") '
        'OR (NEW."index" <> 0 AND NOT EXISTS (SELECT FROM custody_logentry WHERE "index" = NEW."index" - 1)) THEN '
        "RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW; END $$",
    ],
}
OFF = {"sqlite": [], "postgresql": []}


def switch_on(_apps, schema_editor):
    for sql in ON[schema_editor.connection.vendor]:
        schema_editor.execute(sql)


class Migration(migrations.Migration):
    dependencies = [("custody", "0010_openings_about")]
    operations = [migrations.RunPython(switch_on, migrations.RunPython.noop)]
