"""Every write of this room."""

from cairndesk.custody.actions.accept import accept_log
from cairndesk.custody.actions.carrying import carry_originals, probe_bucket, waiting_since
from cairndesk.custody.actions.checking import VaultReport, check_vault
from cairndesk.custody.actions.copies import BackupReport, backup, export_log, verify_backup
from cairndesk.custody.actions.drilling import Drill, drill, last_drill, lay_canaries, newest_copy
from cairndesk.custody.actions.erase import discard, erase, forget_openings, sweep
from cairndesk.custody.actions.intake_keys import destroy_intake_keys, make_intake_key, sweep_intake_keys
from cairndesk.custody.actions.log import in_one_go, make_checkpoint, record, record_all, record_closing
from cairndesk.custody.actions.mending import Mending, repair_vault
from cairndesk.custody.actions.objects import destroy_object, keep_object, open_object, sealing_object
from cairndesk.custody.actions.parts import PartsReport, check_parts, lay_down_store, settle_parts
from cairndesk.custody.actions.recovering import recover_keyring, set_recovery
from cairndesk.custody.actions.restoring import restore
from cairndesk.custody.actions.rewrap import rewrap_some
from cairndesk.custody.actions.shred_copies import ShredCopy, forget_destroyed, known_copies, put_back, read_copy
from cairndesk.custody.actions.sweeping import Waste, find_waste, sweep_vault
from cairndesk.custody.actions.tiles import lay_out_log
from cairndesk.custody.actions.vault import seal, seal_all
from cairndesk.custody.actions.witnessed import keep_cosignature, keep_stamp

__all__ = [
    "BackupReport",
    "Drill",
    "Mending",
    "PartsReport",
    "ShredCopy",
    "VaultReport",
    "Waste",
    "accept_log",
    "backup",
    "carry_originals",
    "check_parts",
    "check_vault",
    "destroy_intake_keys",
    "destroy_object",
    "discard",
    "drill",
    "erase",
    "export_log",
    "find_waste",
    "forget_destroyed",
    "forget_openings",
    "in_one_go",
    "keep_cosignature",
    "keep_object",
    "keep_stamp",
    "known_copies",
    "last_drill",
    "lay_canaries",
    "lay_down_store",
    "lay_out_log",
    "make_checkpoint",
    "make_intake_key",
    "newest_copy",
    "open_object",
    "probe_bucket",
    "put_back",
    "read_copy",
    "record",
    "record_all",
    "record_closing",
    "recover_keyring",
    "repair_vault",
    "restore",
    "rewrap_some",
    "seal",
    "seal_all",
    "sealing_object",
    "set_recovery",
    "settle_parts",
    "sweep",
    "sweep_intake_keys",
    "sweep_vault",
    "verify_backup",
    "waiting_since",
]
