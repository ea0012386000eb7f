/* Compares a model's gradients with finite differences of its loss.
 *
 * The model is trained by SGD with learning rate 1, so that one step subtracts
 * the gradient. For each parameter tensor the derivative of the loss along a
 * direction in that tensor, half its gradient and half random, is compared with
 * the central difference. Prints the largest relative difference per tensor.
 *   cc -DHEADER='"NAME.h"' -DMODEL=NAME_model check_gradients.c NAME.o -lm */
#include HEADER

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t generator = 12345;

static double uniform(void) {
  generator = generator * 6364136223846793005u + 1442695040888963407u;
  return (double)(generator >> 40) / (double)(1 << 24);
}

static void *aligned(int64_t size) {
  void *memory = aligned_alloc((size_t)MODEL.align, (size_t)size);
  if (memory == NULL)
    exit(1);
  return memory;
}

static double loss_at(const void *params, void *arena, const lathe_dataset *data) {
  lathe_metrics metrics;
  if (MODEL.evaluate(params, arena, data, &metrics) != LATHE_OK)
    exit(1);
  return metrics.loss;
}

int main(void) {
  const lathe_model *model = &MODEL;
  char *params = aligned(model->params_size), *stepped = aligned(model->params_size);
  char *moved = aligned(model->params_size), *state = aligned(model->state_size);
  char *arena = aligned(model->train_arena_size);
  int64_t image = 1;
  for (int i = 0; i < model->input_rank; ++i)
    image *= model->input_shape[i];
  float *images = malloc((size_t)(model->batch * image) * sizeof(float));
  int32_t *labels = malloc((size_t)model->batch * sizeof(int32_t));
  for (int64_t i = 0; i < model->batch * image; ++i)
    images[i] = (float)(2 * uniform() - 1);
  for (int i = 0; i < model->batch; ++i)
    labels[i] = (int32_t)(uniform() * model->classes);
  lathe_dataset data;
  memset(&data, 0, sizeof data);
  data.count = model->batch;
  data.images = images;
  data.labels = labels;

  /* Biases away from zero, so that no activation sits at a kink. */
  if (model->init(params, state, 7) != LATHE_OK)
    return 1;
  for (int t = 0; t < model->tensor_count; ++t)
    if (model->tensors[t].region == LATHE_PARAMS && model->tensors[t].rank == 1)
      for (int64_t i = 0; i < model->tensors[t].shape[0]; ++i)
        ((float *)(params + model->tensors[t].offset))[i] = (float)(0.4 * uniform() - 0.2);
  memcpy(stepped, params, (size_t)model->params_size);
  float loss = 0;
  if (model->train_step(stepped, state, arena, images, labels, model->batch, &loss) != LATHE_OK)
    return 1;
  double evaluated = loss_at(params, arena, &data);
  if (fabs(evaluated - loss) > 1e-5 * fabs(evaluated)) {
    printf("train_step's loss %.9g is not evaluate's %.9g\n", loss, evaluated);
    return 1;
  }

  int bad = 0;
  for (int t = 0; t < model->tensor_count; ++t) {
    const lathe_tensor *tensor = &model->tensors[t];
    if (tensor->region != LATHE_PARAMS)
      continue;
    int64_t count = tensor->size / (int64_t)sizeof(float);
    const float *before = (const float *)(params + tensor->offset);
    const float *after = (const float *)(stepped + tensor->offset);
    double gradient_norm = 0, random_norm = 0;
    double *direction = malloc((size_t)count * sizeof(double)), *gradient = malloc((size_t)count * sizeof(double));
    for (int64_t i = 0; i < count; ++i) {
      gradient[i] = (double)before[i] - (double)after[i];
      direction[i] = 2 * uniform() - 1;
      gradient_norm += gradient[i] * gradient[i];
      random_norm += direction[i] * direction[i];
    }
    double expected = 0, epsilon = 5e-4;
    for (int64_t i = 0; i < count; ++i) {
      direction[i] = direction[i] / sqrt(random_norm) + gradient[i] / sqrt(gradient_norm + 1e-30);
      expected += direction[i] * gradient[i];
    }
    double values[2];
    for (int side = 0; side < 2; ++side) {
      memcpy(moved, params, (size_t)model->params_size);
      float *place = (float *)(moved + tensor->offset);
      for (int64_t i = 0; i < count; ++i)
        place[i] = (float)(before[i] + (side ? epsilon : -epsilon) * direction[i]);
      values[side] = loss_at(moved, arena, &data);
    }
    double measured = (values[1] - values[0]) / (2 * epsilon);
    double difference = fabs(measured - expected) / (fabs(expected) + 1e-3);
    printf("%s: derivative %.5f, finite difference %.5f\n", tensor->name, expected, measured);
    if (!(difference < 0.02)) {
      printf("%s: they differ\n", tensor->name);
      bad = 1;
    }
    free(direction);
    free(gradient);
  }
  return bad;
}
