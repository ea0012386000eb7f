/* init.c: fresh parameters and state. */
#include "runtime/embedded/internal.h"

#include <math.h>
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

/* e^-t. Additions and multiplications alone give the same value everywhere. */
static double lathe_exp_minus(double t) {
  const double x = -t / 64;
  double term = 1, sum = 1;
  for (int k = 1; k <= 12; ++k) {
    term *= x / k;
    sum += term;
  }
  for (int k = 0; k < 6; ++k)
    sum *= sum;
  return sum;
}

/* Normal, without what is further than `limit` from 0, by rejection: a uniform
 * value x stays with the probability e^(-x²/2). At a limit of 6 four of five
 * go, and 256 in a row with a probability of 1e-25. */
static float lathe_normal(uint64_t seed, uint64_t stream, uint64_t i,
                          float limit) {
  for (uint64_t attempt = 0; attempt < 256; ++attempt) {
    const uint64_t bits = lathe_this_random(seed, stream, i << 8 | attempt);
    const float x =
        (float)((int32_t)(bits >> 40) - (1 << 23)) * (1.0f / (1 << 23)) * limit;
    const double u = (double)(uint32_t)bits * (1.0 / 4294967296.0);
    if (u < lathe_exp_minus(0.5 * (double)x * (double)x))
      return x;
  }
  return 0;
}

static void lathe_fill_normal(float *data, int64_t count, float stddev,
                              float limit, uint64_t seed, uint64_t stream) {
  for (int64_t i = 0; i < count; ++i)
    data[i] = lathe_normal(seed, stream, (uint64_t)i, limit) * stddev;
}

/* `count` vectors of `size` elements: element i of vector j is
 * data[j * next_vector + i * next_element]. */
typedef struct lathe_vectors {
  float *data;
  int64_t count, size, next_vector, next_element;
} lathe_vectors;

static double lathe_dot(const lathe_vectors *vectors, int64_t j, int64_t k) {
  const float *a = vectors->data + j * vectors->next_vector;
  const float *b = vectors->data + k * vectors->next_vector;
  double sum = 0;
  for (int64_t i = 0; i < vectors->size; ++i)
    sum += (double)a[i * vectors->next_element] *
           (double)b[i * vectors->next_element];
  return sum;
}

/* Modified Gram-Schmidt, each vector twice: "twice is enough" (Giraud, Langou,
 * Rozloznik: "The loss of orthogonality in the Gram-Schmidt orthogonalization
 * process", 2005). Keras takes Q of a QR decomposition with a positive
 * diagonal of R, which is the same. */
static void lathe_orthogonalize(const lathe_vectors *vectors) {
  for (int64_t j = 0; j < vectors->count; ++j) {
    float *vector = vectors->data + j * vectors->next_vector;
    for (int64_t k = 0; k < 2 * j; ++k) {
      const int64_t other = k < j ? k : k - j;
      const float *before = vectors->data + other * vectors->next_vector;
      const double share = lathe_dot(vectors, j, other);
      for (int64_t i = 0; i < vectors->size; ++i)
        vector[i * vectors->next_element] -=
            (float)(share * (double)before[i * vectors->next_element]);
    }
    const double length = sqrt(lathe_dot(vectors, j, j));
    for (int64_t i = 0; i < vectors->size && length > 0; ++i)
      vector[i * vectors->next_element] =
          (float)((double)vector[i * vectors->next_element] / length);
  }
}

/* The tensor as a matrix with its last extent as columns: these are
 * orthonormal, or the rows where there are fewer. Times `gain`. */
static void lathe_fill_orthogonal(float *data, int64_t count, int64_t columns,
                                  float gain, uint64_t seed, uint64_t stream) {
  const int64_t rows = columns ? count / columns : 0;
  lathe_vectors vectors;
  vectors.data = data;
  vectors.count = rows < columns ? rows : columns;
  vectors.size = rows < columns ? columns : rows;
  vectors.next_vector = rows < columns ? columns : 1;
  vectors.next_element = rows < columns ? 1 : columns;
  lathe_fill_normal(data, count, 1, 6, seed, stream);
  lathe_orthogonalize(&vectors);
  for (int64_t i = 0; i < count; ++i)
    data[i] *= gain;
}

static void lathe_fill(const lathe_tensor *tensor, unsigned char *data,
                       uint64_t seed, uint64_t stream) {
  int64_t count = 1;
  for (int32_t axis = 0; axis < tensor->rank; ++axis)
    count *= tensor->shape[axis];
  float *values = (float *)(void *)data;
  const float value = tensor->init_value;
  switch (tensor->initializer) {
  case LATHE_INIT_UNIFORM:
    lathe_fill_uniform(values, count, value, seed, stream);
    break;
  case LATHE_INIT_NORMAL:
    lathe_fill_normal(values, count, value, 6, seed, stream);
    break;
  case LATHE_INIT_TRUNCATED_NORMAL:
    lathe_fill_normal(values, count, value, 2, seed, stream);
    break;
  case LATHE_INIT_DATA:
    memcpy(data, tensor->init_data, (size_t)tensor->size);
    break;
  case LATHE_INIT_ORTHOGONAL:
    lathe_fill_orthogonal(values, count,
                          tensor->rank ? tensor->shape[tensor->rank - 1] : 1,
                          value, seed, stream);
    break;
  default:
    if (value != 0)
      lathe_fill_constant(data, tensor->dtype, count, value);
    break;
  }
}

int lathe_this_init(void *params, void *state, uint64_t seed) {
  const int trains = lathe_this_layout.seed >= 0;
  int status = lathe_this_check_memory(params, params, trains ? state : params);
  if (status != LATHE_OK)
    return status;

  /* Padding too: equal seeds give equal bytes. */
  memset(params, 0, (size_t)lathe_this_model.params_size);
  if (trains)
    memset(state, 0, (size_t)lathe_this_model.state_size);
  for (int32_t i = 0; i < lathe_this_model.tensor_count; ++i) {
    const lathe_tensor *tensor = &lathe_this_model.tensors[i];
    unsigned char *region =
        (unsigned char *)(tensor->region == LATHE_PARAMS ? params : state);
    lathe_fill(tensor, region + tensor->offset, seed, (uint64_t)i);
  }

  if (!trains)
    return LATHE_OK;
  unsigned char *bytes = (unsigned char *)state;
  *(int64_t *)(void *)(bytes + lathe_this_layout.seed) = (int64_t)seed;
  *(float *)(void *)(bytes + lathe_this_layout.learning_rate) =
      lathe_this_model.recipe.learning_rate;
  return LATHE_OK;
}
