"""The one intake key of each organisation becomes the key of its first week; everything before it was sealed to it."""

from django.db import migrations, models


def become_week_one(apps, _):
    keys = apps.get_model("custody", "IntakeKey").objects
    for organisation in apps.get_model("accounts", "Organisation").objects.all():
        at = organisation.created_at
        # Without a signature: the portal goes on with the next one, which the desk makes as soon as it is up.
        keys.create(organisation=organisation.pk, number=1, public=bytes(organisation.intake_public), signature=b"", opens_at=at, opened_at=at)


def become_the_one_again(apps, _):
    keys = apps.get_model("custody", "IntakeKey").objects
    for organisation in apps.get_model("accounts", "Organisation").objects.all():
        newest = keys.filter(organisation=organisation.pk).order_by("number").last()
        organisation.intake_public = bytes(newest.public) if newest else b""
        organisation.save(update_fields=["intake_public"])


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_roles_confirmed'),
        ('custody', '0009_intake_keys'),
    ]

    operations = [
        migrations.AlterField(
            model_name='organisation',
            name='intake_public',
            field=models.BinaryField(max_length=64, null=True),
        ),
        migrations.RunPython(become_week_one, become_the_one_again),
        migrations.RemoveField(
            model_name='organisation',
            name='intake_public',
        ),
    ]
