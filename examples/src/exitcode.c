// Ends in the way it is told: shows, and lets tests check, what a task's limits do.
//
//   exitcode CODE            exits with CODE (0 to 4294967295)
//   exitcode trap            executes an unreachable instruction
//   exitcode segfault        reads outside of memory
//   exitcode divide          divides by zero
//   exitcode spin            never ends
//   exitcode recurse         calls itself until it may not
//   exitcode allocate BYTES  allocates and touches BYTES, says whether it got them
//   exitcode flood           writes to stdout for ever
//   exitcode files COUNT     creates COUNT files in /out/files
//   exitcode echo [ARG...]   prints its arguments, environment and standard input
//   exitcode clock           prints what clocks and random numbers say
//   exitcode escape          tries to reach files that are not the task's; exits with the number of ways that worked
//   exitcode nan             prints the bits of some NaNs
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static volatile int zero, seven = 7;
static int (*volatile again)(int);

// Keeps nothing in memory: the limit it meets is the depth of calls, not the C stack.
static int recurse(int depth) { return zero ? 0 : again(depth + 1) + 1; }

static int works(const char *what, int ok) {
  printf("%-24s %s\n", what, ok ? "WORKED" : strerror(errno));
  return ok;
}

static int opens(const char *path, int flags) {
  int fd = open(path, flags, 0644);
  if (fd >= 0) close(fd);
  return works(path, fd >= 0);
}

static int escape(void) {
  int ways = 0;
  ways += opens("/etc/passwd", O_RDONLY);
  ways += opens("/in/../../etc/passwd", O_RDONLY);
  ways += opens("../etc/passwd", O_RDONLY);
  ways += opens("/out/../../../etc/passwd", O_RDONLY);
  ways += opens("/proc/self/environ", O_RDONLY);
  ways += opens("/in/new", O_WRONLY | O_CREAT);
  ways += works("symlink", !symlink("/etc/passwd", "/out/link"));
  if (!symlink("../../etc/passwd", "/out/up")) ways += opens("/out/up", O_RDONLY);
  ways += works("link", !link("/etc/passwd", "/out/link"));
  ways += works("mkdir /in/d", !mkdir("/in/d", 0755));
  ways += works("rename /out", !rename("/out", "/elsewhere"));
  ways += works("rmdir /in", !rmdir("/in"));
  int dir = open("/out", O_RDONLY | O_DIRECTORY);
  int fd = openat(dir, "../in", O_RDONLY | O_DIRECTORY);
  ways += works("openat ../in", fd >= 0);
  return ways;
}

static void bits(const char *name, double x) {
  uint64_t b;
  memcpy(&b, &x, 8);
  printf("%s %016llx\n", name, b);
}

int main(int argc, char **argv) {
  const char *how = argc > 1 ? argv[1] : "";
  const char *arg = argc > 2 ? argv[2] : "0";
  char *end = "";
  unsigned long code = strtoul(how, &end, 10);
  if (*how && !*end) exit((int)code);
  if (!strcmp(how, "trap")) __builtin_trap();
  if (!strcmp(how, "segfault")) return *(volatile char *)0xfffffff0;
  if (!strcmp(how, "divide")) return seven / zero;
  if (!strcmp(how, "recurse")) {
    again = recurse;
    return recurse(zero);
  }
  if (!strcmp(how, "spin"))
    for (;;) zero++;
  if (!strcmp(how, "allocate")) {
    size_t size = strtoul(arg, NULL, 10);
    char *p = malloc(size);
    for (size_t i = 0; p && i < size; i += 4096) ((volatile char *)p)[i] = 1;
    puts(p ? "got it" : "no memory");
    return p ? 0 : 1;
  }
  if (!strcmp(how, "flood"))
    for (;;) puts("All work and no play makes Jack a dull boy.");
  if (!strcmp(how, "files")) {
    mkdir("/out/files", 0755);
    for (int i = 0, n = atoi(arg); i < n; i++) {
      char path[64];
      snprintf(path, sizeof path, "/out/files/%06d", i);
      FILE *f = fopen(path, "w");
      if (!f || fprintf(f, "file %d\n", i) < 0 || fclose(f)) {
        perror(path);
        return 1;
      }
    }
    return 0;
  }
  if (!strcmp(how, "echo")) {
    for (int i = 2; i < argc; i++) printf("arg %s\n", argv[i]);
    for (char **e = environ; *e; e++) printf("env %s\n", *e);
    fflush(stdout);
    for (int c; (c = getchar()) != EOF;) putchar(c);
    return 0;
  }
  if (!strcmp(how, "clock")) {
    struct timespec t;
    unsigned char random[8];
    clock_gettime(CLOCK_REALTIME, &t);
    printf("now %lld %ld\n", (long long)t.tv_sec, t.tv_nsec);
    struct timespec hour = {3600, 0};
    nanosleep(&hour, NULL);
    clock_gettime(CLOCK_REALTIME, &t);
    printf("an hour later %lld %ld\n", (long long)t.tv_sec, t.tv_nsec);
    if (getentropy(random, sizeof random)) return 1;
    for (int i = 0; i < 8; i++) printf("%02x", random[i]);
    putchar('\n');
    return 0;
  }
  if (!strcmp(how, "escape")) return escape();
  if (!strcmp(how, "nan")) {
    volatile double none = 0, inf = 1 / none;
    uint64_t raw = 0xfff8000000001234;
    volatile double odd;
    memcpy((void *)&odd, &raw, 8);
    bits("0/0", none / none);
    bits("inf-inf", inf - inf);
    bits("odd", odd);
    bits("odd+1", odd + 1);
    bits("1+odd", 1 + odd);
    bits("odd*0/0", odd * (none / none));
    bits("-odd", -odd);
    bits("copysign(1,odd)", __builtin_copysign(1, odd));
    bits("sqrt(-1)", __builtin_sqrt(none - 1));
    bits("(float)odd", (double)(float)odd);
    return 0;
  }
  fprintf(stderr, "exitcode: '%s' is nothing it can do; see its source\n", how);
  return 2;
}
