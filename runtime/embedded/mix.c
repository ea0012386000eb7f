/* mix.c: images and labels mixed with others of their batch. */
#include "runtime/embedded/internal.h"

#include <math.h>
#include <string.h>

/* One of them, by their weights. */
static int32_t lathe_mix_choice(lathe_dice *dice, const lathe_draw *mixes,
                                int32_t count) {
  double total = 0;
  for (int32_t i = 0; i < count; ++i)
    total += mixes[i].numbers[0];
  double left = lathe_this_dice_unit(dice) * total;
  int32_t which = 0;
  while (which + 1 < count && left >= mixes[which].numbers[0])
    left -= mixes[which++].numbers[0];
  return which;
}

LATHE_INTERNAL void lathe_this_draw_mix(const lathe_draw *mixes, int32_t count,
                                        uint64_t seed, int64_t epoch,
                                        int64_t place, int32_t n,
                                        float *numbers) {
  lathe_dice dice;
  dice.key = lathe_this_random(seed, LATHE_MIX_STREAM + (uint64_t)epoch,
                               (uint64_t)place);
  dice.stream = 0;
  dice.next = 0;
  const int32_t which = lathe_mix_choice(&dice, mixes, count);
  const double last = mixes[which].numbers[7];
  const int happens = lathe_this_dice_unit(&dice) < mixes[which].numbers[1] &&
                      (last <= 0 || (double)epoch < last);
  const double *p = mixes[which].numbers + 2;
  const double alpha = mixes[which].kind == LATHE_DRAW_CUTMIX
                           ? p[0] * lathe_this_dice_unit(&dice) + 1e-6
                           : p[0];
  for (int32_t i = 0; i < n; ++i) {
    float *row = numbers + 6 * i;
    dice.stream = 1 + (uint64_t)i;
    dice.next = 0;
    const double share = happens ? lathe_this_dice_beta(&dice, alpha) : 1;
    row[0] = (float)lathe_this_shuffled(dice.key, 0, i, n);
    row[1] = (float)share;
    for (int32_t k = 2; k < 6; ++k)
      row[k] = 0;
    if (mixes[which].kind != LATHE_DRAW_CUTMIX)
      continue;
    const double side = sqrt(1 - share);
    const double w = floor(p[1] * side), h = floor(p[2] * side);
    const double left = floor(lathe_this_dice_unit(&dice) * (p[1] - w + 1));
    const double top = floor(lathe_this_dice_unit(&dice) * (p[2] - h + 1));
    row[1] = 1;
    row[2] = (float)(p[4] + top);
    row[3] = (float)(p[4] + top + h);
    row[4] = (float)(p[3] + left);
    row[5] = (float)(p[3] + left + w);
  }
}

/* The share of an image in what `row` makes of it. */
static float lathe_mix_share(const float *row, double width, double height) {
  const double area = (double)(row[3] - row[2]) * (double)(row[5] - row[4]);
  return (float)(row[1] * (1 - area / (width * height)));
}

/* What becomes of the images' labels: those of the larger shares, which accuracy
 * counts, in `firsts`. */
static void lathe_mix_labels(const float *numbers, int32_t n, int32_t *firsts,
                             int32_t *others, float *shares) {
  const lathe_draw *mixes = lathe_this_layout.mixes;
  const int64_t size = lathe_this_model.label_size;
  for (int32_t i = 0; i < n; ++i) {
    const float *row = numbers + 6 * i;
    memcpy(others + i * size, firsts + (int64_t)row[0] * size,
           (size_t)size * sizeof(int32_t));
    shares[i] = lathe_mix_share(row, mixes[0].numbers[3], mixes[0].numbers[4]);
  }
  for (int32_t i = 0; i < n; ++i) {
    if (shares[i] >= 0.5f)
      continue;
    shares[i] = 1 - shares[i];
    for (int64_t k = i * size; k < (i + 1) * size; ++k) {
      const int32_t label = firsts[k];
      firsts[k] = others[k];
      others[k] = label;
    }
  }
}

LATHE_INTERNAL void lathe_this_mix_batch(void *arena, lathe_batch *batch,
                                         int32_t n, uint64_t seed,
                                         int64_t epoch, int64_t place) {
  const lathe_layout *layout = &lathe_this_layout;
  const int64_t size = lathe_this_model.label_size;
  unsigned char *bytes = (unsigned char *)arena;
  float *numbers = (float *)arena; /* of the step, which comes later */
  lathe_this_draw_mix(layout->mixes, layout->mix_count, seed, epoch, place, n,
                      numbers);
  float *augmented = (float *)(void *)(bytes + layout->augmented);
  float *mixed =
      batch->images == augmented ? batch->staging_images : augmented;
  lathe_this_step_mix(arena, batch->images, numbers, mixed, n);
  batch->images = mixed;

  if (batch->labels != batch->staging_labels)
    memcpy(batch->staging_labels, batch->labels,
           (size_t)(n * size) * sizeof(int32_t));
  batch->labels = batch->staging_labels;
  batch->others = (int32_t *)(void *)(bytes + layout->mix_others);
  batch->shares = (float *)(void *)(bytes + layout->mix_shares);
  lathe_mix_labels(numbers, n, batch->staging_labels, batch->others,
                   batch->shares);
}

int lathe_this_mix(void *arena, const float *images, const int32_t *labels,
                   int n, uint64_t seed, int64_t epoch, int64_t place,
                   float *mixed, int32_t *firsts, int32_t *others,
                   float *shares) {
  const lathe_layout *layout = &lathe_this_layout;
  const int status = lathe_this_check_memory(arena, arena, arena);
  if (status != LATHE_OK)
    return status;
  if (!images || !labels || !mixed || !firsts || !others || !shares || n < 0 ||
      n > lathe_this_model.batch || epoch < 0 || place < 0 ||
      !layout->mix_count)
    return LATHE_ERROR_ARGUMENT;
  if (n == 0)
    return LATHE_OK;
  float *numbers = (float *)arena;
  lathe_this_draw_mix(layout->mixes, layout->mix_count, seed, epoch, place, n,
                      numbers);
  lathe_this_step_mix(arena, images, numbers, mixed, n);
  memcpy(firsts, labels,
         (size_t)(n * (int64_t)lathe_this_model.label_size) * sizeof(int32_t));
  lathe_mix_labels(numbers, n, firsts, others, shares);
  return LATHE_OK;
}
