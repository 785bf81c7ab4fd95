// Writes down all that a task can see and compute, in bytes and without a C library's help, so that two machines can be compared:
// arguments, environment, clocks, random numbers, the tree of files with every name, number, size and time, floating point at
// its edges, and the errors of calls that must fail. Leaves files under hostile names in /out and in the working directory.
// `hooke selftest` runs it before a provider puts a bond at stake.
#include <stdint.h>
#include <wasi/api.h>

static uint8_t line[1 << 16];
static uint32_t used;

static void flush(void) {
  __wasi_ciovec_t all = {line, used};
  __wasi_size_t written;
  used = 0;
  if (all.buf_len && __wasi_fd_write(1, &all, 1, &written)) __builtin_trap();
}

static void put(const void *bytes, uint32_t length) {
  for (uint32_t n = 0; n < length; n++) {
    if (used == sizeof line) flush();
    line[used++] = ((const uint8_t *)bytes)[n];
  }
}

static uint32_t length(const char *text) {
  uint32_t n = 0;
  while (text[n]) n++;
  return n;
}

static void text(const char *words) { put(words, length(words)); }

static void hex(const void *bytes, uint32_t count) {
  for (uint32_t n = 0; n < count; n++) {
    uint8_t byte = ((const uint8_t *)bytes)[n];
    put(&"0123456789abcdef"[byte >> 4], 1);
    put(&"0123456789abcdef"[byte & 15], 1);
  }
}

static void number(uint64_t value) {
  char digits[20];
  uint32_t n = sizeof digits;
  do digits[--n] = (char)('0' + value % 10);
  while (value /= 10);
  put(digits + n, sizeof digits - n);
}

static void field(uint64_t value) {
  text(" ");
  number(value);
}

static void words(const char *what, __wasi_errno_t (*sizes)(__wasi_size_t *, __wasi_size_t *),
                  __wasi_errno_t (*get)(uint8_t **, uint8_t *)) {
  static uint8_t *each[256];
  static uint8_t bytes[1 << 15];
  __wasi_size_t count, total;
  if (sizes(&count, &total) || count > 256 || total > sizeof bytes || get(each, bytes)) __builtin_trap();
  for (uint32_t n = 0; n < count; n++) {
    text(what);
    hex(each[n], length((const char *)each[n]));
    text("\n");
  }
}

static void clocks(void) {
  for (uint32_t clock = 0; clock < 5; clock++) {
    __wasi_timestamp_t now = 0;
    text("clock");
    field(clock);
    field(__wasi_clock_time_get(clock, 0, &now));
    field(now);
    text("\n");
  }
}

static void chance(void) {
  uint8_t bytes[32];
  text("random ");
  if (__wasi_random_get(bytes, sizeof bytes)) __builtin_trap();
  hex(bytes, sizeof bytes);
  text("\n");
}

static void attributes(const __wasi_filestat_t *file) {
  field(file->dev);
  field(file->ino);
  field(file->filetype);
  field(file->nlink);
  field(file->size);
  field(file->atim);
  field(file->mtim);
  field(file->ctim);
}

static void content(__wasi_fd_t file) {
  static uint8_t bytes[4096];
  __wasi_iovec_t part = {bytes, sizeof bytes};
  __wasi_size_t got;
  uint64_t hash = 14695981039346656037u;  // FNV-1a
  while (!__wasi_fd_read(file, &part, 1, &got) && got)
    for (uint32_t n = 0; n < got; n++) hash = (hash ^ bytes[n]) * 1099511628211u;
  text(" sum");
  field(hash);
}

// Everything below a directory, in the order in which it is listed.
static void tree(__wasi_fd_t directory, uint32_t depth) {
  static uint8_t listings[8][1 << 14];
  uint8_t *listing = listings[depth];
  __wasi_dircookie_t cookie = 0;
  __wasi_size_t got;
  do {
    if (__wasi_fd_readdir(directory, listing, sizeof listings[0], cookie, &got)) __builtin_trap();
    uint32_t at = 0;
    while (at + sizeof(__wasi_dirent_t) <= got) {
      __wasi_dirent_t entry;
      __builtin_memcpy(&entry, listing + at, sizeof entry);
      char name[256];
      if (at + sizeof entry + entry.d_namlen > got || entry.d_namlen >= sizeof name) break;
      __builtin_memcpy(name, listing + at + sizeof entry, entry.d_namlen);
      name[entry.d_namlen] = 0;
      at += sizeof entry + entry.d_namlen;
      cookie = entry.d_next;
      for (uint32_t n = 0; n < depth; n++) text("  ");
      hex(name, entry.d_namlen);
      field(entry.d_ino);
      field(entry.d_type);
      __wasi_filestat_t file;
      if (!__wasi_path_filestat_get(directory, 0, name, &file)) attributes(&file);
      if (name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]))) {
        text("\n");
        continue;
      }
      if (entry.d_type == __WASI_FILETYPE_SYMBOLIC_LINK) {
        uint8_t target[1024];
        __wasi_size_t bytes;
        text(" to ");
        if (!__wasi_path_readlink(directory, name, target, sizeof target, &bytes)) hex(target, bytes);
      }
      __wasi_fd_t inner;
      int within = entry.d_type == __WASI_FILETYPE_DIRECTORY;
      __wasi_errno_t error = within || entry.d_type == __WASI_FILETYPE_REGULAR_FILE
          ? __wasi_path_open(directory, 0, name, within ? __WASI_OFLAGS_DIRECTORY : 0,
                             __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_READDIR, 0, 0, &inner)
          : __WASI_ERRNO_INVAL;
      if (!error && !within) content(inner);
      text("\n");
      if (!error && within && depth + 1 < 8) tree(inner, depth + 1);
      if (!error) (void)__wasi_fd_close(inner);
    }
  } while (got == sizeof listings[0]);
}

// Names that a host's file system, locale or code page may not know; the last one is no text and must be refused.
static const char *const NAMES[] = {
    "plain", "with space", "\xc3\xa9", "e\xcc\x81", "\xe5\x90\x8d", "\xf0\x9f\x98\x80", "new\nline", "back\\slash", "CON", "a:b",
    "Case", "case", "\xef\xbc\xa1", "\xee\x80\x80", "\xff",
};

static void leave(const char *folder) {
  for (uint32_t n = 0; n < sizeof NAMES / sizeof *NAMES; n++) {
    char path[64];
    uint32_t at = length(folder), end = length(NAMES[n]);
    __builtin_memcpy(path, folder, at);
    __builtin_memcpy(path + at, NAMES[n], end);
    path[at + end] = 0;
    __wasi_fd_t file;
    __wasi_errno_t error = __wasi_path_open(3, 0, path, __WASI_OFLAGS_CREAT, __WASI_RIGHTS_FD_WRITE, 0, 0, &file);
    text("leave ");
    hex(path, at + end);
    field(error);
    text("\n");
    if (error) continue;
    __wasi_ciovec_t name = {(const uint8_t *)NAMES[n], end};
    __wasi_size_t written;
    if (__wasi_fd_write(file, &name, 1, &written) || __wasi_fd_close(file)) __builtin_trap();
  }
}

static void refusals(void) {
  __wasi_fd_t file;
  text("refused");
  field(__wasi_path_open(3, 0, "/etc/passwd", 0, __WASI_RIGHTS_FD_READ, 0, 0, &file));
  field(__wasi_path_open(3, 0, "../etc/passwd", 0, __WASI_RIGHTS_FD_READ, 0, 0, &file));
  field(__wasi_path_open(3, 0, "in/missing", 0, __WASI_RIGHTS_FD_READ, 0, 0, &file));
  field(__wasi_path_open(3, 0, "in/new", __WASI_OFLAGS_CREAT, __WASI_RIGHTS_FD_WRITE, 0, 0, &file));
  field(__wasi_path_create_directory(3, "in/new"));
  field(__wasi_fd_close(77));
  text("\n");
}

// Through memory that a compiler cannot see through, so that the engine computes it.
static void doubles(volatile double *v, uint32_t count) {
  for (uint32_t a = 0; a < count; a++) {
    for (uint32_t b = 0; b < count; b++) {
      double made[] = {v[a] + v[b], v[a] - v[b], v[a] * v[b], v[a] / v[b], __builtin_sqrt(v[a]),
                       __builtin_floor(v[a]), __builtin_trunc(v[b]), (double)(float)v[a]};
      hex(made, sizeof made);
      text("\n");
    }
  }
}

int main(void) {
  volatile double edges[] = {0.0, -0.0, 1.0, 0.1, -3.5, 4.9e-324, 2.2250738585072014e-308, 1.7976931348623157e308,
                             __builtin_inf(), -__builtin_inf(), __builtin_nan("1"), 16777217.0};
  words("arg ", __wasi_args_sizes_get, __wasi_args_get);
  words("env ", __wasi_environ_sizes_get, __wasi_environ_get);
  clocks();
  chance();
  leave("out/");
  leave("tmp/");
  leave("");
  refusals();
  tree(3, 0);
  doubles(edges, sizeof edges / sizeof *edges);
  clocks();
  flush();
  return 0;
}
