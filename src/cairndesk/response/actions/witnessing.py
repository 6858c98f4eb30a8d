"""Have a witness sign the newest checkpoint, and find out where it knows another log than ours."""

from dataclasses import dataclass

from cairndesk.custody import standing
from cairndesk.custody.actions import keep_cosignature
from cairndesk.custody.errors import LogBroken, LogRolledBack
from cairndesk.custody.ledger import note
from cairndesk.custody.models import Checkpoint, Cosignature
from cairndesk.custody.queries import consistency, contradiction, verifier_key
from cairndesk.response.adapters.witness import CONFLICT, SIGNED, WitnessDoor
from cairndesk.response.errors import AnswerUnreadable, FetchError, WitnessRefuses


@dataclass(frozen=True, slots=True)
class Witness:
    """Whose word counts: by its key (`name+hash+key`), and where it is asked."""

    key: str
    door: WitnessDoor

    @property
    def name(self) -> str:
        return note.read_witness_key(self.key)[0]


def ask_witness(*, witness: Witness, checkpoint: Checkpoint) -> Cosignature:
    """Afterwards the witness has signed `checkpoint`, and its signature is kept.

    Where it shows a checkpoint that our own key has signed and that our log does not go on from, the desk only reads from now on: raises
    LogRolledBack. Its bare word shuts nothing: raises WitnessRefuses, and the failures of `Web`, DeskLocked.
    """
    last = Cosignature.objects.filter(witness=witness.name, checkpoint_id__lte=checkpoint.size).order_by("-checkpoint_id").first()
    status, said = _ask(witness.door, last.checkpoint_id if last else 0, checkpoint)
    if status == CONFLICT and (known := _size(said)) <= checkpoint.size:
        status, said = _ask(witness.door, known, checkpoint)
    if status != SIGNED:
        raise _contradicted(witness.door, checkpoint)
    try:
        return keep_cosignature(checkpoint=checkpoint, answer=said, witness=witness.key)
    except LogBroken as error:
        raise AnswerUnreadable("what the witness answered is not its signature") from error


def _ask(door: WitnessDoor, known: int, checkpoint: Checkpoint) -> tuple[int, str]:
    proof = consistency(known, checkpoint.size) if 0 < known < checkpoint.size else []
    return door.add_checkpoint(known, proof, checkpoint.note)


def _size(said: str) -> int:
    text = said.removesuffix("\n")
    if not text.isdecimal() or len(text) > 18:
        raise AnswerUnreadable("the witness does not say which size it knows")
    return int(text)


def _contradicted(door: WitnessDoor, checkpoint: Checkpoint) -> Exception:
    """What it means that the witness does not sign: only our own signature under another log can shut this desk."""
    try:
        shown = door.seen(note.read(checkpoint.note).origin)
        stated = note.open_note(shown, *note.read_verifier_key(verifier_key()))
    except (FetchError, LogBroken):
        return WitnessRefuses("it knows another log, and shows no signature of ours under it")
    if not contradiction(stated):
        return WitnessRefuses("it knows a log that ours goes on from; it is asked again")
    problem = standing.settle(shown=shown)
    return LogRolledBack(problem) if problem else WitnessRefuses("it remembers the log from before an operator went on without it")
