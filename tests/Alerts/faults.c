/* Faults of a machine for one process, loaded with LD_PRELOAD: a wall clock that is CLOCK_AHEAD seconds ahead, and a disk that takes 400 ms
   for every flush while the file SLOW_DISK exists. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
  static int (*next)(clockid_t, struct timespec *);
  const char *ahead = getenv("CLOCK_AHEAD");
  if (!next) next = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  int result = next(clock, now);
  if (result == 0 && ahead && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += atol(ahead);
  return result;
}

static void wait_for_disk(void) {
  const char *slow = getenv("SLOW_DISK");
  if (slow && access(slow, F_OK) == 0) usleep(400000);
}

int fdatasync(int file) {
  static int (*next)(int);
  if (!next) next = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  wait_for_disk();
  return next(file);
}

int fsync(int file) {
  static int (*next)(int);
  if (!next) next = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  wait_for_disk();
  return next(file);
}
