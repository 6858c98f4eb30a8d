/* A disk that is watched, fails, or is full: loaded before the C library (LD_PRELOAD), it sees every call by which a process changes a file
 * below DISK_ROOT. Each such call is a site. It is counted; the one whose turn it is to fail fails without being made; what was made is
 * written to DISK_TRACE, one record after the other, in the order in which it took effect in all processes together.
 *
 * DISK_CONTROL is a file of one page that the test shares with us, see `struct control`. Neither Python nor SQLite calls anything else to
 * change a file: `nm -D` of both names these functions and no other.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum op { CREATE = 1, WRITE, TRUNCATE, SYNC, RENAME, LINK, UNLINK, MKDIR };

struct control {
  pthread_mutex_t one_at_a_time; /* padded by `rest` to 64 bytes */
  char rest[64 - sizeof(pthread_mutex_t)];
  int64_t is_ready, sites, fail_at, error, room; /* room: bytes left on the disk, or -1 for the real one */
};

/* What stands before each record; the two paths, below the root, and the data follow it. */
struct record {
  uint32_t op, first, second, length;
  uint64_t inode, offset, stack;
};

#define REAL(type, name, ...) \
  static type (*real)(__VA_ARGS__); \
  if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)
#define MOST 4096

static struct control *control;
static const char *root;
static int trace = -1;
static char *opened[MOST]; /* the path of each descriptor that was opened below the root */

__attribute__((constructor)) static void begin(void) {
  const char *shared = getenv("DISK_CONTROL"), *kept = getenv("DISK_TRACE");
  int handle = shared ? open(shared, O_RDWR | O_CLOEXEC) : -1;
  if (handle < 0) return;
  struct control *page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, handle, 0);
  close(handle);
  if (page == MAP_FAILED) return;
  if (!page->is_ready) { /* the first process makes the lock; a process that is killed while it holds it leaves it to the next */
    pthread_mutexattr_t kind;
    pthread_mutexattr_init(&kind);
    pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&page->one_at_a_time, &kind);
    page->is_ready = 1;
  }
  if (kept) trace = open(kept, O_WRONLY | O_APPEND | O_CLOEXEC);
  root = getenv("DISK_ROOT");
  control = page;
}

/* The path of a call, or NULL where it is none below the root; `full` is room to put one together. */
static const char *below(int folder, const char *path, char *full) {
  if (!control || !path) return NULL;
  if (*path != '/') {
    if (folder < 0 || folder >= MOST || !opened[folder]) return NULL;
    snprintf(full, PATH_MAX, "%s/%s", opened[folder], path);
    path = full;
  }
  size_t length = strlen(root);
  return strncmp(path, root, length) || (path[length] != '/' && path[length]) ? NULL : path;
}

static const char *of(int handle) { return control && handle >= 0 && handle < MOST ? opened[handle] : NULL; }

static void enter(void) {
  if (pthread_mutex_lock(&control->one_at_a_time) == EOWNERDEAD) pthread_mutex_consistent(&control->one_at_a_time);
}

/* Whether this site is the one to fail, or needs more room than there is; then errno says why and nothing may be done. */
static int fails(int64_t growth) {
  control->sites++;
  if (control->sites == control->fail_at) return errno = (int)control->error, 1;
  if (control->room < 0) return 0;
  if (growth > control->room) return errno = ENOSPC, 1;
  control->room -= growth;
  return 0;
}

static int64_t size_of(int handle) {
  struct stat facts;
  return fstat(handle, &facts) ? 0 : facts.st_size;
}

/* Bytes that come back when the name goes. */
static void give_back(int folder, const char *name) {
  struct stat facts;
  if (control->room >= 0 && !fstatat(folder, name, &facts, AT_SYMLINK_NOFOLLOW) && facts.st_nlink == 1) control->room += facts.st_size;
}

static uint64_t stack(void) {
  void *frames[24];
  int many = getenv("DISK_STACKS") ? backtrace(frames, 24) : 0;
  uint64_t sum = 1469598103934665603u;
  for (int at = 2; at < many; at++) sum = (sum ^ (uint64_t)frames[at]) * 1099511628211u;
  return many ? sum : 0;
}

static ssize_t (*write_itself)(int, const void *, size_t);

static void keep(enum op op, const char *first, const char *second, uint64_t inode, uint64_t offset, const void *data, size_t length) {
  if (trace < 0) return;
  size_t skip = strlen(root) + 1, one = strlen(first) - (strlen(first) < skip ? strlen(first) : skip);
  size_t two = second ? strlen(second) - skip : 0;
  struct record head = {op, (uint32_t)one, (uint32_t)two, (uint32_t)length, inode, offset, stack()};
  char *whole = malloc(sizeof head + one + two + length);
  memcpy(whole, &head, sizeof head);
  memcpy(whole + sizeof head, first + strlen(first) - one, one);
  if (two) memcpy(whole + sizeof head + one, second + skip, two);
  if (length) memcpy(whole + sizeof head + one + two, data, length);
  if (!write_itself) write_itself = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
  write_itself(trace, whole, sizeof head + one + two + length);
  free(whole);
}

/* Every site below is: enter, fail or do, keep, leave. errno is what the call left. */
static void leave(void) {
  int held = errno;
  pthread_mutex_unlock(&control->one_at_a_time);
  errno = held;
}

static uint64_t inode_of(int handle) {
  struct stat facts;
  return fstat(handle, &facts) ? 0 : facts.st_ino;
}

static uint64_t inode_at(int folder, const char *name) {
  struct stat facts;
  return fstatat(folder, name, &facts, AT_SYMLINK_NOFOLLOW) ? 0 : facts.st_ino;
}

static int open_as(int folder, const char *name, int flags, mode_t mode) {
  REAL(int, "openat64", int, const char *, int, ...);
  char full[PATH_MAX];
  const char *path = below(folder, name, full);
  if (!path) return real(folder, name, flags, mode);
  int is_new = (flags & O_CREAT) && !inode_at(folder, name), handle = -1;
  enter();
  if (!is_new || !fails(0)) handle = real(folder, name, flags, mode);
  if (handle >= 0 && is_new) keep(CREATE, path, NULL, inode_of(handle), 0, NULL, 0);
  if (handle >= 0 && !is_new && (flags & O_TRUNC)) keep(TRUNCATE, path, NULL, inode_of(handle), 0, NULL, 0);
  if (handle >= 0 && handle < MOST) opened[handle] = strdup(path);
  leave();
  return handle;
}

int open64(const char *name, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = (flags & O_CREAT) ? va_arg(more, mode_t) : 0;
  va_end(more);
  return open_as(AT_FDCWD, name, flags, mode);
}

int openat64(int folder, const char *name, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = (flags & O_CREAT) ? va_arg(more, mode_t) : 0;
  va_end(more);
  return open_as(folder, name, flags, mode);
}

int close(int handle) {
  REAL(int, "close", int);
  if (of(handle)) {
    free(opened[handle]);
    opened[handle] = NULL;
  }
  return real(handle);
}

static ssize_t put(int handle, const void *data, size_t length, off_t offset, int moves) {
  static ssize_t (*real)(int, const void *, size_t, off_t);
  if (!real) real = (ssize_t(*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite64");
  const char *path = of(handle);
  enter();
  int64_t end = offset + (int64_t)length, has = size_of(handle);
  ssize_t done = fails(end > has ? end - has : 0) ? -1 : real(handle, data, length, offset);
  if (done >= 0) keep(WRITE, path, NULL, inode_of(handle), (uint64_t)offset, data, (size_t)done);
  if (done >= 0 && moves) lseek(handle, offset + done, SEEK_SET);
  leave();
  return done;
}

ssize_t write(int handle, const void *data, size_t length) {
  REAL(ssize_t, "write", int, const void *, size_t);
  return of(handle) ? put(handle, data, length, lseek(handle, 0, SEEK_CUR), 1) : real(handle, data, length);
}

ssize_t pwrite64(int handle, const void *data, size_t length, off_t offset) {
  REAL(ssize_t, "pwrite64", int, const void *, size_t, off_t);
  return of(handle) ? put(handle, data, length, offset, 0) : real(handle, data, length, offset);
}

int ftruncate64(int handle, off_t length) {
  REAL(int, "ftruncate64", int, off_t);
  const char *path = of(handle);
  if (!path) return real(handle, length);
  enter();
  int64_t has = size_of(handle);
  int done = fails(length > has ? length - has : 0) ? -1 : real(handle, length);
  if (!done && length < has && control->room >= 0) control->room += has - length;
  if (!done) keep(TRUNCATE, path, NULL, inode_of(handle), (uint64_t)length, NULL, 0);
  leave();
  return done;
}

int posix_fallocate64(int handle, off_t offset, off_t length) {
  REAL(int, "posix_fallocate64", int, off_t, off_t);
  const char *path = of(handle);
  if (!path) return real(handle, offset, length);
  enter();
  int64_t end = offset + length, has = size_of(handle);
  int done = fails(end > has ? end - has : 0) ? errno : real(handle, offset, length);
  if (!done && end > has) keep(TRUNCATE, path, NULL, inode_of(handle), (uint64_t)end, NULL, 0);
  leave();
  return done;
}

static int sync_as(int handle, int (*real)(int)) {
  const char *path = of(handle);
  if (!path) return real(handle);
  enter();
  int done = fails(0) ? -1 : real(handle);
  if (!done) keep(SYNC, path, NULL, inode_of(handle), 0, NULL, 0);
  leave();
  return done;
}

int fsync(int handle) {
  REAL(int, "fsync", int);
  return sync_as(handle, real);
}

int fdatasync(int handle) {
  REAL(int, "fdatasync", int);
  return sync_as(handle, real);
}

int renameat(int from, const char *old, int to, const char *name) {
  REAL(int, "renameat", int, const char *, int, const char *);
  char one[PATH_MAX], two[PATH_MAX];
  const char *first = below(from, old, one), *second = below(to, name, two);
  if (!first || !second) return real(from, old, to, name);
  enter();
  uint64_t inode = inode_at(from, old);
  int done = -1;
  if (!fails(0)) {
    give_back(to, name);
    done = real(from, old, to, name);
  }
  if (!done) keep(RENAME, first, second, inode, 0, NULL, 0);
  leave();
  return done;
}

int rename(const char *old, const char *name) { return renameat(AT_FDCWD, old, AT_FDCWD, name); }

int linkat(int from, const char *old, int to, const char *name, int flags) {
  REAL(int, "linkat", int, const char *, int, const char *, int);
  char one[PATH_MAX], two[PATH_MAX];
  const char *first = below(from, old, one), *second = below(to, name, two);
  if (!first || !second) return real(from, old, to, name, flags);
  enter();
  int done = fails(0) ? -1 : real(from, old, to, name, flags);
  if (!done) keep(LINK, first, second, inode_at(to, name), 0, NULL, 0);
  leave();
  return done;
}

int link(const char *old, const char *name) { return linkat(AT_FDCWD, old, AT_FDCWD, name, 0); }

int unlinkat(int folder, const char *name, int flags) {
  REAL(int, "unlinkat", int, const char *, int);
  char full[PATH_MAX];
  const char *path = below(folder, name, full);
  if (!path) return real(folder, name, flags);
  enter();
  uint64_t inode = inode_at(folder, name);
  int done = -1;
  /* A name that is not there is looked for, not removed. */
  if (!inode || !fails(0)) {
    give_back(folder, name);
    done = real(folder, name, flags);
  }
  if (!done) keep(UNLINK, path, NULL, inode, 0, NULL, 0);
  leave();
  return done;
}

int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }

int mkdirat(int folder, const char *name, mode_t mode) {
  REAL(int, "mkdirat", int, const char *, mode_t);
  char full[PATH_MAX];
  const char *path = below(folder, name, full);
  if (!path || inode_at(folder, name)) return real(folder, name, mode);
  enter();
  int done = fails(0) ? -1 : real(folder, name, mode);
  if (!done) keep(MKDIR, path, NULL, inode_at(folder, name), 0, NULL, 0);
  leave();
  return done;
}

int mkdir(const char *name, mode_t mode) { return mkdirat(AT_FDCWD, name, mode); }

/* How much is free, as the simulated disk has it. */
static void tell_room(struct statvfs64 *facts) {
  if (control->room >= 0) facts->f_bavail = facts->f_bfree = (fsblkcnt64_t)control->room / (facts->f_frsize ? facts->f_frsize : 1);
}

int statvfs64(const char *name, struct statvfs64 *facts) {
  REAL(int, "statvfs64", const char *, struct statvfs64 *);
  char full[PATH_MAX];
  int done = real(name, facts);
  if (!done && below(AT_FDCWD, name, full)) tell_room(facts);
  return done;
}

int fstatvfs64(int handle, struct statvfs64 *facts) {
  REAL(int, "fstatvfs64", int, struct statvfs64 *);
  int done = real(handle, facts);
  if (!done && of(handle)) tell_room(facts);
  return done;
}
