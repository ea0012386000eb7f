/* dice.c: numbers of several distributions, one after the other. */
#include "runtime/embedded/internal.h"

#include <math.h>

LATHE_INTERNAL double lathe_this_dice_unit(lathe_dice *dice) {
  const uint64_t bits =
      lathe_this_random(dice->key, dice->stream, dice->next++);
  return (double)(bits >> 11) * (1.0 / 9007199254740992.0);
}

LATHE_INTERNAL double lathe_this_dice_uniform(lathe_dice *dice, double low, double high) {
  return low + (high - low) * lathe_this_dice_unit(dice);
}
/* 1 with a chance that is uniform in [low, high]. */
LATHE_INTERNAL int lathe_this_dice_happens(lathe_dice *dice, double low, double high) {
  const double chance = lathe_this_dice_uniform(dice, low, high);
  return lathe_this_dice_unit(dice) < chance;
}
LATHE_INTERNAL double lathe_this_dice_sign(lathe_dice *dice) {
  return lathe_this_dice_unit(dice) < 0.5 ? -1 : 1;
}

/* Box and Muller: "A note on the generation of random normal deviates", 1958. */
static double lathe_dice_normal(lathe_dice *dice) {
  const double radius = 1 - lathe_this_dice_unit(dice);
  const double turn = lathe_this_dice_unit(dice);
  return sqrt(-2 * log(radius)) * cos(6.283185307179586 * turn);
}

/* Of the gamma distribution with shape `a` (Marsaglia, Tsang: "A simple method
 * for generating gamma variables", 2000). */
LATHE_INTERNAL double lathe_this_dice_gamma(lathe_dice *dice, double a) {
  double factor = 1;
  if (a < 1) {
    factor = pow(1 - lathe_this_dice_unit(dice), 1 / a);
    a += 1;
  }
  const double d = a - 1.0 / 3, c = 1 / sqrt(9 * d);
  for (;;) {
    const double x = lathe_dice_normal(dice), t = 1 + c * x;
    const double u = 1 - lathe_this_dice_unit(dice);
    if (t <= 0)
      continue;
    const double v = t * t * t;
    if (log(u) < 0.5 * x * x + d - d * v + d * log(v))
      return factor * d * v;
  }
}

LATHE_INTERNAL double lathe_this_dice_beta(lathe_dice *dice, double a) {
  const double x = lathe_this_dice_gamma(dice, a), y = lathe_this_dice_gamma(dice, a);
  if (x + y > 0)
    return x / (x + y);
  return lathe_this_dice_unit(dice) < 0.5; /* of a tiny `a`, all or nothing */
}
