"""Nothing here can listen to a network, read a mailbox or join a chat, and no library that could is brought along (PRI-02)."""

import ast
import re

import pytest
from tests.house.tree import ROOT, SOURCE, parsed, sources, text

# Modules by which programs capture traffic, read mail or take part in chats: of the language, and those of the package index that people use.
LISTENERS = {
    "imaplib", "poplib", "mailbox", "nntplib", "smtpd", "imapclient", "imap_tools", "aioimaplib", "exchangelib", "aiosmtpd",
    "scapy", "pcap", "pcapy", "pcapyplus", "pylibpcap", "dpkt", "pyshark", "netfilterqueue", "nfqueue", "bcc", "mitmproxy", "pydivert", "proxy",
    "slixmpp", "nio", "telethon", "pyrogram", "telegram", "aiogram", "discord", "slack_sdk", "slack_bolt", "twilio", "viberbot", "irc", "signalbot",
    "tweepy", "praw", "mastodon", "facebook", "instagrapi", "atproto", "pynput", "keyboard", "watchdog", "inotify", "watchfiles",
}  # fmt: skip
DISTRIBUTIONS = LISTENERS | {
    "imap-tools", "matrix-nio", "python-telegram-bot", "discord.py", "discord-py", "slack-sdk", "slack-bolt", "mastodon.py", "mastodon-py",
    "pylibpcap", "pcapy-ng", "pypcap", "python-libpcap", "netfilterqueue", "proxy.py", "facebook-sdk", "signalbot",
}  # fmt: skip
# How a socket is opened that sees what is sent to others.
CAPTURE = re.compile(r"AF_PACKET|SOCK_RAW|AF_NETLINK|SO_ATTACH_FILTER|IP_TRANSPARENT|SIO_RCVALL|PF_PACKET")


def _imported(tree: ast.AST) -> set[str]:
    plain = {name.name for one in ast.walk(tree) if isinstance(one, ast.Import) for name in one.names}
    return {name.split(".")[0].lower() for name in plain | {one.module for one in ast.walk(tree) if isinstance(one, ast.ImportFrom) and one.module}}


@pytest.mark.req("PRI-02", "DET-10")
def test_no_module_reads_mail_chat_or_traffic() -> None:
    assert len(list(sources())) > 300
    assert {path.name: found for path in sources() if (found := _imported(parsed(path)) & LISTENERS)} == {}
    assert [path.name for path in sources() if CAPTURE.search(text(path))] == []


@pytest.mark.req("PRI-02", "DET-10")
def test_no_library_that_could_is_among_the_dependencies() -> None:
    locked = {
        line.split("==")[0].strip().lower()
        for lock in ROOT.glob("requirements*.lock")
        for line in lock.read_text("utf-8").splitlines()
        if "==" in line
    }
    assert {"django", "uvicorn"} <= locked
    assert locked & DISTRIBUTIONS == set()


# By what a script in a browser could look round on a device, listen, or go on when its page is closed.
LOOKS_ROUND = re.compile(
    r"showDirectoryPicker|showOpenFilePicker|webkitdirectory|webkitRequestFileSystem|getUserMedia|getDisplayMedia|mediaDevices|MediaRecorder|serviceWorker"
    r"|SharedWorker|clipboard|indexedDB|chrome\.|browser\.runtime|importScripts|WebAssembly|postMessage\("
)
SENDS = re.compile(r"fetch\(|XMLHttpRequest|sendBeacon|WebSocket|EventSource|RTCPeerConnection")


@pytest.mark.slow
@pytest.mark.req("DET-10")
def test_what_runs_on_a_device_looks_at_one_picture_that_its_owner_picks_and_tells_nobody() -> None:
    scripts = {path.name: path.read_text("utf-8") for path in SOURCE.rglob("*.js")}
    assert set(scripts) == {"desk.js", "passkey.js", "picture.js"}, "a further script needs a look at what it reads"
    assert {name: found for name, script in scripts.items() if (found := LOOKS_ROUND.findall(script))} == {}
    # Of these only the last runs at a reporter's: it sends nothing by itself, and nobody's list comes with it.
    assert SENDS.findall(scripts["picture.js"]) == []
    assert re.findall(r"[0-9a-f]{32,}", scripts["picture.js"]) == []
    # Nothing is built for a device otherwise: no app, no extension, no service that starts with a browser.
    kinds = ("manifest*.json", "*.apk", "*.xpi", "*.crx", "AndroidManifest.xml", "*.plist", "*.wasm")
    assert [path for pattern in kinds for path in SOURCE.rglob(pattern)] == []


def test_the_search_finds_what_it_looks_for() -> None:
    assert LOOKS_ROUND.search("navigator.serviceWorker.register('/w.js')")
    assert SENDS.search("await fetch('/seen')")
    assert _imported(ast.parse("import imaplib\ndef f():\n    from scapy.all import sniff")) & LISTENERS == {"imaplib", "scapy"}
    assert CAPTURE.search("socket.socket(socket.AF_PACKET, socket.SOCK_RAW)")
    assert (SOURCE / "signals").is_dir()
