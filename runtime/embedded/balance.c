/* balance.c: training data whose classes are of unequal sizes. fit weighs the
 * losses, or draws the samples of each epoch so that all classes are equally
 * frequent. What place i of an epoch holds is a function of (seed, epoch, i)
 * and of the labels, as everything random: nothing is listed, and a resumed
 * training draws the same.
 *
 * For that each sample has a share in an epoch: how often it is in it, or in
 * proportion to what it is drawn. Place v of all shares, one sample's after the
 * other's, is found through the sums at the begin of each block of samples. */
#include "runtime/embedded/internal.h"

#include <string.h>

/* What the shares of a class add up to where samples are drawn: large enough
 * that rounding them to integers changes no share by more than 2^-20. */
#define LATHE_CLASS_SHARES (UINT64_C(1) << 40)

static int32_t lathe_balance_label(const lathe_samples *samples, int64_t i) {
  return samples->data->labels[samples->first + i];
}

LATHE_INTERNAL int lathe_this_begin_balance(lathe_balance *balance,
                                            lathe_samples *train) {
  const lathe_recipe *recipe = &lathe_this_model.recipe;
  if (!recipe->balance_classes && !recipe->sampling)
    return LATHE_OK;
  if (!train->data->labels || (recipe->sampling && !train->shuffle))
    return LATHE_ERROR_ARGUMENT;
  const int status =
      lathe_this_check_labels(train->data->labels + train->first, train->count);
  if (status != LATHE_OK)
    return status;
  balance->count = train->count;
  for (int64_t i = 0; i < train->count; ++i)
    balance->sizes[lathe_balance_label(train, i)] += 1;
  int64_t most = 0, least = 0;
  for (int32_t c = 0; c < lathe_this_model.classes; ++c) {
    const int64_t size = balance->sizes[c];
    if (size == 0)
      continue;
    balance->classes += 1;
    most = size > most ? size : most;
    least = least == 0 || size < least ? size : least;
  }
  if (recipe->sampling == LATHE_SAMPLING_OVER)
    balance->each = most;
  else if (recipe->sampling == LATHE_SAMPLING_UNDER)
    balance->each = least;
  if (balance->each)
    train->count = balance->each * balance->classes;
  train->balance = balance;
  return LATHE_OK;
}

/* Decides which samples of a class are once more in an epoch than others. */
static uint64_t lathe_balance_key(const lathe_samples *samples, int64_t i) {
  return lathe_this_random(samples->seed,
                           LATHE_SAMPLING_STREAM + (uint64_t)samples->epoch,
                           (uint64_t)i);
}

static uint64_t lathe_balance_share(const lathe_samples *samples, int64_t i) {
  const lathe_balance *balance = samples->balance;
  const int32_t label = lathe_balance_label(samples, i);
  const int64_t size = balance->sizes[label];
  if (!balance->each)
    return LATHE_CLASS_SHARES / (uint64_t)size;
  uint64_t share = (uint64_t)(balance->each / size);
  if (balance->each % size)
    share += lathe_balance_key(samples, i) < balance->bounds[label];
  return share;
}

/* Of each class, the bound that as many keys are below as samples are in the
 * epoch once more: found bit by bit, keys being different. */
static void lathe_balance_bounds(lathe_balance *balance,
                                 const lathe_samples *samples) {
  memset(balance->bounds, 0, sizeof(balance->bounds));
  for (uint64_t bit = UINT64_C(1) << 63; bit; bit >>= 1) {
    memset(balance->below, 0, sizeof(balance->below));
    for (int64_t i = 0; i < balance->count; ++i) {
      const int32_t label = lathe_balance_label(samples, i);
      balance->below[label] +=
          lathe_balance_key(samples, i) < (balance->bounds[label] | bit);
    }
    for (int32_t c = 0; c < lathe_this_model.classes; ++c)
      if (balance->sizes[c] &&
          balance->below[c] <= balance->each % balance->sizes[c])
        balance->bounds[c] |= bit;
  }
}

LATHE_INTERNAL void
lathe_this_begin_balanced_epoch(lathe_balance *balance,
                                const lathe_samples *train) {
  if (!train->balance || !lathe_this_model.recipe.sampling)
    return;
  if (balance->each)
    lathe_balance_bounds(balance, train);
  balance->block =
      (balance->count + LATHE_BALANCE_BLOCKS - 1) / LATHE_BALANCE_BLOCKS;
  uint64_t sum = 0;
  for (int64_t i = 0; i < balance->count; ++i) {
    if (i % balance->block == 0)
      balance->starts[i / balance->block] = sum;
    sum += lathe_balance_share(train, i);
  }
  balance->total = sum;
}

LATHE_INTERNAL int64_t lathe_this_balanced_sample(const lathe_samples *samples,
                                                  int64_t place) {
  const lathe_balance *balance = samples->balance;
  uint64_t at;
  if (balance->each)
    at = (uint64_t)lathe_this_shuffled(samples->seed, samples->epoch, place,
                                       samples->count);
  else
    at = lathe_this_random(samples->seed,
                           LATHE_SAMPLING_STREAM + (uint64_t)samples->epoch,
                           (uint64_t)place) %
         balance->total;
  int64_t first = 0, last = (balance->count - 1) / balance->block;
  while (first < last) { /* the last block that does not begin behind it */
    const int64_t middle = (first + last + 1) / 2;
    if (balance->starts[middle] <= at)
      first = middle;
    else
      last = middle - 1;
  }
  at -= balance->starts[first];
  int64_t i = first * balance->block;
  for (uint64_t share; at >= (share = lathe_balance_share(samples, i)); ++i)
    at -= share;
  return i;
}

/* What the loss of a sample with this label counts. */
static double lathe_balance_weight(const lathe_balance *balance,
                                   int32_t label) {
  return (double)balance->count /
         ((double)balance->classes * (double)balance->sizes[label]);
}

LATHE_INTERNAL int lathe_this_balance_weights(const lathe_samples *samples,
                                              lathe_batch *batch, int32_t n) {
  const lathe_balance *balance = samples->balance;
  if (!balance || !lathe_this_model.recipe.balance_classes)
    return LATHE_OK;
  for (int32_t i = 0; i < n; ++i) /* does get_batch give other labels? */
    if (!balance->sizes[batch->labels[i]] ||
        (batch->others && !balance->sizes[batch->others[i]]))
      return LATHE_ERROR_LABEL;
  for (int32_t i = 0; i < n; ++i) {
    double weight = lathe_balance_weight(balance, batch->labels[i]);
    if (batch->others) { /* each of the two labels counts its own */
      const double first = weight * (double)batch->shares[i];
      weight = first + lathe_balance_weight(balance, batch->others[i]) *
                           (1 - (double)batch->shares[i]);
      batch->shares[i] = (float)(first / weight);
    }
    batch->staging_weights[i] *= (float)weight;
  }
  return LATHE_OK;
}
