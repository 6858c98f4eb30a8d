"""The recovery recipient: an age key whose private part lies nowhere but on sheets of words, of which some open it together.

The private part is 32 random bytes, divided by SLIP-39 (github.com/satoshilabs/slips, slip-0039) into sheets of 33 words; any tool that
knows SLIP-39 puts them together again, and any age tool opens with them what was sealed.
"""

import secrets
from collections.abc import Iterator, Sequence

import pyrage
from shamir_mnemonic import EncryptedMasterSecret, MnemonicError, Share, generate_mnemonics, recover_ems
from shamir_mnemonic.shamir import ShareGroup
from shamir_mnemonic.wordlist import WORDLIST

from cairndesk.custody.errors import KeyringUnreadable, SheetsRefused

WORDS = 33
MOST_SHEETS = 16
_SECRET = 32
_LETTERS = 4
# No two words of the list begin with the same four letters.
_BY_BEGINNING = {word[:_LETTERS]: word for word in WORDLIST}
_BECH32, _PREFIX = "qpzry9x8gf2tvdw0s3jn54khce6mua7l", "age-secret-key-"


def create(*, shares: int, need: int) -> tuple[str, list[str]]:
    """A fresh recipient (age1…) and the words of each sheet, of which `need` open what is sealed to it. Raises SheetsRefused."""
    if not 2 <= need <= shares <= MOST_SHEETS:
        raise SheetsRefused(f"At least 2 sheets must be needed, and no more than there are; {MOST_SHEETS} are the most.")
    secret = secrets.token_bytes(_SECRET)
    # Stretching would slow down guessing a passphrase; there is none, and the secret is random.
    [sheets] = generate_mnemonics(1, [(need, shares)], secret, iteration_exponent=0)
    return recipient_of(_identity(secret)), sheets


def combine(sheets: Sequence[str]) -> str:
    """The age identity that these sheets hold together; raises SheetsRefused, which names what is wrong and no word of a sheet.

    A sheet is its words; numbers, and lines that begin with `#`, do not count. The first four letters of a word are enough.
    """
    read = [_share(number, text) for number, text in enumerate(sheets, 1)]
    if not read:
        raise SheetsRefused("No sheet was given.")
    of = read[0].group_parameters()
    for number, share in enumerate(read, 1):
        if share.group_parameters() != of:
            raise SheetsRefused(f"Sheets 1 and {number} were not made together.")
    distinct = list({share.index: share for share in read}.values())
    if len(distinct) < of.member_threshold:
        raise SheetsRefused(f"{of.member_threshold} different sheets are needed, and {len(distinct)} given.")
    group = ShareGroup()
    group.shares = set(distinct[: of.member_threshold])
    try:
        whole: EncryptedMasterSecret = recover_ems({of.group_index: group})
    except MnemonicError as error:
        raise SheetsRefused("The sheets do not fit together.") from error
    return _identity(whole.decrypt(b""))


def recipient_of(identity: str) -> str:
    """The public part (age1…) of an age identity."""
    return str(pyrage.x25519.Identity.from_str(identity).to_public())


def seal(plain: bytes, recipient: str) -> bytes:
    """`plain` as an age file that only the sheets open. Raises SheetsRefused for a recipient that is none."""
    return bytes(pyrage.encrypt(plain, [reader(recipient)]))


def reader(recipient: str) -> pyrage.x25519.Recipient:
    """The recipient as age takes it; raises SheetsRefused where it is none."""
    try:
        return pyrage.x25519.Recipient.from_str(recipient.strip())
    except pyrage.RecipientError as error:
        raise SheetsRefused("The recovery recipient is no age public key (age1…).") from error


def unseal(sealed: bytes, identity: str) -> bytes:
    """What `seal` sealed. Raises KeyringUnreadable."""
    try:
        return bytes(pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(identity)]))
    except (pyrage.DecryptError, pyrage.IdentityError) as error:
        raise KeyringUnreadable("The sheets are not those of this keyring, or what was sealed to them was changed.") from error


def _share(number: int, text: str) -> Share:
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    given = [word.lower() for line in lines for word in line.split() if not word.rstrip(".").isdecimal()]
    words = [_BY_BEGINNING.get(word[:_LETTERS], "") for word in given]
    # A word that only begins like one of the list is a slip of the pen, unless it was cut there.
    unknown = [str(at) for at, (word, known) in enumerate(zip(given, words, strict=True), 1) if not known or not known.startswith(word)]
    if unknown:
        raise SheetsRefused(f"Sheet {number}: not in the list of words: word {', '.join(unknown)}.")
    if len(words) != WORDS:
        raise SheetsRefused(f"Sheet {number} has {len(words)} words; a whole one has {WORDS}.")
    try:
        return Share.from_mnemonic(" ".join(words))
    except MnemonicError as error:
        raise SheetsRefused(f"Sheet {number}: a word is wrong, or two changed places; compare it with the paper.") from error


def _identity(secret: bytes) -> str:
    """32 bytes as an age identity: Bech32 (BIP 173), written in capitals. Source: age-encryption.org/v1, the X25519 identity."""
    values = list(_by_five(secret))
    expanded = [ord(letter) >> 5 for letter in _PREFIX] + [0] + [ord(letter) & 31 for letter in _PREFIX]
    check = _polymod([*expanded, *values, 0, 0, 0, 0, 0, 0]) ^ 1
    values += [check >> 5 * (5 - place) & 31 for place in range(6)]
    return (_PREFIX + "1" + "".join(_BECH32[value] for value in values)).upper()


def _by_five(data: bytes) -> Iterator[int]:
    missing = -len(data) * 8 % 5
    number = int.from_bytes(data, "big") << missing
    for place in reversed(range(0, len(data) * 8 + missing, 5)):
        yield number >> place & 31


def _polymod(values: Sequence[int]) -> int:
    state = 1
    for value in values:
        top = state >> 25
        state = (state & 0x1FFFFFF) << 5 ^ value
        for bit, factor in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            state ^= factor if top >> bit & 1 else 0
    return state
