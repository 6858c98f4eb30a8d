"""The guard of the log's order finds the newest entry by its index, whatever the planner thinks of the table.

PostgreSQL keeps the plan of the guard for a whole connection. One made while the log was empty reads the table from end to end, and does so
for every entry that follows: twenty thousand in one transaction then take minutes instead of seconds.
"""

from django.db import migrations

ON = {
    "sqlite": [],
    # The trigger is that of migration 0002, which also takes the function away again.
    "postgresql": [
        "CREATE OR REPLACE FUNCTION custody_in_order() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS "
        '$$ BEGIN IF NEW."index" <> (SELECT COALESCE(MAX("index") + 1, 0) FROM custody_logentry) THEN '
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
