// Counts lines, words and bytes of files, or of all files below directories, and the words seen most often.
//
//   wordcount PATH...        writes a table to stdout and /out/counts.tsv; reads stdin when no path is given
//
// A word is a run of ASCII letters, digits, apostrophes and bytes above 127; letters are folded to lower case.
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MOST_FREQUENT 20
#define WORD_BYTES 64

struct entry {
  char *word;
  uint64_t count;
};

static struct entry *table;
static size_t slots, words_known;
static uint64_t all_lines, all_words, all_bytes;
static int failures;
static FILE *report;

static void fatal(const char *what) {
  fprintf(stderr, "wordcount: %s: %s\n", what, strerror(errno));
  exit(2);
}

static uint64_t hash(const char *s) {
  uint64_t h = 1469598103934665603u;
  while (*s) h = (h ^ (unsigned char)*s++) * 1099511628211u;
  return h;
}

static struct entry *slot_of(struct entry *in, size_t n, const char *word) {
  size_t i = hash(word) & (n - 1);
  while (in[i].word && strcmp(in[i].word, word)) i = (i + 1) & (n - 1);
  return &in[i];
}

static void add(const char *word) {
  if (words_known * 2 >= slots) {
    size_t n = slots ? slots * 2 : 4096;
    struct entry *larger = calloc(n, sizeof *larger);
    if (!larger) fatal("memory");
    for (size_t i = 0; i < slots; i++)
      if (table[i].word) *slot_of(larger, n, table[i].word) = table[i];
    free(table);
    table = larger;
    slots = n;
  }
  struct entry *e = slot_of(table, slots, word);
  if (!e->word) {
    if (!(e->word = strdup(word))) fatal("memory");
    words_known++;
  }
  e->count++;
}

static void count(FILE *in, const char *name) {
  static char buffer[1 << 16];
  uint64_t lines = 0, words = 0, bytes = 0;
  char word[WORD_BYTES];
  size_t length = 0, n;
  while ((n = fread(buffer, 1, sizeof buffer, in)) > 0) {
    bytes += n;
    for (size_t i = 0; i < n; i++) {
      unsigned char c = buffer[i];
      lines += c == '\n';
      if (c >= 'A' && c <= 'Z') c += 'a' - 'A';
      if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '\'' || c > 127) {
        if (length < WORD_BYTES - 1) word[length++] = c;
      } else if (length) {
        word[length] = 0;
        add(word);
        words++;
        length = 0;
      }
    }
  }
  if (length) {
    word[length] = 0;
    add(word);
    words++;
  }
  if (ferror(in)) {
    fprintf(stderr, "wordcount: %s: %s\n", name, strerror(errno));
    failures++;
  }
  printf("%8llu %8llu %10llu %s\n", lines, words, bytes, name);
  fprintf(report, "%s\t%llu\t%llu\t%llu\n", name, lines, words, bytes);
  all_lines += lines;
  all_words += words;
  all_bytes += bytes;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }

static void visit(const char *path) {
  struct stat s;
  if (stat(path, &s)) {
    fprintf(stderr, "wordcount: %s: %s\n", path, strerror(errno));
    failures++;
  } else if (S_ISDIR(s.st_mode)) {
    DIR *d = opendir(path);
    if (!d) fatal(path);
    char **names = NULL;
    size_t n = 0, room = 0;
    for (struct dirent *e; (e = readdir(d));) {
      if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")) continue;
      if (n == room && !(names = realloc(names, (room = room ? room * 2 : 16) * sizeof *names))) fatal("memory");
      if (asprintf(&names[n++], "%s/%s", path, e->d_name) < 0) fatal("memory");
    }
    closedir(d);
    qsort(names, n, sizeof *names, by_name);
    for (size_t i = 0; i < n; i++) {
      visit(names[i]);
      free(names[i]);
    }
    free(names);
  } else {
    FILE *in = fopen(path, "rb");
    if (in) {
      count(in, path);
      fclose(in);
    } else {
      fprintf(stderr, "wordcount: %s: %s\n", path, strerror(errno));
      failures++;
    }
  }
}

static int by_count(const void *a, const void *b) {
  const struct entry *x = a, *y = b;
  return x->count != y->count ? (x->count < y->count ? 1 : -1) : strcmp(x->word, y->word);
}

int main(int argc, char **argv) {
  if (!(report = fopen("/out/counts.tsv", "w"))) fatal("/out/counts.tsv");
  fputs("file\tlines\twords\tbytes\n", report);
  if (argc < 2) count(stdin, "-");
  for (int i = 1; i < argc; i++) visit(argv[i]);
  printf("%8llu %8llu %10llu total\n", all_lines, all_words, all_bytes);
  size_t n = 0;
  for (size_t i = 0; i < slots; i++)
    if (table[i].word) table[n++] = table[i];
  qsort(table, n, sizeof *table, by_count);
  printf("\n%zu different words; most frequent:\n", n);
  fputs("\nword\tcount\n", report);
  for (size_t i = 0; i < n && i < MOST_FREQUENT; i++) {
    printf("%8llu %s\n", table[i].count, table[i].word);
    fprintf(report, "%s\t%llu\n", table[i].word, table[i].count);
  }
  if (fclose(report)) fatal("/out/counts.tsv");
  return failures ? 1 : 0;
}
