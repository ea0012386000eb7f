/* fail_call.c: preloaded into a training, makes one of its calls that change
 * files fail. FAIL_CALL=N:MODE chooses the N-th and how:
 *   fail  it returns an error and does nothing
 *   tear  it does half of its work, where it is a write, and returns an error
 *   kill  the process dies before it
 *   cut   the process dies in the middle of it, where it is a write, or after
 * it COUNT_CALLS=FILE writes their number, one line for each with its name. */
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
#include <unistd.h>

enum mode { PASS, FAIL, TEAR, KILL, CUT };

static atomic_int calls;

static void die(void) { kill(getpid(), SIGKILL); }

static enum mode chosen_mode(int number) {
  const char *choice = getenv("FAIL_CALL");
  char *mode;
  if (!choice || strtol(choice, &mode, 10) != number)
    return PASS;
  switch (mode[1]) {
  case 'f':
    return FAIL;
  case 't':
    return TEAR;
  case 'k':
    return KILL;
  default:
    return CUT;
  }
}

/* Counts a call and says what is to become of it. */
static enum mode next_call(const char *name) {
  const int number = atomic_fetch_add(&calls, 1) + 1;
  const char *list = getenv("COUNT_CALLS");
  if (list) {
    FILE *file = fopen(list, "a");
    if (file) {
      fprintf(file, "%s\n", name);
      fclose(file);
    }
  }
  const enum mode mode = chosen_mode(number);
  if (mode == KILL)
    die();
  return mode;
}

#define NEXT(function) ((__typeof__(&function))dlsym(RTLD_NEXT, #function))

/* For all but writes: tearing is failing, cutting is dying afterwards. */
#define CALL(name, error, call)                                                \
  do {                                                                         \
    const enum mode mode = next_call(name);                                    \
    if (mode == FAIL || mode == TEAR) {                                        \
      errno = (error);                                                         \
      return -1;                                                               \
    }                                                                          \
    const int result = (call);                                                 \
    if (mode == CUT)                                                           \
      die();                                                                   \
    return result;                                                             \
  } while (0)

/* Data and libraries are only read. */
static int changes_files(int flags) {
  return (flags & O_ACCMODE) != O_RDONLY || (flags & O_DIRECTORY);
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t permissions = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  if (!changes_files(flags))
    return NEXT(open)(path, flags, permissions);
  CALL("open", EMFILE, NEXT(open)(path, flags, permissions));
}

ssize_t write(int file, const void *data, size_t size) {
  const enum mode mode = file > 2 ? next_call("write") : PASS;
  if (mode == TEAR || mode == CUT)
    (void)!NEXT(write)(file, data, size / 2);
  if (mode == CUT)
    die();
  if (mode == PASS)
    return NEXT(write)(file, data, size);
  errno = ENOSPC;
  return -1;
}

int fsync(int file) { CALL("fsync", EIO, NEXT(fsync)(file)); }

int rename(const char *from, const char *to) {
  CALL("rename", ENOSPC, NEXT(rename)(from, to));
}

/* Files that are only read are closed too; these calls fail as well. */
int close(int file) { CALL("close", EIO, NEXT(close)(file)); }
