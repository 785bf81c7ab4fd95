// String work: makes a text, folds its case, splits it into words, counts them in a chained hash table, searches it, and encodes it.
// Its loops are its own: the C library's would compare one library's vector code with another's plain code.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 4096

struct word {
  struct word *next;
  unsigned count;
  unsigned length;
  char text[];
};

static struct word *table[BUCKETS];
static uint32_t seed = 2463534242u;

static uint32_t next(void) {
  seed ^= seed << 13;
  seed ^= seed >> 17;
  seed ^= seed << 5;
  return seed;
}

static int same(const char *a, const char *b, size_t length) {
  for (size_t i = 0; i < length; i++)
    if (a[i] != b[i]) return 0;
  return 1;
}

static void count(const char *text, size_t length) {
  uint32_t hash = 2166136261u;
  for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)text[i]) * 16777619u;
  struct word **at = &table[hash % BUCKETS];
  for (; *at; at = &(*at)->next) {
    if ((*at)->length == length && same((*at)->text, text, length)) {
      (*at)->count++;
      return;
    }
  }
  struct word *word = malloc(sizeof *word + length + 1);
  if (!word) exit(1);
  word->next = NULL;
  word->count = 1;
  word->length = (unsigned)length;
  memcpy(word->text, text, length);
  *at = word;
}

// Horspool's search.
static unsigned search(const char *text, size_t length, const char *wanted, size_t n) {
  size_t skip[256];
  unsigned found = 0;
  for (int i = 0; i < 256; i++) skip[i] = n;
  for (size_t i = 0; i + 1 < n; i++) skip[(unsigned char)wanted[i]] = n - 1 - i;
  for (size_t at = 0; at + n <= length; at += skip[(unsigned char)text[at + n - 1]]) found += (unsigned)same(text + at, wanted, n);
  return found;
}

static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static size_t base64(const char *from, size_t length, char *to) {
  size_t out = 0;
  for (size_t i = 0; i + 2 < length; i += 3) {
    uint32_t three = (uint32_t)(unsigned char)from[i] << 16 | (uint32_t)(unsigned char)from[i + 1] << 8 | (unsigned char)from[i + 2];
    to[out++] = DIGITS[three >> 18];
    to[out++] = DIGITS[three >> 12 & 63];
    to[out++] = DIGITS[three >> 6 & 63];
    to[out++] = DIGITS[three & 63];
  }
  return out;
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

static int blank(char c) { return c == ' ' || c == '\n'; }

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 10;
  static const char *syllables[] = {"ka", "lo", "mi", "ren", "tas", "u", "vor", "Zel", "ix", "PO", "qua", "dra", "n", "esk", "Ho", "y"};
  size_t capacity = 1 << 18, length = 0;
  char *text = malloc(capacity + 64), *folded = malloc(capacity + 64), *encoded = malloc(2 * capacity);
  if (!text || !folded || !encoded) return 1;
  while (length < capacity) {
    for (uint32_t n = 1 + next() % 3; n > 0; n--)
      for (const char *s = syllables[next() % 16]; *s; s++) text[length++] = *s;
    text[length++] = next() % 9 ? ' ' : '\n';
  }
  unsigned long long sum = 0;
  for (int r = 0; r < rounds; r++) {
    for (size_t i = 0; i < length; i++) folded[i] = lower(text[i]);
    for (size_t i = 0; i < length;) {
      while (i < length && blank(folded[i])) i++;
      size_t start = i;
      while (i < length && !blank(folded[i])) i++;
      if (i > start) count(folded + start, i - start);
    }
    sum += search(folded, length, "mirento", 7) + search(folded, length, "ka ka", 5);
    size_t n = base64(folded, length, encoded);
    for (size_t i = 0; i < n; i += 101) sum = sum * 31 + (unsigned char)encoded[i];
    text[(unsigned)r * 977 % length] = 'a';
  }
  unsigned words = 0;
  for (int i = 0; i < BUCKETS; i++) {
    for (struct word *w = table[i]; w; w = w->next) {
      words++;
      sum += w->count * (unsigned long long)w->length;
    }
  }
  printf("%u %llu\n", words, sum);
  return 0;
}
