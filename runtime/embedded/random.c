/* random.c: random numbers and permutations without state: each value is a
 * function of its place, so order, threads and interruptions do not matter. */
#include "runtime/embedded/internal.h"

/* SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
 * generators", OOPSLA 2014; finalizer constants from Stafford's variant 13).
 * Its generator only adds the golden gamma to its state, so output number i
 * comes without computing those before it. */
static uint64_t lathe_splitmix64(uint64_t seed, uint64_t i) {
  uint64_t z = seed + (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

LATHE_INTERNAL uint64_t lathe_this_random(uint64_t seed, uint64_t stream,
                                          uint64_t i) {
  return lathe_splitmix64(lathe_splitmix64(seed, stream), i);
}

/* A balanced Feistel network permutes [0, 2^(2h)) (Luby, Rackoff: "How to
 * construct pseudorandom permutations from pseudorandom functions", 1988).
 * Following a value until it falls below count permutes [0, count): "cycle
 * walking" (Black, Rogaway: "Ciphers with arbitrary finite domains", CT-RSA
 * 2002). The domain is less than 4 * count, so that is under 4 turns on
 * average. */
LATHE_INTERNAL int64_t lathe_this_shuffled(uint64_t seed, int64_t epoch,
                                           int64_t i, int64_t count) {
  const uint64_t key =
      lathe_splitmix64(seed, LATHE_SHUFFLE_STREAM + (uint64_t)epoch);
  int half = 1;
  while (half < 31 && (INT64_C(1) << (2 * half)) < count)
    ++half;
  const uint64_t mask = (UINT64_C(1) << half) - 1;

  uint64_t value = (uint64_t)i;
  do {
    uint64_t left = value >> half, right = value & mask;
    for (uint64_t round = 0; round < 6; ++round) {
      uint64_t next =
          left ^ (lathe_splitmix64(key, round << 32 | right) & mask);
      left = right;
      right = next;
    }
    value = left << half | right;
  } while (value >= (uint64_t)count);
  return (int64_t)value;
}
