# Shared by the scripts beside it: who runs the tests when root starts them, and how we say things.
set -euo pipefail
TESTER_UID=65534
TESTER_GID=65534

say() { printf '\n== %s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }
is_root() { [ "$(id -u)" = 0 ]; }

# Run a command without any right of root: PostgreSQL refuses root, and so should a browser and a test.
as_tester() {
  if is_root; then
    setpriv --reuid "$TESTER_UID" --regid "$TESTER_GID" --clear-groups --inh-caps=-all -- "$@"
  else
    "$@"
  fi
}
