"""The page on which a phone makes the hashes of a picture, in Chromium: they are the engine's, and nothing else leaves the phone."""

import hashlib
import io
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Request
from skimage import data
from tests.intake.portal.rae import Portal
from tests.synthetic.pictures import encoded, plain, scene

from cairndesk.intake.rules import Picture, pictures_in
from cairndesk.signals.engine import hashing, pdq

pytestmark = [pytest.mark.journey, pytest.mark.slow]
_TURNED = Image.Exif()
_TURNED[0x0112] = 6
PICTURES = {
    "drawn.png": (encoded(scene()), 0),
    "odd.png": (encoded(scene(401, 307, seed=3)), 0),
    "wide.png": (encoded(scene(1200, 90, seed=4)), 0),
    "grey.png": (encoded(Image.fromarray(data.camera())), 0),
    "cup.png": (encoded(Image.fromarray(data.coffee())), 0),
    "cup.jpg": (encoded(Image.fromarray(data.coffee()), "JPEG", quality=90), 10),
    "cat.jpg": (encoded(Image.fromarray(data.chelsea()), "JPEG", quality=40), 10),
    "turned.jpg": (encoded(Image.fromarray(data.coffee()), "JPEG", quality=90, exif=_TURNED.tobytes()), 10),
    "grey.jpg": (encoded(Image.fromarray(data.camera()), "JPEG", quality=75), 10),
}


def _on_the_page_about_a_picture(page: Page, address: str) -> None:
    page.goto(f"{address}/")
    for name in ("Something is happening to me", "I’d rather not say"):
        page.get_by_role("button", name=name).click()
    page.get_by_text("Why can I not send a picture?").click()
    page.get_by_role("button", name="Look for a picture and keep it to yourself").click()


@pytest.fixture
def phone(chromium: Browser, live: tuple[str, Portal]) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    _on_the_page_about_a_picture(page, live[0])
    yield page
    context.close()


def hashes_on(phone: Page, name: str, content: bytes) -> Picture:
    phone.get_by_label("Choose a picture").set_input_files({"name": name, "mimeType": "image/png", "buffer": content})
    phone.get_by_role("button", name="Send the code").wait_for()
    (found,) = pictures_in({"picture": phone.locator("#code").input_value()})
    return found


@pytest.mark.parametrize("name", PICTURES)
def test_the_phone_makes_the_hashes_that_the_desk_makes(phone: Page, name: str) -> None:
    content, most = PICTURES[name]
    found, image = hashes_on(phone, name, content), Image.open(io.BytesIO(content))
    strips, _ = hashing.strips(image)
    own = pdq.of_strips(strips, image.height, image.width)
    distances = [(int.from_bytes(one) ^ int.from_bytes(other)).bit_count() for one, other in zip(found.forms, own.hashes, strict=True)]
    assert max(distances) <= most
    assert abs(found.quality - own.quality) <= (1 if most else 0)
    assert (found.width, found.height, found.size) == (*image.size, len(content))
    assert (found.md5, found.sha1, found.sha256) == tuple(hashlib.new(kind, content).hexdigest() for kind in ("md5", "sha1", "sha256"))


def test_only_the_code_is_sent_and_the_journey_goes_on(phone: Page, live: tuple[str, Portal]) -> None:
    sent: list[Request] = []
    phone.on("request", lambda request: sent.append(request))  # noqa: PLW0108 - playwright marks what it is given
    found = hashes_on(phone, "me at home.png", PICTURES["drawn.png"][0])
    assert sent == [], "nothing leaves the phone before the button is pressed"
    phone.get_by_role("button", name="Send the code").click()
    phone.get_by_text("We have the code of your picture.").wait_for()
    (request,) = sent
    form = parse_qs(request.post_data or "")
    assert set(form) == {"s", "d", "picture", "go"}
    assert "home" not in (request.post_data or "")
    kept = [one for one in live[1].fragments() if "picture" in one.answers]
    assert pictures_in(kept[-1].answers) == (found,)
    phone.get_by_role("button", name="Send what I have told so far").click()
    phone.locator("ol.words li").nth(5).wait_for()
    assert phone.locator("ol.words li").count() == 6, "the code of a picture is enough to be told"


# Each picture waits for `asked[at]()` before it is hashed; the body counts those that wait or did, and those whose hashes, or failure, have come.
_HELD_BACK = """(() => {
  const real = self.hashed, count = document.body.dataset;
  Object.assign(self, { asked: [], ended: 0 });
  self.hashed = async bytes => {
    await new Promise(go => count.asked = asked.push(go));
    try { return await real(bytes); } finally { count.ended = ++ended; }
  };
})()"""


def test_the_code_is_that_of_the_picture_chosen_last(phone: Page) -> None:
    chosen, send, code = phone.get_by_label("Choose a picture"), phone.get_by_role("button", name="Send the code"), phone.locator("#code")
    before, last = hashes_on(phone, "a", PICTURES["cup.png"][0]), PICTURES["drawn.png"][0]
    phone.evaluate(_HELD_BACK)
    for count, content in enumerate((PICTURES["cup.jpg"][0], b"no picture", last), 1):
        chosen.set_input_files({"name": "a", "mimeType": "image/png", "buffer": content})
        phone.locator(f"body[data-asked='{count}']").wait_for()
        assert (code.input_value(), send.is_visible()) == ("", False), "while a picture is read, no other one's code can be sent"
    phone.evaluate("asked[2]()")
    send.wait_for()
    phone.evaluate("asked[0](), asked[1]()")
    phone.locator("body[data-ended='3']").wait_for()
    (found,) = pictures_in({"picture": code.input_value()})
    assert found.sha256 == hashlib.sha256(last).hexdigest() != before.sha256
    assert phone.get_by_text("The code is ready.").is_visible(), "neither the hashes nor the failure of one chosen before says anything"


@pytest.mark.parametrize("seen", [254, 0])
def test_a_picture_that_can_be_seen_through_has_only_its_exact_hashes(phone: Page, seen: int) -> None:
    image = scene().convert("RGBA")
    image.putpixel((image.width // 2, image.height // 2), (10, 20, 30, seen))
    found = hashes_on(phone, "a", encoded(image))
    assert (found.forms, found.quality, found.sha256) == ((), 0, hashlib.sha256(encoded(image)).hexdigest())
    assert phone.get_by_text("We can still find copies that are just the same.").is_visible()


def test_a_picture_with_an_opaque_alpha_is_read_whole(phone: Page) -> None:
    opaque = hashes_on(phone, "a", encoded(scene().convert("RGBA")))
    assert opaque.forms == hashes_on(phone, "b", encoded(scene())).forms != ()


def test_a_browser_that_falsifies_pixels_is_told_so_kindly(chromium: Browser, live: tuple[str, Portal]) -> None:
    context = chromium.new_context()
    context.add_init_script(
        "const real = CanvasRenderingContext2D.prototype.getImageData;"
        "CanvasRenderingContext2D.prototype.getImageData = function (...of) { const held = real.apply(this, of); held.data[5] ^= 1; return held; };"
    )
    page = context.new_page()
    _on_the_page_about_a_picture(page, live[0])
    assert page.get_by_text("Your browser does not let pages read pictures.").is_visible()
    assert not page.get_by_label("Choose a picture").is_visible()
    page.get_by_role("button", name="Go on without it").click()
    assert page.get_by_role("heading", name="What is happening?").is_visible()
    context.close()


def test_a_plain_picture_and_a_file_that_is_none_are_answered_kindly(phone: Page) -> None:
    phone.get_by_label("Choose a picture").set_input_files({"name": "a", "mimeType": "image/png", "buffer": b"no picture"})
    phone.get_by_text("This phone cannot read that picture.").wait_for()
    assert not phone.get_by_role("button", name="Send the code").is_visible()
    assert hashes_on(phone, "b", encoded(plain())).quality < pdq.PLAIN_BELOW
    assert phone.get_by_text("This picture has too little in it").is_visible()
