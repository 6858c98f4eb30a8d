"""`cairndesk witness`: watch the logs of others and sign what only ever grows."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cairndesk.custody.witness.notes import LOG, Key, Unreadable
from cairndesk.custody.witness.server import Witness, server
from cairndesk.custody.witness.store import Store


def main(arguments: Sequence[str]) -> int:
    """0 after an orderly end, 1 with a sentence on standard error."""
    given = _parser().parse_args(arguments)
    try:
        _DO[given.do](Store(given.store), given)
    except KeyboardInterrupt:
        return 0
    except FileExistsError:
        return _failed("there is a witness in this folder already")
    except BlockingIOError:
        return _failed("this witness runs already")
    except (OSError, Unreadable) as error:
        return _failed(str(error))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cairndesk witness", description="Watch the logs of others and sign what only ever grows.")
    parser.add_argument("--store", type=Path, default=Path("witness"), help="folder of this witness (default: witness)")
    does = parser.add_subparsers(dest="do", required=True, metavar="WHAT")
    does.add_parser("create", help="make a key under a name").add_argument("name", help="such as witness.example/w1")
    does.add_parser("key", help="show the key that desks put into their configuration")
    does.add_parser("trust", help="watch a log").add_argument("key", help="its verifier key (name+hash+key)")
    does.add_parser("forget", help="take the next checkpoint of a log as its first; only once you know why it went back").add_argument("origin")
    serve = does.add_parser("serve", help="answer desks until Ctrl-C; put a proxy with TLS before it")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8482)
    return parser


def _create(store: Store, given: argparse.Namespace) -> None:
    _say(store.create(given.name))


def _key(store: Store, given: argparse.Namespace) -> None:
    _say(store.key()[0])


def _trust(store: Store, given: argparse.Namespace) -> None:
    key = Key.read(given.key)
    if key.kind != LOG:
        raise Unreadable("that is not the key of a log")
    store.trust(key)


def _forget(store: Store, given: argparse.Namespace) -> None:
    store.forget(given.origin)


def _serve(store: Store, given: argparse.Namespace) -> None:
    with store.alone(), server(Witness(store), given.host, given.port) as listening:
        host, port = listening.server_address[:2]
        _say(f"listening on {host!s}:{port}")
        listening.serve_forever()


_DO: Mapping[str, Callable[[Store, argparse.Namespace], None]] = {
    "create": _create,
    "key": _key,
    "trust": _trust,
    "forget": _forget,
    "serve": _serve,
}


def _say(text: object) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _failed(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
