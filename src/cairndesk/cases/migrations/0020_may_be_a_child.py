"""Who may be a child is matched as little as who is one: a group of grown-ups and children as well."""

from django.db import migrations, models


def unmatch(apps, schema_editor):
    apps.get_model("cases", "CasePerson").objects.filter(actor_age="mixed_group", may_match=True).update(may_match=False)
    # What they hold is compared with nothing either (PRI-10), as in `cases/actions/people.py`.
    apps.get_model("cases", "IndexTerm").objects.filter(item__holder__actor_age="mixed_group").delete()


class Migration(migrations.Migration):
    dependencies = [("cases", "0019_samples")]
    operations = [
        migrations.RunPython(unmatch, migrations.RunPython.noop),
        migrations.RemoveConstraint("caseperson", "child_actor_is_never_matched"),
        migrations.AddConstraint(
            "caseperson",
            models.CheckConstraint(
                condition=~models.Q(actor_age__in=["child", "mixed_group"], may_match=True), name="child_actor_is_never_matched"
            ),
        ),
    ]
