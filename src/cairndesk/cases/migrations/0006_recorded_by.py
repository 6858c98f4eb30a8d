"""Who recorded what and when stands beside it; people, items, roles and evidence can be taken back; what was changed stays readable."""

import importlib

import django.core.serializers.json
import django.db.models.deletion
from django.db import migrations, models

import cairndesk.lib.ids

depicted = importlib.import_module("cairndesk.cases.migrations.0002_depicted_child")

CODED = (
    "caseperson", "contactstep", "corroboration", "evidence", "harmact", "harmcode", "imagedepiction", "incident", "incidentmark", "item",
    "itemactor", "itemmark", "payment", "personrole", "place", "sensitiveattribute", "sighting", "supportmark", "threat", "threataudience",
)  # fmt: skip
HAS_TIME = ("payment", "threat")
HAS_TAKEN_BACK = ("contactstep", "payment", "place", "sighting", "threat")
NEWLY_TAKEN_BACK = ("caseperson", "evidence", "item", "personrole")
WORDS = {
    "contactstep": {"ordering": ["position"], "verbose_name": "a step of the contact path"},
    "evidence": {"verbose_name": "evidence"},
    "harmcode": {"verbose_name": "a harm"},
    "imagedepiction": {"verbose_name": "who is shown in an item"},
    "item": {"verbose_name": "an item"},
    "itemactor": {"verbose_name": "who did what with an item"},
    "payment": {"verbose_name": "a payment"},
    "sighting": {"ordering": ["seen_at"], "verbose_name": "where it was seen"},
    "threat": {"verbose_name": "a threat"},
}


def pseudonym():
    return models.CharField(blank=True, default="", max_length=40)


def moment():
    return models.DateTimeField(blank=True, null=True)


def add(name, field, rows):
    return [migrations.AddField(row, name, field()) for row in rows]


class Migration(migrations.Migration):
    dependencies = [("cases", "0005_same_file")]
    operations = [
        # SQLite makes a table anew to add a column, and a trigger does not come along.
        migrations.RunPython(depicted.switch_off, depicted.switch_on),
        *add("recorded_by", pseudonym, CODED),
        *add("recorded_at", moment, [row for row in CODED if row not in HAS_TIME]),
        *[migrations.AlterField(row, "recorded_at", moment()) for row in HAS_TIME],
        *add("taken_back_at", moment, NEWLY_TAKEN_BACK),
        *add("taken_back_by", pseudonym, NEWLY_TAKEN_BACK + HAS_TAKEN_BACK),
        migrations.RenameField("caselink", "confirmed_by", "recorded_by"),
        migrations.AlterField("caselink", "recorded_by", pseudonym()),
        migrations.RenameField("caselink", "confirmed_at", "recorded_at"),
        migrations.AlterField("caselink", "recorded_at", moment()),
        migrations.RemoveConstraint("personrole", "case_role_once_per_person"),
        migrations.AddConstraint(
            "personrole",
            models.UniqueConstraint(fields=["person", "role"], condition=models.Q(("taken_back_at", None)), name="case_role_once_per_person"),
        ),
        *[migrations.AlterModelOptions(row, options) for row, options in WORDS.items()],
        migrations.CreateModel(
            name="Earlier",
            fields=[
                ("id", models.UUIDField(default=cairndesk.lib.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("case", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="earlier", to="cases.case")),
                ("about", models.UUIDField()),
                (
                    "part",
                    models.CharField(choices=[("answers", "answers"), ("marks", "what is marked"), ("checklist", "the checklist")], max_length=12),
                ),
                ("answers", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ("recorded_by", pseudonym()),
                ("recorded_at", moment()),
                ("until", models.DateTimeField()),
            ],
            options={"ordering": ["-until"]},
        ),
        migrations.RunPython(depicted.switch_on, depicted.switch_off),
    ]
