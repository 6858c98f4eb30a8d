"""Password and code: refused when weak, throttled, each code good once, and marked as what it is."""

from datetime import timedelta

import pytest
from pytest_django.fixtures import Settings
from tests.accounts.conftest import Staff, hire

from cairndesk.accounts import actions, errors
from cairndesk.accounts.models import Organisation, Person, SecondFactor, Throttle
from cairndesk.accounts.rules import SYSTEM, Proof, Role, codes
from cairndesk.custody.queries import entries_about
from cairndesk.lib import clock

pytestmark = pytest.mark.django_db
GOOD = "four unrelated river stones"


@pytest.fixture
def secret() -> str:
    return codes.new_secret()


@pytest.fixture
def pat(one: Organisation, secret: str) -> Person:
    """Somebody without a passkey, with a password and a generator."""
    now = clock.now() - timedelta(minutes=10)
    person = actions.add_person(organisation=one, sign_in_name="pat", name="Pat Example", roles=[Role.ANALYST], by=SYSTEM, now=now)
    actions.set_password(person=person, password=GOOD, secret=secret, code=codes.code_at(secret, now), now=now)
    return Person.objects.get(pk=person.pk)


def test_password_and_code_sign_in_and_the_log_says_password(pat: Person, secret: str) -> None:
    now = clock.now()
    assert actions.sign_in_with_password(sign_in_name="pat", password=GOOD, code=codes.code_at(secret, now), now=now) == pat
    assert entries_about(pat.id)[-1].proof == "password"


def test_the_secret_is_sealed_and_the_password_hashed(pat: Person, secret: str) -> None:
    sealed = SecondFactor.objects.get(person=pat).secret
    assert secret.encode() not in bytes(sealed.ciphertext)
    assert GOOD not in pat.password


def test_a_code_works_once(pat: Person, secret: str) -> None:
    now = clock.now()
    code = codes.code_at(secret, now)
    actions.sign_in_with_password(sign_in_name="pat", password=GOOD, code=code, now=now)
    with pytest.raises(errors.SignInFailed):
        actions.sign_in_with_password(sign_in_name="pat", password=GOOD, code=code, now=now)


@pytest.mark.parametrize("seconds", [-61, 61])
def test_a_code_of_another_minute_is_refused(pat: Person, secret: str, seconds: int) -> None:
    now = clock.now()
    with pytest.raises(errors.SignInFailed):
        actions.sign_in_with_password(sign_in_name="pat", password=GOOD, code=codes.code_at(secret, now + timedelta(seconds=seconds)), now=now)


@pytest.mark.parametrize(
    ("name", "password", "code"), [("pat", "four unrelated river stone", ""), ("nobody", GOOD, ""), ("pat", GOOD, "x"), ("pat", "", "")]
)
def test_every_wrong_part_gets_the_same_answer(pat: Person, secret: str, name: str, password: str, code: str) -> None:
    now = clock.now()
    with pytest.raises(errors.SignInFailed) as refused:
        actions.sign_in_with_password(sign_in_name=name, password=password, code=code or codes.code_at(secret, now), now=now)
    assert refused.value.detail == ""


@pytest.mark.parametrize("weak", ["short", "password1234", "123456789012345", "patexample12", "qwertyuiop123"])
def test_weak_passwords_are_refused(pat: Person, secret: str, weak: str) -> None:
    now = clock.now()
    with pytest.raises(errors.PasswordRefused):
        actions.set_password(person=pat, password=weak, secret=secret, code=codes.code_at(secret, now), now=now)


def test_a_generator_is_set_up_only_with_a_right_code(pat: Person, secret: str) -> None:
    with pytest.raises(errors.SignInFailed):
        actions.set_password(person=pat, password=GOOD, secret=secret, code="000", now=clock.now())


def test_guessing_is_slowed_per_account_even_for_the_right_answer(pat: Person, secret: str) -> None:
    now = clock.now()
    for _ in range(10):
        with pytest.raises(errors.SignInFailed):
            actions.sign_in_with_password(sign_in_name="pat", password="wrong password here", code="1", now=now)
    with pytest.raises(errors.TooManyTries):
        actions.sign_in_with_password(sign_in_name="PAT", password=GOOD, code=codes.code_at(secret, now), now=now)
    later = now + timedelta(minutes=2)
    assert actions.sign_in_with_password(sign_in_name="pat", password=GOOD, code=codes.code_at(secret, later), now=later) == pat


def test_the_throttle_keeps_no_name_and_forgets(pat: Person) -> None:
    now = clock.now()
    with pytest.raises(errors.SignInFailed):
        actions.sign_in_with_password(sign_in_name="somebody-tried", password="x", code="1", now=now)
    assert not Throttle.objects.filter(name__contains="somebody").exists()
    assert Throttle.objects.count() == 2
    actions.spend_try(account=None, now=now + timedelta(hours=7))
    assert Throttle.objects.count() == 1


def test_a_password_confirms_only_where_the_operator_allows_it(pat: Person, secret: str, settings: Settings) -> None:
    now, by = clock.now(), pat.as_actor(Proof.PASSWORD, now=clock.now())
    with pytest.raises(errors.FreshProofNeeded):
        actions.confirm_with_password(by=by, password=GOOD, code=codes.code_at(secret, now), digest=bytes(32), now=now)
    desk = settings.CAIRNDESK.desk.model_copy(update={"password_sign_in": True})
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"desk": desk})
    with pytest.raises(errors.FreshProofNeeded):
        actions.confirm_with_password(by=by, password="wrong password here", code=codes.code_at(secret, now), digest=bytes(32), now=now)
    fresh = actions.confirm_with_password(by=by, password=GOOD, code=codes.code_at(secret, now), digest=bytes(32), now=now)
    assert (fresh.proof, fresh.pseudonym) == (Proof.PASSWORD, by.pseudonym)


def test_a_deactivated_person_is_refused(pat: Person, secret: str, one: Organisation) -> None:
    ada: Staff = hire(one, "Ada", Role.ADMINISTRATOR)
    now = clock.now()
    actions.deactivate(person=pat, by=ada.actor, now=now)
    with pytest.raises(errors.SignInFailed):
        actions.sign_in_with_password(sign_in_name="pat", password=GOOD, code=codes.code_at(secret, now), now=now)


def test_the_codes_are_those_of_the_standard() -> None:
    """RFC 6238, appendix B: the last six digits of its eight, for the SHA-1 secret."""
    import base64
    from datetime import UTC, datetime

    secret = base64.b32encode(b"12345678901234567890").decode()
    vectors = {59: "287082", 1111111109: "081804", 1234567890: "005924", 2000000000: "279037"}
    assert {second: codes.code_at(secret, datetime.fromtimestamp(second, UTC)) for second in vectors} == vectors
