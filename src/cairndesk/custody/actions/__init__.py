"""Every write of this room."""

from cairndesk.custody.actions.copies import BackupReport, backup, export_log, verify_backup
from cairndesk.custody.actions.erase import erase, sweep
from cairndesk.custody.actions.log import make_checkpoint, record
from cairndesk.custody.actions.vault import seal

__all__ = ["BackupReport", "backup", "erase", "export_log", "make_checkpoint", "record", "seal", "sweep", "verify_backup"]
