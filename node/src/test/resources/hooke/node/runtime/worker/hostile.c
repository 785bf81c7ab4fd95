// Programs that try to make a host work much longer, or hold much more, than their fuel pays for. Each goes on until its fuel ends.
// Build: clang --target=wasm32-wasi -O2 -Wno-unused-result -Wl,--strip-all -o hostile.wasm hostile.c
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wasi/api.h>

#define VECTORS 1024
static char memory[16 << 20];

static void die(const char *what) {
  perror(what);
  exit(1);
}

static int opened(const char *path, int flags) {
  int fd = open(path, flags, 0644);
  if (fd < 0) die(path);
  return fd;
}

static void many(const char *folder, int count) {
  mkdir(folder, 0755);
  for (int i = 0; i < count; i++) {
    char path[64];
    snprintf(path, sizeof path, "%s/%d", folder, i);
    close(opened(path, O_WRONLY | O_CREAT));
  }
}

int main(int argc, char **argv) {
  const char *how = argc > 1 ? argv[1] : "";
  size_t n;
  // A thousand buffers of a byte each, for a thousand calls to the host's file system.
  if (!strcmp(how, "write-vectors") || !strcmp(how, "read-vectors")) {
    int fd = opened("/out/f", O_RDWR | O_CREAT);
    if (write(fd, memory, 4096) != 4096) die("write");
    __wasi_ciovec_t out[VECTORS];
    __wasi_iovec_t in[VECTORS];
    for (int i = 0; i < VECTORS; i++) {
      out[i].buf = in[i].buf = (uint8_t *)memory + i;
      out[i].buf_len = in[i].buf_len = 1;
    }
    for (;;) {
      __wasi_fd_seek(fd, 0, __WASI_WHENCE_SET, (uint64_t *)memory);
      if (how[0] == 'w') __wasi_fd_write(fd, out, VECTORS, &n);
      else __wasi_fd_read(fd, in, VECTORS, &n);
    }
  }
  // Buffers that hold nothing, or are elsewhere.
  if (!strcmp(how, "empty-vectors")) {
    static __wasi_ciovec_t out[VECTORS];
    for (;;) __wasi_fd_write(1, out, VECTORS, &n);
  }
  if (!strcmp(how, "poll")) {
    static __wasi_subscription_t in[VECTORS];
    static __wasi_event_t out[VECTORS];
    for (int i = 0; i < VECTORS; i++) in[i].u.u.clock.timeout = 1ull << 62;
    for (;;) __wasi_poll_oneoff(in, out, VECTORS, &n);
  }
  if (!strcmp(how, "random"))
    for (;;) __wasi_random_get((uint8_t *)memory, sizeof memory);
  // A large directory, listed for the price of a look, and moved to and fro.
  if (!strcmp(how, "list")) {
    many("/out/d", 1000);
    int fd = opened("/out/d", O_RDONLY | O_DIRECTORY);
    for (;;) __wasi_fd_readdir(fd, (uint8_t *)memory, 0, 0, &n);
  }
  if (!strcmp(how, "move")) {
    many("/out/a", 1000);
    for (;;) {
      rename("/out/a", "/out/b");
      rename("/out/b", "/out/a");
    }
  }
  // A thousand descriptors that each keep a listing of their own.
  if (!strcmp(how, "listings")) {
    many("/out/d", 1000);
    for (;;) {
      int fd = open("/out/d", O_RDONLY | O_DIRECTORY);
      if (fd < 0) fd = 4;
      char path[64];
      snprintf(path, sizeof path, "/out/d/x%d", fd);
      mkdir(path, 0755);
      rmdir(path);
      __wasi_fd_readdir(fd, (uint8_t *)memory, 0, 0, &n);
    }
  }
  // The longest path there may be.
  if (!strcmp(how, "path")) {
    mkdir("/out/a", 0755);
    char *path = malloc(4096);
    for (int i = 0; i < 4090; i += 5) memcpy(path + i, "a/../", 5);
    __wasi_filestat_t stat;
    for (;;) __wasi_path_filestat_get(3, 0, (char *)path, &stat);
  }
  // A file that grows and shrinks, and one with a hole that is larger than any disk.
  if (!strcmp(how, "resize")) {
    int fd = opened("/out/f", O_RDWR | O_CREAT);
    for (;;) {
      ftruncate(fd, 512 << 10);
      pwrite(fd, "x", 1, (512 << 10) - 1);
      ftruncate(fd, 0);
    }
  }
  if (!strcmp(how, "sparse")) {
    int fd = opened("/out/f", O_RDWR | O_CREAT);
    lseek(fd, 1ll << 50, SEEK_SET);
    return write(fd, "x", 1) == 1 ? 0 : 2;
  }
  if (!strcmp(how, "allocate-sparse")) {
    int fd = opened("/out/f", O_RDWR | O_CREAT);
    return posix_fallocate(fd, 0, 1ll << 50) ? 2 : 0;
  }
  // As many files as go.
  if (!strcmp(how, "files")) many("/out/d", 1000000000);
  // Deleted, but open, and written to.
  if (!strcmp(how, "deleted"))
    for (int i = 0;; i++) {
      int fd = open("/out/f", O_RDWR | O_CREAT, 0644);
      if (fd < 0) fd = 4 + i % 1000;
      unlink("/out/f");
      write(fd, memory, 64 << 10);
    }
  return 3;
}
