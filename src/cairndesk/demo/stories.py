"""What the reporters of the demonstration tell: invented, plain, and free of anything that would harm a reader."""

from dataclasses import dataclass

from cairndesk.intake.rules import Answers, Path


@dataclass(frozen=True)
class Story:
    """One telling: who tells, in which language, and the answers as the portal would file them."""

    path: Path
    language: str
    answers: Answers


def _told(path: Path, danger: list[str], what: list[str], more: str = "", *, language: str = "en", **others: str) -> Story:
    answers: Answers = {"danger": danger, "what": what, **({"more": more} if more else {}), **others}
    return Story(path, language, answers)


STORIES: tuple[Story, ...] = (
    _told(
        Path.CHILD,
        ["deadline", "can_reach"],
        ["threatens", "asked_pictures"],
        "I met them in a game and then we wrote in an app. Now they say they will show my friends a picture if I do not send money by Friday.",
        link="https://chat.harbour.example/room/311",
        setting="online",
        service="Harbour Chat",
        handle="bluefin_77",
        age="13_15",
    ),
    _told(
        Path.CHILD,
        ["happening_now"],
        ["on_camera", "threatens"],
        "They are calling again right now and say I must not hang up. I am in my room.",
        setting="online",
        age="10_12",
    ),
    _told(
        Path.FRIEND,
        ["self_harm"],
        ["fake_pictures", "shared_pictures"],
        "Someone in our school made fake pictures of my friend with an app. Everybody has them. She says she does not want to live any more.",
        link="https://board.lantern.example/t/9041",
        setting="online",
        service="Lantern Board",
        age="13_15",
    ),
    _told(
        Path.CARER,
        ["not_now"],
        ["shared_pictures"],
        "My son shared a picture with a girl he trusted. It is now on a site that collects such pictures. We asked the site and heard nothing.",
        link="https://pics.driftwood.example/album/5512 https://pics.driftwood.example/album/5513",
        setting="online",
        service="Driftwood Pictures",
        age="16_17",
    ),
    _told(
        Path.PROFESSIONAL,
        ["can_reach"],
        ["touched", "secrets"],
        "A pupil told me that an uncle who lives with the family takes pictures and says they are a secret. I have told nobody at home.",
        setting="both",
        age="under_10",
    ),
    _told(
        Path.SURVIVOR,
        ["not_now"],
        ["shared_pictures"],
        "Pictures from when I was nine keep coming back. I found them again last week under a new address.",
        link="https://archive.saltmarsh.example/g/77",
        setting="online",
        age="18_over",
    ),
    _told(
        Path.CHILD,
        ["meeting_soon"],
        ["gifts", "secrets"],
        "He gives me coins in the game every day. He wants to meet me at the holiday flat on Saturday and says I must not tell.",
        setting="both",
        service="Rockpool Islands",
        handle="captain.kelp",
        age="10_12",
    ),
    _told(
        Path.CHILD,
        ["not_now"],
        ["sent_pictures"],
        "A stranger keeps sending me pictures that I do not want to see. I blocked them and they came back with a new name.",
        setting="online",
        service="Harbour Chat",
        handle="gull__gull",
        age="13_15",
    ),
    _told(
        Path.FRIEND,
        ["not_now"],
        ["asked_pictures"],
        "My friend talks every night to someone who says he is fifteen. He asks for pictures and she thinks that it is love.",
        setting="online",
        service="Lantern Board",
        age="13_15",
    ),
    _told(
        Path.CARER,
        ["not_now"],
        ["found"],
        "While looking for something else I came to a page that should not exist. I closed it at once and kept only the address.",
        link="https://files.undertow.example/x/20881",
        setting="online",
    ),
    _told(
        Path.ADVICE,
        ["not_now"],
        ["not_sure"],
        "I coach a team. What should I say when a child starts to tell me something like this? Nothing has happened that I know of.",
    ),
    _told(
        Path.CHILD,
        ["deadline"],
        ["threatens"],
        "قال إنه سينشر صورة لي إذا لم أدفع. أنا خائف ولا أعرف ماذا أفعل.",
        language="ar",
        setting="online",
        age="13_15",
    ),
    _told(
        Path.CARER,
        ["not_now"],
        ["no_action"],
        "I reported the same account three times to the service. Each time they answered that nothing was wrong.",
        link="https://chat.harbour.example/u/sand-dollar",
        setting="online",
        service="Harbour Chat",
        handle="sand-dollar",
        age="10_12",
    ),
    _told(
        Path.PROFESSIONAL,
        ["not_now"],
        ["fake_pictures"],
        "Three classes share pictures that a programme made of pupils. Those who made them are fourteen. Nobody wants police first; it should stop.",
        setting="online",
        service="Lantern Board",
        age="13_15",
    ),
    _told(
        Path.CHILD,
        ["not_now"],
        ["not_sure"],
        "A video of me at the beach from my aunt's page has strange comments and people save it.",
        link="https://clips.seaglass.example/v/8842",
        setting="online",
        service="Seaglass Clips",
        age="10_12",
    ),
    _told(
        Path.CHILD,
        ["not_now"],
        ["asked_pictures"],
        "",
        setting="online",
        age="16_17",
    ),
)
