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

/* What one training step works on. */
static char *params, *stepped, *state, *stepped_state, *arena;
static float *images;
static int32_t *labels;
static float *weights; /* of the samples, where the model takes them */

static int train_step(float *loss) {
  if (MODEL.train_step_weighted)
    return MODEL.train_step_weighted(stepped, stepped_state, arena, images,
                                     labels, weights, MODEL.batch, loss);
  return MODEL.train_step(stepped, stepped_state, arena, images, labels,
                          MODEL.batch, loss);
}

/* The loss of a training step from `from`: with dropout, and always the same
 * elements of it. The step's parameters are left in `stepped`. */
static double loss_at(const char *from) {
  float loss = 0;
  memcpy(stepped, from, (size_t)MODEL.params_size);
  memcpy(stepped_state, state, (size_t)MODEL.state_size);
  if (train_step(&loss) != LATHE_OK)
    exit(1);
  return loss;
}

int main(void) {
  const lathe_model *model = &MODEL;
  char *moved = aligned(model->params_size),
       *after_step = aligned(model->params_size);
  params = aligned(model->params_size);
  stepped = aligned(model->params_size);
  state = aligned(model->state_size);
  stepped_state = aligned(model->state_size);
  arena = aligned(model->train_arena_size);
  int64_t image = 1;
  for (int i = 0; i < model->input_rank; ++i)
    image *= model->input_shape[i];
  images = malloc((size_t)(model->batch * image) * sizeof(float));
  labels = malloc((size_t)(model->batch * model->label_size) * sizeof(int32_t));
  for (int64_t i = 0; i < model->batch * image; ++i)
    images[i] = (float)(2 * uniform() - 1);
  for (int i = 0; i < model->batch * model->label_size; ++i)
    labels[i] =
        (int32_t)(uniform() * (model->label_size == 1 ? model->classes : 2));

  weights = malloc((size_t)model->batch * sizeof(float));
  for (int i = 0; i < model->batch && model->train_step_weighted; ++i)
    weights[i] = (float)(3 * uniform());

  /* Biases away from zero, so that no activation sits at a kink. */
  if (model->init(params, state, 7) != LATHE_OK)
    return 1;
  for (int t = 0; t < model->tensor_count; ++t)
    if (model->tensors[t].region == LATHE_PARAMS && model->tensors[t].rank == 1)
      for (int64_t i = 0; i < model->tensors[t].shape[0]; ++i)
        ((float *)(params + model->tensors[t].offset))[i] =
            (float)(0.4 * uniform() - 0.2);
  loss_at(params);
  memcpy(after_step, stepped, (size_t)model->params_size);

  int bad = 0;
  for (int t = 0; t < model->tensor_count; ++t) {
    const lathe_tensor *tensor = &model->tensors[t];
    if (tensor->region != LATHE_PARAMS)
      continue;
    int64_t count = tensor->size / (int64_t)sizeof(float);
    const float *before = (const float *)(params + tensor->offset);
    const float *after = (const float *)(after_step + tensor->offset);
    double gradient_norm = 0, random_norm = 0;
    double *direction = malloc((size_t)count * sizeof(double)),
           *gradient = malloc((size_t)count * sizeof(double));
    for (int64_t i = 0; i < count; ++i) {
      gradient[i] = (double)before[i] - (double)after[i];
      direction[i] = 2 * uniform() - 1;
      gradient_norm += gradient[i] * gradient[i];
      random_norm += direction[i] * direction[i];
    }
    double expected = 0, epsilon = 2.5e-4;
    for (int64_t i = 0; i < count; ++i) {
      direction[i] = direction[i] / sqrt(random_norm) +
                     gradient[i] / sqrt(gradient_norm + 1e-30);
      expected += direction[i] * gradient[i];
    }
    double values[2];
    for (int side = 0; side < 2; ++side) {
      memcpy(moved, params, (size_t)model->params_size);
      float *place = (float *)(moved + tensor->offset);
      for (int64_t i = 0; i < count; ++i)
        place[i] =
            (float)(before[i] + (side ? epsilon : -epsilon) * direction[i]);
      values[side] = loss_at(moved);
    }
    double measured = (values[1] - values[0]) / (2 * epsilon);
    double difference = fabs(measured - expected) / (fabs(expected) + 0.05);
    printf("%s: derivative %.5f, finite difference %.5f\n", tensor->name,
           expected, measured);
    if (!(difference < 0.02)) {
      printf("%s: they differ\n", tensor->name);
      bad = 1;
    }
    free(direction);
    free(gradient);
  }
  return bad;
}
