/*
 * Faults for one process, by LD_PRELOAD: what it calls on files of the home is counted, and at the call with the number
 * TORTURE_AT the action TORTURE_DO is done. Made for scripts/torture.ts; Linux with glibc.
 *
 *   TORTURE_HOME  the home; calls on other files are not counted
 *   TORTURE_AT    number of the call, from 1; of those of all threads
 *   TORTURE_DO    before  SIGKILL in its place
 *                 after   SIGKILL when it is done
 *                 half    SIGKILL after half of what it writes; for other calls as "before"
 *                 stop    SIGSTOP before it
 *                 <n>     this call, if it writes, and every later one that does fails with errno n
 *                 clock   the clock jumps by TORTURE_JUMP seconds from here on
 *   TORTURE_JUMP  seconds
 *   TORTURE_COUNT file to which the number of calls is written at exit
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define FILES 65536

enum action { NONE, BEFORE, AFTER, HALF, STOP, FAIL, CLOCK };

static const char *home;
static size_t home_length;
static long at;
static enum action action;
static int failure;
static long jump;
static atomic_long calls;
static atomic_int jumped;
static atomic_int failing;
static _Atomic unsigned char ours[FILES];

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
  const char *what = getenv("TORTURE_DO");
  home = getenv("TORTURE_HOME");
  if (!home || !what) { home = NULL; return; }
  home_length = strlen(home);
  at = getenv("TORTURE_AT") ? atol(getenv("TORTURE_AT")) : 0;
  jump = getenv("TORTURE_JUMP") ? atol(getenv("TORTURE_JUMP")) : 0;
  if (!strcmp(what, "before")) action = BEFORE;
  else if (!strcmp(what, "after")) action = AFTER;
  else if (!strcmp(what, "half")) action = HALF;
  else if (!strcmp(what, "stop")) action = STOP;
  else if (!strcmp(what, "clock")) action = CLOCK;
  else if ((failure = atoi(what)) > 0) action = FAIL;
  /* A child of the program is another program. */
  unsetenv("LD_PRELOAD");
}

__attribute__((destructor)) static void end(void) {
  const char *path = getenv("TORTURE_COUNT");
  if (!path) return;
  FILE *file = fopen(path, "w");
  if (!file) return;
  fprintf(file, "%ld", (long)calls);
  fclose(file);
}

static int in_home(const char *path) {
  return home && path && !strncmp(path, home, home_length) &&
         (path[home_length] == '/' || path[home_length] == 0);
}

static int is_ours(int fd) { return home && fd >= 0 && fd < FILES && ours[fd]; }

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

/* Counts a call; whether the action is due after it (1), or in its middle (2). Fails it with errno set: -1. */
static int count(int writes) {
  long number = ++calls;
  if (action == FAIL && number >= at && at > 0) failing = 1;
  if (failing && writes) { errno = failure; return -1; }
  if (number != at) return 0;
  switch (action) {
    case BEFORE: die();
    case HALF: if (writes == 2) return 2; die();
    case STOP: kill(getpid(), SIGSTOP); return 0;
    case CLOCK: jumped = 1; return 0;
    case AFTER: return 1;
    default: return 0;
  }
}

#define DO(type, mine, writes, call)      \
  int due = (mine) ? count(writes) : 0;   \
  if (due < 0) return -1;                 \
  type result = call;                     \
  int saved = errno;                      \
  if (due > 0) die();                     \
  errno = saved;                          \
  return result

static int remember(int fd, int mine) {
  if (fd >= 0 && fd < FILES) ours[fd] = mine;
  return fd;
}

#define OPEN(name)                                                             \
  int name(const char *path, int flags, ...) {                                 \
    va_list list;                                                              \
    va_start(list, flags);                                                     \
    mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) ? va_arg(list, mode_t) : 0; \
    va_end(list);                                                              \
    int mine = in_home(path);                                                  \
    DO(int, mine, (flags & (O_CREAT | O_TRUNC)) != 0,                          \
       remember(REAL(name)(path, flags, mode), mine));                         \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                           \
  int name(int folder, const char *path, int flags, ...) {                     \
    va_list list;                                                              \
    va_start(list, flags);                                                     \
    mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) ? va_arg(list, mode_t) : 0; \
    va_end(list);                                                              \
    int mine = in_home(path);                                                  \
    DO(int, mine, (flags & (O_CREAT | O_TRUNC)) != 0,                          \
       remember(REAL(name)(folder, path, flags, mode), mine));                 \
  }
OPENAT(openat)
OPENAT(openat64)

int close(int fd) {
  int mine = is_ours(fd);
  if (mine) ours[fd] = 0;
  DO(int, mine, 0, REAL(close)(fd));
}

ssize_t read(int fd, void *bytes, size_t length) {
  DO(ssize_t, is_ours(fd), 0, REAL(read)(fd, bytes, length));
}
#define PREAD(name, offset_type)                                          \
  ssize_t name(int fd, void *bytes, size_t length, offset_type offset) {  \
    DO(ssize_t, is_ours(fd), 0, REAL(name)(fd, bytes, length, offset));   \
  }
PREAD(pread, off_t)
PREAD(pread64, off64_t)

#define HALF_OF(length) (due == 2 ? (length) / 2 : (length))
ssize_t write(int fd, const void *bytes, size_t length) {
  DO(ssize_t, is_ours(fd), 2, REAL(write)(fd, bytes, HALF_OF(length)));
}
#define PWRITE(name, offset_type)                                              \
  ssize_t name(int fd, const void *bytes, size_t length, offset_type offset) { \
    DO(ssize_t, is_ours(fd), 2,                                                \
       REAL(name)(fd, bytes, HALF_OF(length), offset));                        \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

int fsync(int fd) { DO(int, is_ours(fd), 1, REAL(fsync)(fd)); }
int fdatasync(int fd) { DO(int, is_ours(fd), 1, REAL(fdatasync)(fd)); }
int ftruncate(int fd, off_t length) { DO(int, is_ours(fd), 1, REAL(ftruncate)(fd, length)); }
int ftruncate64(int fd, off64_t length) { DO(int, is_ours(fd), 1, REAL(ftruncate64)(fd, length)); }
int fchmod(int fd, mode_t mode) { DO(int, is_ours(fd), 1, REAL(fchmod)(fd, mode)); }
int chmod(const char *path, mode_t mode) { DO(int, in_home(path), 1, REAL(chmod)(path, mode)); }
int mkdir(const char *path, mode_t mode) { DO(int, in_home(path), 1, REAL(mkdir)(path, mode)); }
int unlink(const char *path) { DO(int, in_home(path), 1, REAL(unlink)(path)); }
int rename(const char *from, const char *to) { DO(int, in_home(to), 1, REAL(rename)(from, to)); }
int link(const char *from, const char *to) { DO(int, in_home(to), 1, REAL(link)(from, to)); }
int linkat(int a, const char *from, int b, const char *to, int flags) {
  DO(int, in_home(to), 1, REAL(linkat)(a, from, b, to, flags));
}

#define FCNTL(name)                                             \
  int name(int fd, int command, ...) {                          \
    va_list list;                                               \
    va_start(list, command);                                    \
    void *argument = va_arg(list, void *);                      \
    va_end(list);                                               \
    DO(int, is_ours(fd), 0, REAL(name)(fd, command, argument)); \
  }
FCNTL(fcntl)
FCNTL(fcntl64)

int clock_gettime(clockid_t id, struct timespec *now) {
  static __typeof__(&clock_gettime) real;
  if (!real) real = REAL(clock_gettime);
  int result = real(id, now);
  if (jumped && result == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) {
    now->tv_sec += jump;
  }
  return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  int result = REAL(gettimeofday)(now, zone);
  if (jumped && result == 0) now->tv_sec += jump;
  return result;
}

time_t time(time_t *out) {
  time_t now = REAL(time)(NULL) + (jumped ? jump : 0);
  if (out) *out = now;
  return now;
}
