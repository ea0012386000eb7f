/* guard.c: a training step either leaves parameters and state finite or leaves
 * them as they were. Before its first update it bounds the gradients: updates
 * by bounded gradients keep finite what is finite
 * (compiler/kernels/Optimizers.cpp). */
#include "runtime/embedded/internal.h"

#include <string.h>

enum {
  LATHE_SWEEP_PARTS = 64,         /* tasks of a sweep at most */
  LATHE_SWEEP_ELEMENTS = 1 << 14, /* and the fewest elements of one */
  LATHE_LARGEST_LOSS = 100,       /* exponents of 2 */
  LATHE_LARGEST_RATE = 20,
  LATHE_LARGEST_DECAYED = 90,
  LATHE_LARGEST_KEPT = 100
};

/* 2^exponent as a float's bits. Magnitudes compare as their bits do, infinity
 * and NaN above all else. */
static uint32_t lathe_power_bits(int32_t exponent) {
  return (uint32_t)(exponent + 127) << 23;
}

typedef struct lathe_sweep {
  const unsigned char *data;
  int64_t count, part;
  uint32_t largest[LATHE_SWEEP_PARTS];
} lathe_sweep;

/* Signed: the comparison that all vector instructions have. */
static uint32_t lathe_largest_of(const unsigned char *data, int64_t count) {
  int32_t largest = 0;
  for (int64_t i = 0; i < count; ++i) {
    int32_t bits;
    memcpy(&bits, data + 4 * i, 4);
    bits &= INT32_MAX;
    largest = bits > largest ? bits : largest;
  }
  return (uint32_t)largest;
}

static int lathe_sweep_part(void *user_context, int index, uint8_t *closure) {
  lathe_sweep *sweep = (lathe_sweep *)(void *)closure;
  const int64_t start = index * sweep->part;
  const int64_t left = sweep->count - start;
  (void)user_context;
  sweep->largest[index] = lathe_largest_of(
      sweep->data + 4 * start, left < sweep->part ? left : sweep->part);
  return 0;
}

/* The largest magnitude's bits. */
static uint32_t lathe_largest(const void *data, int64_t count) {
  lathe_sweep sweep;
  sweep.data = (const unsigned char *)data;
  sweep.count = count;
  sweep.part = (count + LATHE_SWEEP_PARTS - 1) / LATHE_SWEEP_PARTS;
  if (sweep.part < LATHE_SWEEP_ELEMENTS)
    sweep.part = LATHE_SWEEP_ELEMENTS;
  const int parts = (int)((count + sweep.part - 1) / sweep.part);
  halide_do_par_for(0, lathe_sweep_part, 0, parts, (uint8_t *)&sweep);
  uint32_t largest = 0;
  for (int i = 0; i < parts; ++i)
    largest = sweep.largest[i] > largest ? sweep.largest[i] : largest;
  return largest;
}

static float lathe_as_float(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

/* What a guard reads. */
typedef struct lathe_guarded {
  const unsigned char *regions[4]; /* as LATHE_VALUES_* says */
  int32_t n;
} lathe_guarded;

static int64_t lathe_count(const lathe_values *values, int32_t n) {
  return values->fixed + values->per_sample * n;
}

static uint32_t lathe_largest_value(const lathe_guarded *guarded,
                                    const lathe_values *values) {
  return lathe_largest(guarded->regions[values->region] + values->offset,
                       lathe_count(values, guarded->n));
}

static int lathe_is_bounded(const lathe_guarded *guarded,
                            const lathe_bound *bound) {
  const uint32_t limit = lathe_power_bits(bound->exponent);
  const uint32_t largest = lathe_largest_value(guarded, &bound->values);
  if (bound->terms.fixed + bound->terms.per_sample == 0)
    return largest < limit;
  /* A sum of so many products. */
  const uint32_t infinity = lathe_power_bits(128);
  const uint32_t factor = lathe_largest_value(guarded, &bound->factor);
  return largest < infinity && factor < infinity &&
         (double)lathe_as_float(largest) * (double)lathe_as_float(factor) *
                 (double)lathe_count(&bound->terms, guarded->n) <
             (double)lathe_as_float(limit);
}

/* The tensor at a place of params or state. */
static int64_t lathe_tensor_at(int32_t region, int64_t offset) {
  const lathe_model *model = &lathe_this_model;
  for (int32_t i = 0; i < model->tensor_count; ++i) {
    const lathe_tensor *tensor = &model->tensors[i];
    if (tensor->region == region && tensor->offset <= offset &&
        offset < tensor->offset + tensor->size)
      return i;
  }
  return LATHE_CULPRIT_LOSS;
}

/* The tensor that the bound is broken for: the first, where several are updated
 * as one. */
static int64_t lathe_culprit_of(const lathe_guarded *guarded,
                                const lathe_bound *bound) {
  const lathe_values *values = &bound->values;
  const unsigned char *data = guarded->regions[values->region] + values->offset;
  const int64_t count = bound->terms.fixed + bound->terms.per_sample
                            ? 0
                            : lathe_count(values, guarded->n);
  int64_t place = 0;
  while (place < count && lathe_largest_of(data + 4 * place, 1) <
                              lathe_power_bits(bound->exponent))
    ++place;
  return lathe_tensor_at(bound->region, bound->offset + 4 * place);
}

/* The first tensor, trainable where `trainable` says so, with an element of at
 * least 2^exponent. */
static int64_t lathe_first_beyond(const lathe_guarded *guarded, int32_t region,
                                  int32_t trainable, int32_t exponent) {
  const lathe_model *model = &lathe_this_model;
  for (int32_t i = 0; i < model->tensor_count; ++i) {
    const lathe_tensor *tensor = &model->tensors[i];
    if (tensor->region == region && tensor->dtype == LATHE_F32 &&
        tensor->trainable >= trainable &&
        lathe_largest(guarded->regions[region] + tensor->offset,
                      tensor->size / 4) >= lathe_power_bits(exponent))
      return i;
  }
  return LATHE_CULPRIT_NONE;
}

/* What may have caused it: a step cannot be finite where these are not. */
static int64_t lathe_cause(const lathe_guarded *guarded, int64_t culprit) {
  const int64_t count = lathe_this_image_size() * guarded->n;
  if (lathe_largest(guarded->regions[LATHE_VALUES_IMAGES], count) >=
      lathe_power_bits(128))
    return LATHE_CULPRIT_INPUT;
  const int64_t tensor = lathe_first_beyond(guarded, LATHE_PARAMS, 1, 128);
  return tensor >= 0 ? tensor : culprit;
}

/* The rate times what the recipe multiplies it with for some layers. Decay of
 * more than twice a weight makes it larger: then weights are bounded, too. */
static int64_t lathe_rate_culprit(const lathe_guarded *guarded) {
  const lathe_layout *layout = &lathe_this_layout;
  float rate;
  memcpy(&rate, guarded->regions[LATHE_STATE] + layout->learning_rate,
         sizeof(rate));
  const double largest = (rate < 0 ? -(double)rate : (double)rate) *
                         (layout->rate_factor > 1 ? layout->rate_factor : 1);
  if (!(largest <= (double)(1 << LATHE_LARGEST_RATE)))
    return lathe_tensor_at(LATHE_STATE, layout->learning_rate);
  if (largest * layout->weight_decay <= 2)
    return LATHE_CULPRIT_NONE;
  return lathe_first_beyond(guarded, LATHE_PARAMS, 1, LATHE_LARGEST_DECAYED);
}

/* Of what the step has written before it came here. */
static int64_t lathe_kept_culprit(const lathe_guarded *guarded) {
  const lathe_layout *layout = &lathe_this_layout;
  for (int32_t i = 0; i < layout->kept_count; ++i) {
    const lathe_kept *kept = &layout->kept[i];
    const unsigned char *data = guarded->regions[kept->region] + kept->offset;
    for (int64_t at = 0; kept->is_float && at < kept->size; at += 4)
      if (lathe_largest_of(data + at, 1) >=
          lathe_power_bits(LATHE_LARGEST_KEPT))
        return lathe_tensor_at(kept->region, kept->offset + at);
  }
  return LATHE_CULPRIT_NONE;
}

static int64_t lathe_guard_culprit(const lathe_guarded *guarded, float loss,
                                   int64_t due) {
  const lathe_layout *layout = &lathe_this_layout;
  if (lathe_largest_of((const unsigned char *)&loss, 1) >=
      lathe_power_bits(LATHE_LARGEST_LOSS))
    return LATHE_CULPRIT_LOSS;
  int64_t culprit = lathe_kept_culprit(guarded);
  if (culprit == LATHE_CULPRIT_NONE)
    culprit = lathe_rate_culprit(guarded);
  for (int32_t i = 0; culprit == LATHE_CULPRIT_NONE && i < layout->bound_count;
       ++i) {
    const lathe_bound *bound = &layout->bounds[i];
    if ((due || !bound->due) && !lathe_is_bounded(guarded, bound))
      culprit = lathe_culprit_of(guarded, bound);
  }
  return culprit;
}

static lathe_guard_record *lathe_guard_record_in(void *arena) {
  return (lathe_guard_record *)(void *)((unsigned char *)arena +
                                        lathe_this_layout.guard);
}

/* Copies what a step writes before its guard into the arena, or back. */
static void lathe_copy_kept(void *params, void *state, void *arena,
                            int restores) {
  const lathe_layout *layout = &lathe_this_layout;
  unsigned char *copy =
      (unsigned char *)arena + layout->guard + sizeof(lathe_guard_record);
  for (int32_t i = 0; i < layout->kept_count; ++i) {
    const lathe_kept *kept = &layout->kept[i];
    unsigned char *data =
        (unsigned char *)(kept->region == LATHE_PARAMS ? params : state) +
        kept->offset;
    memcpy(restores ? data : copy, restores ? copy : data, (size_t)kept->size);
    copy += kept->size;
  }
}

LATHE_INTERNAL int lathe_this_check_finite(const void *params,
                                           const void *state, void *arena) {
  lathe_guarded guarded;
  guarded.regions[LATHE_PARAMS] = (const unsigned char *)params;
  guarded.regions[LATHE_STATE] = (const unsigned char *)state;
  int64_t culprit = lathe_first_beyond(&guarded, LATHE_PARAMS, 0, 128);
  if (culprit == LATHE_CULPRIT_NONE)
    culprit = lathe_first_beyond(&guarded, LATHE_STATE, 0, 128);
  lathe_guard_record_in(arena)->culprit = culprit;
  return culprit == LATHE_CULPRIT_NONE ? LATHE_OK : LATHE_ERROR_NOT_FINITE;
}

LATHE_INTERNAL void lathe_this_begin_step(void *params, void *state,
                                          void *arena, int32_t due) {
  lathe_guard_record *record = lathe_guard_record_in(arena);
  record->due = due;
  record->culprit = LATHE_CULPRIT_NONE;
  lathe_copy_kept(params, state, arena, 0);
}

LATHE_INTERNAL int lathe_this_guard(const void *params, const void *state,
                                    void *arena, const float *images,
                                    const float *loss, int32_t n) {
  lathe_guard_record *record = lathe_guard_record_in(arena);
  lathe_guarded guarded;
  guarded.regions[LATHE_PARAMS] = (const unsigned char *)params;
  guarded.regions[LATHE_STATE] = (const unsigned char *)state;
  guarded.regions[LATHE_VALUES_ARENA] = (const unsigned char *)arena;
  guarded.regions[LATHE_VALUES_IMAGES] = (const unsigned char *)images;
  guarded.n = n;
  record->culprit = lathe_guard_culprit(&guarded, *loss, record->due);
  if (record->culprit == LATHE_CULPRIT_NONE)
    return 0;
  record->culprit = lathe_cause(&guarded, record->culprit);
  return 1;
}

LATHE_INTERNAL int lathe_this_end_step(void *params, void *state, void *arena) {
  if (lathe_guard_record_in(arena)->culprit == LATHE_CULPRIT_NONE)
    return LATHE_OK;
  lathe_copy_kept(params, state, arena, 1);
  return LATHE_ERROR_NOT_FINITE;
}

const char *lathe_this_first_not_finite(const void *arena) {
  const lathe_model *model = &lathe_this_model;
  if (!arena || lathe_this_layout.guard < 0)
    return 0;
  const int64_t culprit =
      ((const lathe_guard_record *)(const void *)((const unsigned char *)arena +
                                                  lathe_this_layout.guard))
          ->culprit;
  if (culprit == LATHE_CULPRIT_LOSS)
    return "loss";
  if (culprit == LATHE_CULPRIT_INPUT)
    return model->input_ports[0].name;
  return culprit >= 0 && culprit < model->tensor_count
             ? model->tensors[culprit].name
             : 0;
}
