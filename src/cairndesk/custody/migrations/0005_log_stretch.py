from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("custody", "0004_sealed_object")]
    operations = [
        migrations.CreateModel(
            name="LogStretch",
            fields=[
                ("index", models.BigIntegerField(primary_key=True, serialize=False)),
                ("root", models.BinaryField(max_length=32)),
            ],
        ),
    ]
