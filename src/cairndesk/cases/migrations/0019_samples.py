"""Cases drawn for a blind second coding, and the purpose of the grant for it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0018_kept_apart'),
    ]

    operations = [
        migrations.AlterField(
            model_name='casegrant',
            name='purpose',
            field=models.CharField(choices=[('queue', 'queue'), ('review', 'review'), ('second_look', 'second_look'), ('coding', 'coding'), ('respond', 'respond'), ('supervise', 'supervise'), ('subject', 'subject'), ('emergency', 'emergency')], max_length=12),
        ),
        migrations.CreateModel(
            name='Sample',
            fields=[
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='sample', serialize=False, to='cases.case')),
                ('drawn_at', models.DateTimeField()),
                ('taken_by', models.CharField(blank=True, max_length=40)),
                ('taken_until', models.DateTimeField(blank=True, null=True)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('done_at', None)), fields=['drawn_at'], name='sample_waits')],
            },
        ),
    ]
