// Shows what a task sees of file names, byte for byte:
//   names list DIR          each entry below DIR: kind, path in hexadecimal, size, a sum of its content
//   names copy FROM TO      the tree below FROM, links as links
//   names make DIR HEX...   a file of each name, whose content is the name
//   names args ARG...       each argument, in hexadecimal
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH = 4096 };

static int failures;

static void failed(const char *what) {
  printf("failed %s: ", what);
  puts(strerror(errno));
  failures++;
}

static void hex(const char *bytes) {
  for (const unsigned char *b = (const unsigned char *)bytes; *b; b++) printf("%02x", *b);
}

static uint64_t sum(const char *path) {
  uint64_t hash = 14695981039346656037u;  // FNV-1a
  FILE *file = fopen(path, "rb");
  if (!file) {
    failed("open");
    return 0;
  }
  for (int c; (c = getc(file)) != EOF;) hash = (hash ^ (uint64_t)c) * 1099511628211u;
  fclose(file);
  return hash;
}

static void copy(const char *from, const char *to) {
  FILE *in = fopen(from, "rb");
  FILE *out = in ? fopen(to, "wb") : NULL;
  if (!out) failed("copy");
  for (int c; out && (c = getc(in)) != EOF;) putc(c, out);
  if (out && fclose(out)) failed("close");
  if (in) fclose(in);
}

// Names in the order in which the directory lists them, which is a promise of the profile.
static void walk(const char *at, size_t top, const char *to) {
  static char target[PATH], link[PATH];
  char *path = malloc(PATH);  // Lives while what is below is walked, and the stack is small.
  DIR *directory = opendir(at);
  if (!directory || !path) {
    failed("opendir");
    return;
  }
  for (struct dirent *entry; (entry = readdir(directory));) {
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    struct stat info;
    snprintf(path, PATH, "%s/%s", at, entry->d_name);
    if (to) snprintf(target, sizeof target, "%s%s", to, path + top - 1);
    if (lstat(path, &info)) {
      failed("lstat");
      continue;
    }
    if (S_ISDIR(info.st_mode)) {
      printf("d ");
      hex(path + top);
      puts("");
      if (to && mkdir(target, 0755)) failed("mkdir");
      walk(path, top, to);
    } else if (S_ISLNK(info.st_mode)) {
      ssize_t length = readlink(path, link, sizeof link - 1);
      link[length < 0 ? 0 : length] = 0;
      printf("l ");
      hex(path + top);
      printf(" ");
      hex(link);
      puts("");
      if (to && symlink(link, target)) failed("symlink");
    } else {
      printf("f ");
      hex(path + top);
      printf(" %lld %016llx\n", (long long)info.st_size, (unsigned long long)sum(path));
      if (to) copy(path, target);
    }
  }
  closedir(directory);
  free(path);
}

static void make(const char *directory, const char *name) {
  char path[PATH];
  size_t at = (size_t)snprintf(path, sizeof path, "%s/", directory), begin = at;
  for (unsigned byte; sscanf(name, "%2x", &byte) == 1 && at < sizeof path - 1; name += 2) path[at++] = (char)byte;
  path[at] = 0;
  FILE *file = fopen(path, "wb");
  if (!file) {
    failed("make");
    return;
  }
  fputs(path + begin, file);
  fclose(file);
}

int main(int argc, char **argv) {
  if (argc == 3 && !strcmp(argv[1], "list")) {
    walk(argv[2], strlen(argv[2]) + 1, NULL);
  } else if (argc == 4 && !strcmp(argv[1], "copy")) {
    walk(argv[2], strlen(argv[2]) + 1, argv[3]);
  } else if (argc > 3 && !strcmp(argv[1], "make")) {
    for (int n = 3; n < argc; n++) make(argv[2], argv[n]);
  } else if (argc > 1 && !strcmp(argv[1], "args")) {
    for (int n = 2; n < argc; n++) {
      hex(argv[n]);
      puts("");
    }
  } else {
    fputs("names list DIR | copy FROM TO | make DIR HEX... | args ARG...\n", stderr);
    return 2;
  }
  return failures ? 1 : 0;
}
