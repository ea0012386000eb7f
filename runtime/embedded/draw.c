/* draw.c: the random numbers of augmentation. What is drawn for an image is a
 * function of (seed, epoch, sample) and of the drawing's own stream. */
#include "runtime/embedded/internal.h"

#include <math.h>

/* [top, bottom, left, right] of a rectangle inside the image, without rows
 * where there is none, and its value. */
static void lathe_draw_box(lathe_dice *dice, const double *p, float *numbers) {
  const int happens = lathe_this_dice_happens(dice, p[0], p[1]);
  const double h = floor(sqrt(lathe_this_dice_uniform(dice, p[2], p[3])) * p[6]);
  const double w = floor(sqrt(lathe_this_dice_uniform(dice, p[2], p[3])) * p[5]);
  const double top = floor(lathe_this_dice_unit(dice) * (p[6] - h + 1));
  const double left = floor(lathe_this_dice_unit(dice) * (p[5] - w + 1));
  numbers[0] = (float)(p[8] + top);
  numbers[1] = (float)(p[8] + top + (happens ? h : 0));
  numbers[2] = (float)(p[7] + left);
  numbers[3] = (float)(p[7] + left + w);
  numbers[4] = (float)p[4];
}

/* What a stream of random numbers inside a kernel begins with: two whole numbers
 * that a float holds. */
static void lathe_draw_key(lathe_dice *dice, float *numbers) {
  for (int k = 0; k < 2; ++k)
    numbers[k] = (float)floor(lathe_this_dice_unit(dice) * 16777216);
}

/* Of a Gaussian filter with sum 1, from the middle outwards: those up to `reach`
 * are not 0. */
static void lathe_gaussian_weights(double sigma, int reach, int radius,
                                   float *weights) {
  double sum = 1;
  for (int k = 1; k <= reach; ++k)
    sum += 2 * exp(-0.5 * (k / sigma) * (k / sigma));
  for (int k = 0; k <= radius; ++k)
    weights[k] =
        (float)(k <= reach ? exp(-0.5 * (k / sigma) * (k / sigma)) / sum : 0);
}

static void lathe_draw_blur(lathe_dice *dice, const double *p, float *numbers) {
  const int happens = lathe_this_dice_happens(dice, p[0], p[1]);
  const int rows = (int)p[4], columns = (int)p[5];
  /* As Keras, which never divides by 0 so. */
  const double across = lathe_this_dice_uniform(dice, p[2], p[3]) + 1e-6;
  const double down = lathe_this_dice_uniform(dice, p[2], p[3]) + 1e-6;
  lathe_gaussian_weights(down, happens ? rows : 0, rows, numbers);
  lathe_gaussian_weights(across, happens ? columns : 0, columns,
                         numbers + rows + 1);
}

/* Keras's displacements: alpha·sigma times normal noise, smoothed by sigma. */
static void lathe_draw_elastic(lathe_dice *dice, const double *p,
                               float *numbers) {
  const int happens = lathe_this_dice_happens(dice, p[0], p[1]);
  const double scale = lathe_this_dice_uniform(dice, p[2], p[3]);
  const double width = p[4], height = p[5];
  const double alpha = 0.1 * scale * (width > height ? width : height);
  const double sigma = 0.05 * scale * (width < height ? width : height);
  const int radius = (int)p[6];
  lathe_draw_key(dice, numbers);
  numbers[2] = (float)(happens ? alpha * sigma : 0);
  for (int axis = 0; axis < 2; ++axis)
    lathe_gaussian_weights(sigma + 1e-6, 3 * (int)sigma, radius,
                           numbers + 3 + axis * (radius + 1));
}

static void lathe_draw_numbers(const lathe_draw *draw, lathe_dice *dice,
                               float *numbers) {
  const double *p = draw->numbers;
  switch (draw->kind) {
  case LATHE_DRAW_UNIFORM:
    numbers[0] = (float)lathe_this_dice_uniform(dice, p[0], p[1]);
    for (int32_t k = 1; k < (int32_t)p[2]; ++k)
      numbers[k] = (float)lathe_this_dice_uniform(dice, p[0], p[1]);
    break;
  case LATHE_DRAW_SIGNED: {
    const double sign = lathe_this_dice_sign(dice);
    numbers[0] = (float)(sign * lathe_this_dice_uniform(dice, p[0], p[1]));
    break;
  }
  case LATHE_DRAW_CHANCE:
    numbers[0] = (float)lathe_this_dice_happens(dice, p[0], p[1]);
    break;
  case LATHE_DRAW_ODDS: { /* as Keras, whose epsilon is 1e-7 */
    const double share = lathe_this_dice_uniform(dice, p[0], p[1]);
    numbers[0] = (float)(share / (1 - share + 1e-7));
    break;
  }
  case LATHE_DRAW_POLICY:
    lathe_this_draw_policy(dice, p, numbers);
    break;
  case LATHE_DRAW_AUGMIX:
    lathe_this_draw_augmix(dice, p, numbers);
    break;
  case LATHE_DRAW_NOISE:
    lathe_draw_key(dice, numbers);
    numbers[2] = (float)lathe_this_dice_uniform(dice, p[0], p[1]);
    numbers[3] = (float)lathe_this_dice_uniform(dice, p[2], p[3]);
    break;
  case LATHE_DRAW_BLUR:
    lathe_draw_blur(dice, p, numbers);
    break;
  case LATHE_DRAW_ELASTIC:
    lathe_draw_elastic(dice, p, numbers);
    break;
  default:
    lathe_draw_box(dice, p, numbers);
  }
}

LATHE_INTERNAL void lathe_this_draw(const lathe_draw *draws, int32_t count,
                                    uint64_t seed, int64_t epoch,
                                    int64_t sample, float *numbers) {
  lathe_dice dice;
  dice.key = lathe_this_random(seed, LATHE_AUGMENT_STREAM + (uint64_t)epoch,
                               (uint64_t)sample);
  for (int32_t i = 0; i < count; ++i)
    for (int32_t k = 0; k < 8 && lathe_this_draws_transform(draws[i].kind); ++k)
      numbers[draws[i].at + k] = k == 0 || k == 4 ? 1.0f : 0.0f;
  for (int32_t i = 0; i < count; ++i) {
    dice.stream = (uint64_t)draws[i].stream;
    dice.next = 0;
    float *at = numbers + draws[i].at;
    if (lathe_this_draws_transform(draws[i].kind))
      lathe_this_compose(&draws[i], &dice, at);
    else
      lathe_draw_numbers(&draws[i], &dice, at);
  }
}
