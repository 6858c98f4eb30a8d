"""The words of first aid: one page a situation, short and without blame. Each text is one of the catalogue."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from cairndesk.intake.portal.wording import Text
from cairndesk.intake.rules import Path

_DO = _("What you can do now")
_LIMIT = _(
    "There is a limit. If a life is in danger, or a law says so, we have to tell. Then we tell people who can protect. We try to tell you first."
)
_POLICE = _("Maybe somebody broke the law. Then the police may get your words. You can ask us not to tell them.")
_NOT_ALONE = _("You do not have to be alone with this. You can talk to somebody now.")
_EVERYBODY = _("This happens to boys, to girls and to everybody else. It is never the fault of the child.")
_TRUSTED = _("Tell an adult you trust, or tell us. Words are enough.")
_KEEP_PHONE = _("You do not have to give up your phone, your apps or your friends.")
_CALM = _("Stay calm and listen. That helps the child most.")
_TOLD_OF = (
    _("Let the child use their own words. Listen more than you talk."),
    _("Say: Thank you for telling me. I believe you. It is not your fault."),
    _("Please do not question the child. Leave that to people who are trained for it."),
    _("Do not promise to keep it a secret. Say whom you will tell, and why."),
    _("Write down the words of the child, with the day and the time."),
    _("Do not speak about it with the person who may have done it. That can put the child in danger."),
    _("Do not look for pictures. Do not save, copy or send one. Tell us where it is."),
)


@dataclass(frozen=True)
class Aid:
    """One page: how the reader says it, what comes first, a list under its heading, what is good to know, and which telling begins there.

    `path` is None where the reader first says who they are; `on` are words that lead on to another page, by its number.
    """

    asked: Text
    first: Text
    do: tuple[Text, ...]
    know: tuple[Text, ...]
    path: Path | None = Path.CHILD
    heading: Text = _DO
    on: tuple[Text, int] | None = None


THREATENED, MEETING, FAKE, SAW, SHARED, HOME, FRIEND, CARER, PROFESSIONAL, RIGHTS, CHOICES, AFTER, ASKED = range(1, 14)
"""The numbers under which the pages stand; an address says nothing about what is read."""

AIDS: dict[int, Aid] = {
    THREATENED: Aid(
        _("Somebody threatens to share a picture of me"),
        _("You are not in trouble. It is not your fault."),
        (
            _("Do not pay, and send nothing more. Paying does not make it stop."),
            _("You can stop answering at any time."),
            _("Do not delete the chat or your account. They help to find out who it is."),
            _("Write down the name they use, the app, and when it was."),
            _TRUSTED,
            _("Does it feel too heavy to go on? Please call one of the numbers below now."),
        ),
        (
            _EVERYBODY,
            _("People who do this scare many others in the same way. They want you to keep quiet."),
            _("We can look for copies and ask sites to take them down."),
            _("Have you paid, or sent more? You can still stop, and we still help."),
        ),
    ),
    ASKED: Aid(
        _("Somebody asks me for private pictures"),
        _("You can say no at any time. You need no reason."),
        (
            _("Please do not send such a picture, also not to somebody you like."),
            _("You can stop answering at any time."),
            _("Do not delete the chat. It helps to find out who it is."),
            _("Write down the name they use, the app, and when it was."),
            _TRUSTED,
        ),
        (
            _("Nobody has a right to such a picture of you."),
            _("Kind words, gifts and secrets can be a way to get close to you."),
            _EVERYBODY,
            _KEEP_PHONE,
        ),
        on=(_("Have you sent one already? It is not your fault. You can read this:"), SHARED),
    ),
    MEETING: Aid(
        _("Somebody I met online wants to meet me"),
        _("You can say no at any time. You need no reason."),
        (
            _("Please do not go alone. People online are not always who they say they are."),
            _("Tell an adult you trust before you answer."),
            _("Keep your address, your school and where you are to yourself."),
            _("Is it today, or do they wait near you? Call for help now."),
            _("Do not delete the chat. It helps to find out who it is."),
        ),
        (
            _("Kind words, gifts and secrets can be a way to get close to you."),
            _("Maybe you liked to talk with them. That is all right. It is not your fault."),
            _("Have you met already? You can still tell, and get help."),
        ),
    ),
    FAKE: Aid(
        _("Somebody made a fake picture of me"),
        _("It is not your fault. You have a right to help."),
        (
            _("Please do not share it, also not to show that it is fake."),
            _("Write down where it is: the app, the name, the words of the link."),
            _("Tell us the link. We ask for it to be taken down."),
            _("Many apps and sites have a button to report it. You can use it too."),
            _TRUSTED,
        ),
        (
            _("A fake picture can hurt as much as any other. You may be angry or sad."),
            _("You do not need to prove that it is fake."),
            _("In many countries it is a crime to make such a picture of a child."),
        ),
    ),
    SAW: Aid(
        _("I saw something that hurts a child"),
        _("You did nothing wrong by seeing it. It is good that you ask."),
        (
            _("Close it. You do not have to look again."),
            _("Please do not save it or pass it on, also not to warn others. Each copy hurts again."),
            _("Tell us the link, or where it was. Words are enough."),
            _("Talk to somebody about how you feel."),
        ),
        (
            _("Many people feel sick, sad or numb after it. It gets better, and talking helps."),
            _("You do not need to know if it breaks a law. We find that out."),
            _("Did somebody send it to you? That is not your fault. You can tell us that too."),
        ),
        path=None,
    ),
    SHARED: Aid(
        _("I shared a picture of myself"),
        _("Many people do this. You are not in trouble with us."),
        (
            _("You can stop at any time. Nobody has a right to more."),
            _("If it feels safe, ask the other person to delete it."),
            _("Is it shown to others? Tell us where. We ask for it to be taken down."),
            _("Is the picture on your phone? The phone can make a code from it. With the code we look for copies."),
            _TRUSTED,
        ),
        (
            _("It is not wrong to trust somebody. It is wrong to pass a picture on without asking."),
            _("Laws are not the same in each country. You can ask us first, without a name."),
            _KEEP_PHONE,
        ),
    ),
    HOME: Aid(
        _("It happens at home, or near me"),
        _("Nobody may hurt you, also not at home. It is not your fault."),
        (
            _("Are you in danger now? Call for help. The numbers are below."),
            _("Tell an adult you trust: a teacher, a neighbour, a doctor, the parent of a friend."),
            _("Does that person not help? Tell another one. Please keep telling."),
            _("Can they look at your phone? Use one at school, or that of a friend."),
            _("Tell us if it is safe to write to you here. We ask you that."),
        ),
        (
            _("You can love somebody and still want it to stop."),
            _("A secret that hurts is not one you have to keep."),
            _("We do not tell your family or your school by ourselves."),
            _LIMIT,
            _POLICE,
        ),
    ),
    FRIEND: Aid(
        _("I am worried about a friend"),
        _("It is good that you want to help. You do not have to fix it alone."),
        (
            _("Listen. Say: I believe you. It is not your fault."),
            _("Give it time. Your friend may tell a little at first."),
            _("Please do not ask to see a picture, and do not pass one on."),
            _("Think together of an adult you both trust."),
            _("Is your friend in danger? Tell an adult today, even if it was a secret."),
            _("Stay a friend. Do things together, as before."),
        ),
        (
            _("You can tell us without saying who you are."),
            _EVERYBODY,
            _("It can make you sad too. You can also talk to somebody about yourself."),
        ),
        path=Path.FRIEND,
    ),
    CARER: Aid(
        _("A child in my care has told me"),
        _CALM,
        (*_TOLD_OF, _("Please leave the child their phone and their friends. Both help the child to get help.")),
        (
            _("A child often tells a small part first, to see what happens."),
            _("Let the child choose some of the next steps, where you can."),
            _("You may be angry or sad. Find somebody to talk to, but not the child."),
            _EVERYBODY,
        ),
        path=Path.CARER,
    ),
    PROFESSIONAL: Aid(
        _("I work with children, and a child has told me"),
        _CALM,
        (
            *_TOLD_OF,
            _("Tell the person at your work who looks after child safety. Keep to the rules you have."),
        ),
        (
            _("If you teach: keep the day as normal as you can. Let few people know."),
            _("If you are a nurse, a doctor or a counsellor: care for the child first. Others ask later what happened."),
            _("If you lead a group or a team: see that the child is not alone with that person."),
            _("In some countries you have to tell the police or the state. Ask us if you are not sure."),
            _NOT_ALONE,
        ),
        path=Path.PROFESSIONAL,
    ),
    RIGHTS: Aid(
        _("What are my rights?"),
        _("Every child in the world has rights. They hold online too."),
        (
            _("to be safe from people who hurt or use children"),
            _("to get help to feel well again"),
            _("to say what you think, and to be heard"),
            _("to be told what happens, in words you know"),
            _("to have your own life: your letters, your chats, your pictures"),
            _("to be met as a child who needs help, not as one who did wrong"),
            _("to the same help, whoever you are and wherever you come from"),
            _("to use the web to learn, to play and to meet friends"),
            _("to say so when somebody breaks your rights, and to get free help with it"),
            _("to have harm made good, as far as that can be"),
        ),
        (
            _("Almost all countries have signed this. The paper is called the Convention on the Rights of the Child."),
            _("A second paper says that no child may be sold or used by others."),
            _("A third one, of 2021, says how it all holds online."),
            _("How you get your right is not the same in each country. Ask us, or one of the numbers below."),
        ),
        path=Path.ADVICE,
        heading=_("You have a right"),
    ),
    CHOICES: Aid(
        _("What can I choose?"),
        _("You choose. We write it down, and everybody who works for you sees it."),
        (
            _("only ask for advice: then we write you an answer"),
            _("only have a picture or a page taken down"),
            _("only get help: somebody to talk to, a doctor, a safe place"),
            _("have the police told, or ask us not to tell them"),
            _("ask us not to tell your family or your school"),
            _("wait, and choose later"),
            _("change your mind"),
        ),
        (
            _("You do not have to choose today."),
            _("To have a page taken down, we send its link. We do not send your words with it."),
            _("The police may ask you what happened. You can ask to have somebody with you."),
            _LIMIT,
            _POLICE,
        ),
        path=Path.ADVICE,
        heading=_("You can"),
    ),
    AFTER: Aid(
        _("I have told. What helps now?"),
        _("It takes courage to tell. What you feel now is all right."),
        (
            _("Rest, eat and drink. Do something that you like."),
            _("Be with somebody who is good to you."),
            _("Does that person still write to you? You do not have to answer."),
            _("Does it show up again? Come back with your six words and add it."),
            _("Does it get too much? Call one of the numbers below."),
        ),
        (
            _("Some feel better after telling, and some feel worse for a while. Both are normal."),
            _("Bad dreams or fear can come. They get better, and there is help."),
            _("You may cry, laugh and play as before."),
            _KEEP_PHONE,
        ),
        path=Path.ADVICE,
    ),
}
