/* init.c: fresh parameters and state. */
#include "runtime/embedded/internal.h"

#include <string.h>

static void lathe_fill_constant(unsigned char *data, int32_t dtype,
                                int64_t count, float value) {
  for (int64_t i = 0; i < count; ++i) {
    switch (dtype) {
    case LATHE_F32:
      ((float *)(void *)data)[i] = value;
      break;
    case LATHE_F64:
      ((double *)(void *)data)[i] = value;
      break;
    case LATHE_I32:
      ((int32_t *)(void *)data)[i] = (int32_t)value;
      break;
    default:
      ((int64_t *)(void *)data)[i] = (int64_t)value;
      break;
    }
  }
}

/* Uniform in [-limit, limit), the tensor's number being its random stream. 24
 * bits scaled by a power of two are exact in float, so that every compiler gets
 * the same value. */
static void lathe_fill_uniform(float *data, int64_t count, float limit,
                               uint64_t seed, uint64_t stream) {
  for (int64_t i = 0; i < count; ++i) {
    int32_t bits =
        (int32_t)(lathe_this_random(seed, stream, (uint64_t)i) >> 40);
    data[i] = (float)(bits - (1 << 23)) * (1.0f / (1 << 23)) * limit;
  }
}

int lathe_this_init(void *params, void *state, uint64_t seed) {
  int status = lathe_this_check_memory(params, state, state);
  if (status != LATHE_OK)
    return status;

  /* Padding too: equal seeds give equal bytes. */
  memset(params, 0, (size_t)lathe_this_model.params_size);
  memset(state, 0, (size_t)lathe_this_model.state_size);
  for (int32_t i = 0; i < lathe_this_model.tensor_count; ++i) {
    const lathe_tensor *tensor = &lathe_this_model.tensors[i];
    unsigned char *region =
        (unsigned char *)(tensor->region == LATHE_PARAMS ? params : state);
    unsigned char *data = region + tensor->offset;
    int64_t count = 1;
    for (int32_t axis = 0; axis < tensor->rank; ++axis)
      count *= tensor->shape[axis];
    if (tensor->initializer == LATHE_INIT_UNIFORM)
      lathe_fill_uniform((float *)(void *)data, count, tensor->init_value, seed,
                         (uint64_t)i);
    else if (tensor->init_value != 0)
      lathe_fill_constant(data, tensor->dtype, count, tensor->init_value);
  }

  unsigned char *bytes = (unsigned char *)state;
  *(int64_t *)(void *)(bytes + lathe_this_layout.seed) = (int64_t)seed;
  *(float *)(void *)(bytes + lathe_this_layout.learning_rate) =
      lathe_this_model.recipe.learning_rate;
  return LATHE_OK;
}
