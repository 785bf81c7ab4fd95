// Sorting and memory: an array sorted by heap and by partition, and counted in an open hash table.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t seed = 88172645463325252u;

static uint64_t next(void) {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return seed;
}

static void sift(uint32_t *a, size_t root, size_t n) {
  uint32_t value = a[root];
  for (;;) {
    size_t child = 2 * root + 1;
    if (child >= n) break;
    if (child + 1 < n && a[child] < a[child + 1]) child++;
    if (a[child] <= value) break;
    a[root] = a[child];
    root = child;
  }
  a[root] = value;
}

static void heap_sort(uint32_t *a, size_t n) {
  for (size_t i = n / 2; i-- > 0;) sift(a, i, n);
  for (size_t end = n - 1; end > 0; end--) {
    uint32_t top = a[0];
    a[0] = a[end];
    a[end] = top;
    sift(a, 0, end);
  }
}

static int compare(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

static void quick_sort(uint32_t *a, long low, long high) {
  while (low < high) {
    uint32_t pivot = a[low + (high - low) / 2];
    long i = low, j = high;
    while (i <= j) {
      while (compare(&a[i], &pivot) < 0) i++;
      while (compare(&a[j], &pivot) > 0) j--;
      if (i <= j) {
        uint32_t t = a[i];
        a[i++] = a[j];
        a[j--] = t;
      }
    }
    if (j - low < high - i) {
      quick_sort(a, low, j);
      low = i;
    } else {
      quick_sort(a, i, high);
      high = j;
    }
  }
}

int main(int argc, char **argv) {
  size_t n = argc > 1 ? (size_t)atol(argv[1]) : 10000;
  uint32_t *a = malloc(n * sizeof *a), *b = malloc(n * sizeof *b);
  size_t slots = 1;
  while (slots < 2 * n) slots *= 2;
  uint32_t *keys = malloc(slots * sizeof *keys), *counts = malloc(slots * sizeof *counts);
  if (!a || !b || !keys || !counts) return 1;
  uint64_t sum = 0;
  for (size_t i = 0; i < n; i++) a[i] = (uint32_t)(next() >> 20) % (uint32_t)(n / 2 + 1) + 1;
  memcpy(b, a, n * sizeof *a);
  heap_sort(a, n);
  memset(keys, 0, slots * sizeof *keys);
  memset(counts, 0, slots * sizeof *counts);
  for (size_t i = 0; i < n; i++) {
    size_t at = b[i] * 2654435761u & (slots - 1);
    while (keys[at] && keys[at] != b[i]) at = (at + 1) & (slots - 1);
    keys[at] = b[i];
    counts[at]++;
  }
  quick_sort(b, 0, (long)n - 1);
  for (size_t i = 0; i < n; i++) {
    if (a[i] != b[i]) return 2;
    sum = sum * 31 + a[i];
  }
  for (size_t i = 0; i < slots; i++) sum += (uint64_t)keys[i] * counts[i];
  printf("%llu\n", (unsigned long long)sum);
  return 0;
}
