# Shared by the scripts beside it: who runs the tests when root starts them, and how we say things.
set -euo pipefail
TESTER_UID=65534
TESTER_GID=65534

say() { printf '\n== %s\n' "$*"; }
fail() { printf '\n%s\n' "$*" >&2; exit 1; }
is_root() { [ "$(id -u)" = 0 ]; }

# What runs has ready builds for the usual machine; elsewhere, and for the tests, a few packages are built from source.
needs_building() { [ "$1" != requirements.lock ] || [ "$(uname -m)" != x86_64 ]; }

# The matching engine has a half in C; it is built where this holds, and elsewhere NumPy does the same, slower.
can_compile() { echo '#include <stdlib.h>' | cc -x c -c -o /dev/null - >/dev/null 2>&1; }

# Until this script ends nobody else does the same in FOLDER: `make` may be started twice at once.
one_at_a_time() {
  exec 9<"$1"
  flock -n 9 || { say "waiting for another make to finish its preparation" >&2; flock 9; }
}

# From here on temporary files lie in memory, where there is plenty of it: every write that a desk acknowledges waits for its disk, and a
# test waits with it. What a power cut leaves is made from recorded writes, which needs no disk.
write_to_memory() {
  local gib=$((1024 * 1024))
  [ -w /dev/shm ] && [ "$(df --output=avail -k /dev/shm | tail -n 1)" -gt $((4 * gib)) ] || return 0
  [ "$(awk '/^MemAvailable/ {print $2}' /proc/meminfo)" -gt $((12 * gib)) ] || return 0
  TMPDIR=$(mktemp -d /dev/shm/cairndesk.XXXXXX)
  export TMPDIR
  # Tests leave folders that nobody may write to.
  trap 'chmod -R u+rwX "$TMPDIR" 2>/dev/null || true; rm -rf "$TMPDIR" || true' EXIT
}

# Run a command that talks much: it is heard only if it fails.
quietly() {
  local heard
  heard=$("$@" 2>&1 9<&-) || { printf '%s\n' "$heard" | tail -n 20 >&2; return 1; }
}

# Run a command without any right of root: PostgreSQL refuses root, and so should a browser and a test.
as_tester() {
  if is_root; then
    setpriv --reuid "$TESTER_UID" --regid "$TESTER_GID" --clear-groups --inh-caps=-all -- "$@"
  else
    "$@"
  fi
}
