import re

import pytest

from cairndesk.signals.engine import accounts
from cairndesk.signals.engine.identifiers import account

# What each service shows in the address line of a profile.
PROFILES = {
    "https://bsky.app/profile/Some.Example": "bluesky/some.example",
    "https://discord.com/users/80351110224678912": "discord/80351110224678912",
    "https://m.facebook.com/some.one?ref=x": "facebook/some.one",
    "https://www.facebook.com/profile.php?id=100012345": "facebook/100012345",
    "https://www.facebook.com/profile.php?id=100012345&sk=about": "facebook/100012345",
    "https://instagram.com/Some.One/": "instagram/some.one",
    "https://kik.me/someone": "kik/someone",
    "https://www.linkedin.com/in/some-one-1/": "linkedin/some-one-1",
    "https://ok.ru/profile/5551234": "ok/5551234",
    "https://onlyfans.com/someone": "onlyfans/someone",
    "https://www.pinterest.com/someone/": "pinterest/someone",
    "https://old.reddit.com/u/Some_One": "reddit/some_one",
    "https://www.roblox.com/users/12345/profile": "roblox/12345",
    "https://www.snapchat.com/add/some-one?share_id=1": "snapchat/some-one",
    "https://soundcloud.com/some-one": "soundcloud/some-one",
    "https://steamcommunity.com/id/SomeOne/": "steam/someone",
    "https://t.me/s/SomeOne": "telegram/someone",
    "https://www.threads.net/@some.one": "threads/some.one",
    "https://www.tiktok.com/@Some.One?lang=en": "tiktok/some.one",
    "https://some-one.tumblr.com/": "tumblr/some-one",
    "https://www.twitch.tv/Some_One": "twitch/some_one",
    "https://vk.com/some.one": "vk/some.one",
    "https://wa.me/15550100": "whatsapp/15550100",
    "https://twitter.com/Some_One": "x/some_one",
    "https://x.com/Some_One": "x/some_one",
    "https://www.youtube.com/@Some.One": "youtube/some.one",
    "https://www.youtube.com/channel/UCabcdefghijklmnopqrstuV": "youtube/UCabcdefghijklmnopqrstuV",
}


@pytest.mark.parametrize("url", PROFILES)
def test_the_address_of_a_profile_names_its_account(url: str) -> None:
    assert accounts.of_profile(url) == PROFILES[url]
    assert account("anything", url).value == PROFILES[url]


def test_every_platform_with_profiles_is_tried_here() -> None:
    tried = {name.partition("/")[0] for name in PROFILES.values()}
    assert {platform.name for platform in accounts.platforms() if platform.profiles} == tried


@pytest.mark.parametrize(
    "url",
    [
        "https://www.instagram.com/p/abc/",
        "https://www.instagram.com/explore",
        "https://instagram.com.bad.example/someone",
        "https://notinstagram.com/someone",
        "https://t.me/joinchat/abc",
        "https://t.me/some.one",
        "https://www.tumblr.com/",
        "https://pics.example/@someone",
        "no link",
    ],
)
def test_other_addresses_name_no_account(url: str) -> None:
    assert accounts.of_profile(url) is None


SAME = [
    ("Twitter", "@Some_One", "x/some_one"),
    ("TG", "SomeOne", "telegram/someone"),
    ("instagram", "www.instagram.com/Some.One", "instagram/some.one"),
    ("whatsapp", "+15550100", "whatsapp/15550100"),
    ("instagram", "Not-A-Handle!", "instagram/Not-A-Handle!"),
    ("youtube", "UCabcdefghijklmnopqrstuV", "youtube/UCabcdefghijklmnopqrstuV"),
]


@pytest.mark.parametrize(("platform", "handle", "value"), SAME)
def test_a_platform_has_its_own_spelling(platform: str, handle: str, value: str) -> None:
    assert account(platform, handle).value == value


def test_the_data_can_be_trusted() -> None:
    words = [word for platform in accounts.platforms() for word in platform.words]
    assert len(words) == len(set(words))
    assert all(re.fullmatch(r"[a-z]+", word) for word in words)
    assert all(platform.silent <= set(platform.words) for platform in accounts.platforms())


NAMED = {
    "Instagram": "instagram",
    " the insta app": "instagram",
    "Twitter": "x",
    "x": "x",
    "X!": None,
    "threads": "threads",
    "in threads": None,
    "Telegram and TikTok": None,
    "Telegram, TG": "telegram",
    "a chat": None,
    "": None,
}


@pytest.mark.parametrize("text", NAMED)
def test_a_platform_is_known_by_its_name_and_an_everyday_word_only_by_itself(text: str) -> None:
    assert accounts.platform_in(text) == NAMED[text]
