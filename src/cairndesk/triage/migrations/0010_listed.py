"""Which case leads what a list calls by the same label."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0019_samples'),
        ('signals', '0025_listed'),
        ('triage', '0009_left_out'),
    ]

    operations = [
        migrations.CreateModel(
            name='ListLead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('label', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('lead', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='cases.case')),
                ('list', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='signals.hashlist')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('list', 'label'), name='one_lead_per_list_and_label')],
            },
        ),
    ]
