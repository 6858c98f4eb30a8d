"""Who plays in the demonstration: three organisations, the people at their desks, and the contacts they know. All invented."""

from dataclasses import dataclass

from cairndesk.accounts.rules import Role


@dataclass(frozen=True)
class Member:
    """One person of the cast; signs in with one click in the demonstration."""

    name: str
    roles: tuple[Role, ...]
    is_trained: bool = True


@dataclass(frozen=True)
class Troupe:
    """One organisation and its people; `country` is where it is."""

    slug: str
    name: str
    people: tuple[Member, ...]
    country: str = "XA"


TROUPES = (
    Troupe(
        "one",
        "Cairn Desk One",
        (
            Member("Ana", (Role.ANALYST,)),
            Member("Ari", (Role.ANALYST,)),
            Member("Sam", (Role.SUPERVISOR,)),
            Member("Noa", (Role.ANALYST,), is_trained=False),
            Member("Cal", (Role.CALL_TAKER,)),
            Member("Lia", (Role.LIAISON,)),
            Member("Ada", (Role.ADMINISTRATOR,)),
            Member("Aud", (Role.AUDITOR,)),
            Member("Mia", (Role.SPECIALIST,)),
            Member("Jon", (Role.SPECIALIST,)),
        ),
    ),
    Troupe("two", "Cairn Desk Two", (Member("Ola", (Role.ANALYST, Role.SUPERVISOR)), Member("Lou", (Role.LIAISON,))), "XB"),
    Troupe("three", "Cairn Desk Three", (Member("Tia", (Role.CALL_TAKER, Role.ANALYST, Role.SUPERVISOR, Role.LIAISON)),)),
)

# Who enters what the public site of which organisation says; the texts are in `sheets`.
SITES = (("one", "Sam"), ("two", "Ola"))

# Who agreed that cases may go between their two organisations: the one who proposed it, and the one who agreed.
AGREEMENT = ("Sam", "Ola")

SERVICES: tuple[dict[str, object], ...] = (
    {"kind": "emergency", "name": "Emergency services", "country": "XA", "area": "Demoland", "languages": ["en"], "phone": "555-0112",
     "is_always_open": True, "cost": "free"},
    {"kind": "emergency", "name": "Emergency services", "country": "XB", "area": "Sampleland", "languages": ["ar"], "phone": "555-0119",
     "is_always_open": True, "cost": "free"},
    {"kind": "helpline", "name": "Demo Helpline for Children", "country": "XA", "area": "Demoland", "languages": ["en"], "phone": "555-0116",
     "text_number": "555-0117", "chat": "https://chat.helpline.example", "hours": "every day, day and night",
     "ages_from": 5, "ages_to": 25, "is_always_open": True, "cost": "free", "is_trauma_informed": True,
     "expertise": ["online"]},
    {"kind": "helpline", "name": "Demo Helpline in Arabic", "country": "XB", "area": "Sampleland", "languages": ["ar"], "phone": "555-0118",
     "hours": "08:00 to 22:00", "cost": "free"},
    {"kind": "self_concern", "name": "Demo Line for Your Own Thoughts", "country": "XA", "area": "Demoland", "languages": ["en"], "phone": "555-0123",
     "chat": "https://chat.own.example", "hours": "weekdays, 09:00 to 17:00", "cost": "free", "ages_from": 14},
    {"kind": "counselling", "name": "Demo Counselling Centre", "country": "XA", "languages": ["en"], "email": "hello@counselling.example",
     "hours": "weekdays", "cost": "free", "is_trauma_informed": True, "waiting_weeks": 3,
     "expertise": ["boys", "intra_familial", "online"]},
)  # fmt: skip

# The demonstration holds the private half nowhere: what is closed to these authorities stays closed.
AUTHORITIES: tuple[dict[str, object], ...] = (
    {"name": "Demo Police, Unit for the Protection of Children", "country": "XA", "kinds": ["police"], "email": "unit@police.example",
     "age_recipient": "age14u88kvx7k28uu7ewd7656qdz7thv3e4n08d37hh7aeadueee94rsfuphkf"},
    {"name": "Demo Child Protection Agency", "country": "XA", "kinds": ["child_protection"], "phone": "555-0120",
     "age_recipient": "age1xsw8gpmmzjkmkljda4c2d4dtpcpc6v2dz5p2c5u90sh28p7x3vnsgdr532"},
    {"name": "Demo Hotline of the Neighbours", "country": "XA", "kinds": ["hotline"], "email": "desk@hotline.example",
     "age_recipient": "age1835hng90nw7zycpsmx0y7vst3k46qtjvuce4j37mrc9v0g2hzfvstn0nyf"},
)  # fmt: skip

PROVIDERS: tuple[tuple[dict[str, object], list[str]], ...] = (
    ({"name": "Harbour Chat", "country": "XA", "notice_address": "abuse@harbour.example", "platform_types": ["messaging"], "preserve_days": 90,
      "flagger_status": "trusted flagger since 2026"}, ["harbour.example"]),
    ({"name": "Driftwood Pictures", "country": "XB", "notice_address": "notices@driftwood.example", "platform_types": ["media_sharing"],
      "preserve_days": 30}, ["driftwood.example"]),
    ({"name": "Lantern Board", "country": "XA", "notice_address": "help@lantern.example", "platform_types": ["forum"]}, ["lantern.example"]),
    ({"name": "Mudflat Stays", "country": "XB", "notice_address": "help@mudflat.example", "records_address": "records@mudflat.example",
      "platform_types": ["rental"], "preserve_days": 90}, ["mudflat.example"]),
)  # fmt: skip
