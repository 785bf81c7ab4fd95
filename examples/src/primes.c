// Counts the primes below N by trial division: pure work for the CPU, no memory to speak of. For load tests.
//
//   primes [N]               N is 2,000,000 when not given: about a second
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static int is_prime(uint32_t n) {
  if (n < 4) return n > 1;
  if (n % 2 == 0 || n % 3 == 0) return 0;
  for (uint32_t d = 5; (uint64_t)d * d <= n; d += 6)
    if (n % d == 0 || n % (d + 2) == 0) return 0;
  return 1;
}

int main(int argc, char **argv) {
  char *end = "";
  unsigned long limit = argc > 1 ? strtoul(argv[1], &end, 10) : 2000000;
  if (*end || limit > 4000000000u) {
    fprintf(stderr, "primes: '%s' is no number up to 4000000000\n", argv[1]);
    return 2;
  }
  uint32_t count = 0;
  for (uint32_t n = 0; n < limit; n++) count += is_prime(n);
  printf("%u primes below %lu\n", count, limit);
  return 0;
}
