from django.db import migrations


def say(apps, schema_editor):
    """Of flags from before it was kept which case a person had before them: the log has said it from the beginning."""
    openings = apps.get_model("custody", "LogOpening").objects
    cases = apps.get_model("cases", "Case").objects
    for held in apps.get_model("triage", "KnownViral").objects.filter(said_of=None, taken_back_at=None):
        told = openings.filter(subject_kind="case", subject=held.case_id, actor=held.actor, detail__because=held.because).order_by("-entry_id")
        seen = next((one.detail["seen_in"] for one in told if "seen_in" in one.detail), None)
        # What a log that was cut short does not say stays unsaid: such a flag stands where it stands.
        if seen is not None and cases.filter(pk=seen).exists():
            held.said_of_id = seen
            held.save(update_fields=["said_of"])


class Migration(migrations.Migration):

    dependencies = [
        ('custody', '0011_in_order_by_index'),
        ('triage', '0014_novelty_why'),
    ]

    operations = [migrations.RunPython(say, migrations.RunPython.noop, elidable=True)]
