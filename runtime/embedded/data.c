/* data.c: checks of what a host passes in, and how samples reach a step. */
#include "runtime/embedded/internal.h"

#include <string.h>

/* How many samples one call of get_batch is asked for at most: their numbers
 * stand on the stack. */
enum { LATHE_GATHER_SAMPLES = 256 };

LATHE_INTERNAL int lathe_this_check_memory(const void *a, const void *b,
                                           const void *c) {
  if (!lathe_this_cpu_supported())
    return LATHE_ERROR_CPU;
  if (!a || !b || !c)
    return LATHE_ERROR_ARGUMENT;
  if (((uintptr_t)a | (uintptr_t)b | (uintptr_t)c) &
      (uintptr_t)(lathe_this_model.align - 1))
    return LATHE_ERROR_ALIGNMENT;
  return LATHE_OK;
}

LATHE_INTERNAL int lathe_this_check_labels(const int32_t *labels, int64_t n) {
  const int64_t size = lathe_this_model.label_size;
  const int32_t values = size == 1 ? lathe_this_model.classes : 2;
  for (int64_t i = 0; i < n * size; ++i)
    if (labels[i] < 0 || labels[i] >= values)
      return LATHE_ERROR_LABEL;
  return LATHE_OK;
}

LATHE_INTERNAL int lathe_this_check_weights(const float *weights, int64_t n) {
  if (!weights)
    return LATHE_OK;
  if (lathe_this_layout.train.weights < 0)
    return LATHE_ERROR_WEIGHT;
  for (int64_t i = 0; i < n; ++i)
    if (!(weights[i] >= 0) || !lathe_this_is_finite(weights[i]))
      return LATHE_ERROR_WEIGHT;
  return LATHE_OK;
}

LATHE_INTERNAL int lathe_this_check_dataset(const lathe_dataset *data) {
  if (!data || data->count < 0 ||
      (data->image_type != LATHE_F32 && data->image_type != LATHE_U8))
    return LATHE_ERROR_ARGUMENT;
  const int status =
      lathe_this_check_weights(data->sample_weights, data->count);
  if (status != LATHE_OK)
    return status;
  if (!data->images)
    return data->get_batch ? LATHE_OK : LATHE_ERROR_ARGUMENT;
  if (!data->labels)
    return LATHE_ERROR_ARGUMENT;
  return lathe_this_check_labels(data->labels, data->count);
}

LATHE_INTERNAL int64_t lathe_this_image_size(void) {
  int64_t size = 1;
  for (int32_t axis = 0; axis < lathe_this_model.input_rank; ++axis)
    size *= lathe_this_model.input_shape[axis];
  return size;
}

LATHE_INTERNAL lathe_batch lathe_this_batch_in(void *arena,
                                               const lathe_stage *stage) {
  unsigned char *bytes = (unsigned char *)arena;
  lathe_batch batch;
  batch.staging_images = (float *)(void *)(bytes + stage->images);
  batch.staging_labels = (int32_t *)(void *)(bytes + stage->labels);
  batch.staging_weights =
      stage->weights < 0 ? 0 : (float *)(void *)(bytes + stage->weights);
  batch.images = batch.staging_images;
  batch.labels = batch.staging_labels;
  batch.weights = batch.staging_weights;
  batch.others = 0;
  batch.shares = 0;
  return batch;
}

/* The weights of samples that have none. */
LATHE_INTERNAL const float *lathe_this_ones(float *weights, int32_t n) {
  for (int32_t i = 0; i < n && weights; ++i)
    weights[i] = 1;
  return weights;
}

/* Arrays of floats in order need no copy. */
static int lathe_uses_arrays(const lathe_samples *samples) {
  return samples->data->images && samples->data->image_type == LATHE_F32 &&
         !samples->shuffle && !samples->balance;
}

/* The sample at a place of the order. */
static int64_t lathe_sample_at(const lathe_samples *samples, int64_t place) {
  if (samples->balance && lathe_this_model.recipe.sampling)
    place = lathe_this_balanced_sample(samples, place);
  else if (samples->shuffle)
    place = lathe_this_shuffled(samples->seed, samples->epoch, place,
                                samples->count);
  return samples->first + place;
}

/* Of arrays: the samples with these numbers. */
static void lathe_gather(const lathe_dataset *data, const int64_t *numbers,
                         int32_t count, float *images, int32_t *labels) {
  const int64_t image = lathe_this_image_size();
  const int64_t size = lathe_this_model.label_size;
  for (int32_t i = 0; i < count; ++i) {
    if (data->image_type == LATHE_U8)
      lathe_this_floats_of((const unsigned char *)data->images +
                               numbers[i] * image,
                           images + i * image, image);
    else
      memcpy(images + i * image,
             (const float *)data->images + numbers[i] * image,
             (size_t)image * sizeof(float));
    memcpy(labels + i * size, data->labels + numbers[i] * size,
           (size_t)size * sizeof(int32_t));
  }
}

/* By get_batch. */
static int lathe_ask(const lathe_dataset *data, const int64_t *numbers,
                     int32_t count, float *images, int32_t *labels) {
  const int64_t values = count * lathe_this_image_size();
  const int is_bytes = data->image_type == LATHE_U8;
  void *place =
      is_bytes ? (void *)lathe_this_bytes_place(images, values) : images;
  if (data->get_batch(data->context, numbers, count, place, labels) != 0)
    return LATHE_ERROR_DATA;
  if (is_bytes)
    lathe_this_widen(images, values);
  return LATHE_OK;
}

LATHE_INTERNAL int lathe_this_get_batch(const lathe_samples *samples,
                                        int64_t start, int32_t n,
                                        lathe_batch *batch) {
  const lathe_dataset *data = samples->data;
  const int64_t image = lathe_this_image_size();
  const int64_t size = lathe_this_model.label_size;
  batch->weights = lathe_this_ones(batch->staging_weights, n);
  if (lathe_uses_arrays(samples)) {
    const int64_t first = samples->first + start;
    batch->images = (const float *)data->images + first * image;
    batch->labels = data->labels + first * size;
    if (data->sample_weights)
      batch->weights = data->sample_weights + first;
    return LATHE_OK;
  }

  for (int32_t done = 0; done < n;) {
    int64_t numbers[LATHE_GATHER_SAMPLES];
    int32_t count =
        n - done < LATHE_GATHER_SAMPLES ? n - done : LATHE_GATHER_SAMPLES;
    for (int32_t i = 0; i < count; ++i) {
      numbers[i] = lathe_sample_at(samples, start + done + i);
      if (data->sample_weights)
        batch->staging_weights[done + i] = data->sample_weights[numbers[i]];
    }
    float *images = batch->staging_images + done * image;
    int32_t *labels = batch->staging_labels + done * size;
    if (data->images)
      lathe_gather(data, numbers, count, images, labels);
    else if (lathe_ask(data, numbers, count, images, labels) != LATHE_OK)
      return LATHE_ERROR_DATA;
    done += count;
  }
  batch->images = batch->staging_images;
  batch->labels = batch->staging_labels;
  return data->images ? LATHE_OK : lathe_this_check_labels(batch->labels, n);
}

LATHE_INTERNAL void lathe_this_announce(const lathe_samples *samples,
                                        int64_t start, int32_t n) {
  const lathe_dataset *data = samples->data;
  if (start >= samples->count || data->images || !data->announce)
    return;
  if (n > samples->count - start)
    n = (int32_t)(samples->count - start);
  for (int32_t done = 0; done < n;) {
    int64_t numbers[LATHE_GATHER_SAMPLES];
    int32_t count =
        n - done < LATHE_GATHER_SAMPLES ? n - done : LATHE_GATHER_SAMPLES;
    for (int32_t i = 0; i < count; ++i)
      numbers[i] = lathe_sample_at(samples, start + done + i);
    data->announce(data->context, numbers, count);
    done += count;
  }
}
