import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cairndesk.signals.engine.identifiers import HASH_DIGITS, MAX_LENGTH, Kind, account, normalise, recognise, refang
from cairndesk.signals.errors import NotAnIdentifier

MD5, SHA1, LONG = "D41D8CD98F00B204E9800998ECF8427E", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "ab" * 32


def read(text: str) -> list[tuple[Kind, str]]:
    return [(found.kind, found.value) for found in recognise(text)]


READINGS = {
    MD5: [(Kind.MD5, MD5.lower())],
    f"  {SHA1.upper()}\n": [(Kind.SHA1, SHA1)],
    LONG: [(Kind.SHA256, LONG), (Kind.PDQ, LONG)],
    f"pdq:{LONG.upper()}": [(Kind.PDQ, LONG)],
    f"SHA-256: {LONG}": [(Kind.SHA256, LONG)],
    "hxxps://Pics[.]Example/a%20b?x=1#top": [(Kind.URL, "https://pics.example/a%20b?x=1")],
    "hXXp[://]pics[dot]example/": [(Kind.URL, "http://pics.example/")],
    "https://user:secret@pics.example/": [(Kind.URL, "https://pics.example/")],
    "pics.example/album": [(Kind.URL, "https://pics.example/album")],
    "//pics.example:443/../album": [(Kind.URL, "https://pics.example/album")],
    "HTTP://PICS.EXAMPLE:80": [(Kind.URL, "http://pics.example/")],
    "https://bücher.example/": [(Kind.URL, "https://xn--bcher-kva.example/")],
    "http://0x7f.1/": [(Kind.URL, "http://127.0.0.1/")],
    "https://\u200bpics.example/": [(Kind.URL, "https://pics.example/")],
    "*.Pics.Example.": [(Kind.DOMAIN, "pics.example")],
    "bücher.example": [(Kind.DOMAIN, "xn--bcher-kva.example")],
    "Some.One[at]Mail[.]Example": [(Kind.EMAIL, "some.one@mail.example")],
    "mailto:a+b@mail.example": [(Kind.EMAIL, "a+b@mail.example")],
    "+1 (202) 555-0123": [(Kind.PHONE, "+12025550123")],
    "0044 20 7946 0123": [(Kind.PHONE, "+442079460123")],
    "+44 (0)20 7946 0123": [(Kind.PHONE, "+442079460123")],
    "+999 555 0100": [(Kind.PHONE, "+9995550100")],
    "account:Chat/@SomeOne": [(Kind.ACCOUNT, "chat/SomeOne")],
    "account:Insta/@Some.One": [(Kind.ACCOUNT, "instagram/some.one")],
    "hxxps://www[.]instagram[.]com/Some.One/?igsh=abc": [
        (Kind.URL, "https://www.instagram.com/Some.One/?igsh=abc"),
        (Kind.ACCOUNT, "instagram/some.one"),
    ],
    "https://pics.example/a/*": [(Kind.URL_PREFIX, "https://pics.example/a/")],
    "url-prefix: pics.example/a/%62?": [(Kind.URL_PREFIX, "https://pics.example/a/b/")],
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed": [(Kind.WALLET, "ethereum:0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed")],
    "wallet:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa": [(Kind.WALLET, "bitcoin:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")],
    "BITCOIN:BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4?amount=1": [(Kind.WALLET, "bitcoin:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")],
}


@pytest.mark.parametrize("text", READINGS)
def test_it_reads(text: str) -> None:
    assert read(text) == READINGS[text]


WRONG = {
    "": "empty",
    "   ": "empty",
    "a" * (MAX_LENGTH + 1): "at most",
    "abcdef0123456789abcdef0123456789a": "33 hexadecimal digits",
    "md5:xyz": "digits 0-9 and a-f",
    f"md5:{SHA1}": "has 32 digits, this text has 40",
    "javascript:alert(1)//pics.example": "could not read",
    "data://pics.example/x": "names no site",
    "javascript://pics.example/%0aalert(1)": "names no site",
    "https://localhost/": "no ending",
    "https://[::1/": "could not read",
    "co.uk": "public suffix",
    "two words": "not written like a domain",
    "word": "none of",
    "555 0100 22": "country code",
    "+1 23": "7 to 15 digits",
    "email:nobody": "e-mail",
    "account:nobody": "platform first",
    "account:chat/two words": "no spaces",
    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb": "check digits",
    "url_prefix:https://pics.example/?a=b": "question mark",
}


@pytest.mark.parametrize("text", WRONG)
def test_it_says_what_is_wrong_with(text: str) -> None:
    with pytest.raises(NotAnIdentifier, match=WRONG[text]):
        recognise(text)


def test_the_raw_text_is_always_kept() -> None:
    assert recognise("hxxp://pics[.]example/")[0].raw == "hxxp://pics[.]example/"


def test_the_same_handle_elsewhere_is_another_account() -> None:
    assert account("Chat", "@some").value == account("chat", "some").value != account("game", "some").value


@given(st.text(max_size=80))
@example("https://[::1]/x")
@example("http://pics.example/?a=http://b.example")
@example("mailto:mailto:a@b.example")
@example("*.*.pics.example")
@example("+0015550100")
@example("account:youtube/https://youtu.be/@a")
@example("https://a.example/%2e%2E/*")
def test_any_text_is_read_or_refused_and_a_normal_form_stays_as_it_is(text: str) -> None:
    try:
        found = recognise(text)
    except NotAnIdentifier:
        return
    for identifier in found:
        assert normalise(identifier.kind, identifier.value).value == identifier.value


@given(st.sampled_from(sorted(HASH_DIGITS)), st.binary(min_size=32, max_size=32))
def test_every_hash_string_is_recognised(kind: Kind, data: bytes) -> None:
    digits = data.hex()[: HASH_DIGITS[kind]]
    assert (kind, digits) in read(digits.upper())


@pytest.mark.slow
@given(st.from_regex(r"https?://[a-z]{1,9}\.[a-z]{2,9}\.example(/[a-z0-9._~-]{0,9}){0,4}", fullmatch=True))
def test_a_link_reads_the_same_with_and_without_its_teeth(link: str) -> None:
    harmless = link.replace("http", "hxxp", 1).replace(".", "[.]")
    assert refang(harmless) == link
    assert read(harmless) == read(link)
