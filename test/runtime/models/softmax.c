/* softmax.c: a model written by hand in the place of a compiled one: softmax
 * regression on 6x6 grey images, 3 classes, SGD with momentum. FAKE_* macros
 * choose the recipe. */
#include "runtime/embedded/internal.h"

#include <math.h>
#include <string.h>

#ifndef FAKE_RECIPE
#define FAKE_RECIPE                                                            \
  {                                                                            \
    "sgd", "categorical_crossentropy", LATHE_METRIC_ACCURACY, 0.5f, 8, 4, 1,   \
        LATHE_SPLIT_NONE, 0, 0, 0, 0, 0, 0, 0, 0, 0                            \
  }
#endif
#ifndef FAKE_VERSION
#define FAKE_VERSION LATHE_ARTIFACT_VERSION
#endif
#ifndef FAKE_WEIGHTS /* 1: takes sample weights */
#define FAKE_WEIGHTS 0
#endif
#ifndef FAKE_CLASS_NAMES /* 0: the model names none */
#define FAKE_CLASS_NAMES fake_classes
#endif
#ifndef FAKE_DATA
#define FAKE_DATA ""
#endif
#ifndef FAKE_X86_LEVEL
#define FAKE_X86_LEVEL 0
#endif

enum { FAKE_BATCH = 16, FAKE_PIXELS = 36, FAKE_CLASSES = 3 };

typedef struct fake_params {
  float kernel[FAKE_PIXELS * FAKE_CLASSES];
  float bias[FAKE_CLASSES];
  float scale;
  float padding[16];
} fake_params;

typedef struct fake_state {
  int64_t iteration, seed;
  lathe_fit_record record;
  float learning_rate, unused;
  float velocity[FAKE_PIXELS * FAKE_CLASSES];
  float bias_velocity[FAKE_CLASSES], padding[1];
  fake_params best;
} fake_state;

/* The kernel for pixels as they come. */
typedef struct fake_prepared {
  float kernel[FAKE_PIXELS * FAKE_CLASSES];
  float padding[4];
} fake_prepared;

typedef struct fake_arena {
  float images[FAKE_BATCH * FAKE_PIXELS];
  int32_t labels[FAKE_BATCH];
  float weights[FAKE_BATCH];
  float probabilities[FAKE_BATCH * FAKE_CLASSES];
  float gradient[FAKE_PIXELS * FAKE_CLASSES];
  float bias_gradient[FAKE_CLASSES], padding[1];
  fake_prepared prepared;
  lathe_guard_record guard;
} fake_arena;

#define FAKE_PARAM(name, member, trainable, rank, a, b, init, value)           \
  {                                                                            \
    name, LATHE_PARAMS, LATHE_F32, trainable, rank, {a, b, 0, 0, 0, 0},        \
        offsetof(fake_params, member), sizeof(((fake_params *)0)->member),     \
        init, value                                                            \
  }
#define FAKE_STATE(name, member, dtype, rank, a, b)                            \
  {                                                                            \
    name, LATHE_STATE, dtype, 0, rank, {a, b, 0, 0, 0, 0},                     \
        offsetof(fake_state, member), sizeof(((fake_state *)0)->member),       \
        LATHE_INIT_CONSTANT, 0                                                 \
  }

static const lathe_tensor fake_tensors[] = {
    FAKE_PARAM("dense/kernel", kernel, 1, 2, FAKE_PIXELS, FAKE_CLASSES,
               LATHE_INIT_UNIFORM, 0.25f),
    FAKE_PARAM("dense/bias", bias, 1, 1, FAKE_CLASSES, 0, LATHE_INIT_CONSTANT,
               0),
    FAKE_PARAM("rescaling/scale", scale, 0, 0, 0, 0, LATHE_INIT_CONSTANT,
               1.0f / 255),
    FAKE_STATE("optimizer/iteration", iteration, LATHE_I64, 0, 0, 0),
    FAKE_STATE("fit/seed", seed, LATHE_I64, 0, 0, 0),
    FAKE_STATE("optimizer/learning_rate", learning_rate, LATHE_F32, 0, 0, 0),
    FAKE_STATE("optimizer/velocity/dense/kernel", velocity, LATHE_F32, 2,
               FAKE_PIXELS, FAKE_CLASSES),
    FAKE_STATE("optimizer/velocity/dense/bias", bias_velocity, LATHE_F32, 1,
               FAKE_CLASSES, 0),
    FAKE_STATE("fit/epoch", record.epoch, LATHE_I64, 0, 0, 0),
    FAKE_STATE("fit/step", record.step, LATHE_I64, 0, 0, 0),
    FAKE_STATE("fit/samples", record.samples, LATHE_I64, 0, 0, 0),
    FAKE_STATE("fit/correct", record.correct, LATHE_I64, 0, 0, 0),
    FAKE_STATE("fit/loss_sum", record.loss_sum, LATHE_F64, 0, 0, 0),
    FAKE_STATE("fit/stop_best", record.stop_best, LATHE_F64, 0, 0, 0),
    FAKE_STATE("fit/stop_epoch", record.stop_epoch, LATHE_I64, 0, 0, 0),
    FAKE_STATE("fit/stop_wait", record.stop_wait, LATHE_I64, 0, 0, 0),
    FAKE_STATE("fit/stopped", record.stopped, LATHE_I64, 0, 0, 0),
    FAKE_STATE("fit/save_best", record.save_best, LATHE_F64, 0, 0, 0),
    FAKE_STATE("fit/save_epoch", record.save_epoch, LATHE_I64, 0, 0, 0),
    FAKE_STATE("fit/plateau_best", record.plateau_best, LATHE_F64, 0, 0, 0),
    FAKE_STATE("fit/plateau_epoch", record.plateau_epoch, LATHE_I64, 0, 0, 0),
    FAKE_STATE("fit/plateau_wait", record.plateau_wait, LATHE_I64, 0, 0, 0),
    FAKE_STATE("fit/plateau_cooldown", record.plateau_cooldown, LATHE_I64, 0, 0,
               0),
    FAKE_STATE("best/dense/kernel", best.kernel, LATHE_F32, 2, FAKE_PIXELS,
               FAKE_CLASSES),
    FAKE_STATE("best/dense/bias", best.bias, LATHE_F32, 1, FAKE_CLASSES, 0),
    FAKE_STATE("best/rescaling/scale", best.scale, LATHE_F32, 0, 0, 0),
};

__attribute__((unused)) static const char *const fake_classes[] = {"circle", "square", "triangle"};

static const lathe_port fake_input = {"images", LATHE_F32, 3, {6, 6, 1}};
static const lathe_port fake_output = {
    "probabilities", LATHE_F32, 1, {FAKE_CLASSES}};

const lathe_model lathe_this_model = {
    FAKE_VERSION,
    "fake_softmax",
    "by hand",
    "any",
    3,
    {6, 6, 1, 0},
    FAKE_CLASSES,
    FAKE_CLASSES,
    1,
    FAKE_CLASS_NAMES,
    FAKE_DATA,
    FAKE_BATCH,
    5,
    sizeof(fake_params),
    sizeof(fake_state),
    sizeof(fake_arena),
    sizeof(fake_arena),
    sizeof(fake_prepared),
    64,
    FAKE_PIXELS *FAKE_CLASSES + FAKE_CLASSES,
    sizeof(fake_tensors) / sizeof(fake_tensors[0]),
    fake_tensors,
    0,
    0,
    FAKE_RECIPE,
    lathe_this_init,
    lathe_this_prepare,
    lathe_this_predict,
    lathe_this_predict_prepared,
    lathe_this_train_step,
    FAKE_WEIGHTS ? lathe_this_train_step_weighted : 0,
    lathe_this_evaluate,
    lathe_this_fit,
    lathe_this_status_name,
    1,
    1,
    &fake_input,
    &fake_output,
    lathe_this_run,
    lathe_this_run_prepared,
    lathe_this_first_not_finite,
};

#define FAKE_STAGE                                                             \
  {                                                                            \
    offsetof(fake_arena, images), offsetof(fake_arena, labels),                \
        FAKE_WEIGHTS ? (int64_t)offsetof(fake_arena, weights) : -1             \
  }

#define FAKE_BOUND(gradient, parameter)                                        \
  {                                                                            \
    {LATHE_VALUES_ARENA, offsetof(fake_arena, gradient),                       \
     sizeof(((fake_arena *)0)->gradient) / sizeof(float), 0},                  \
        {0, 0, 0, 0}, {0, 0, 0, 0}, offsetof(fake_params, parameter),          \
        LATHE_PARAMS, 60, 0                                                    \
  }

static const lathe_bound fake_bounds[] = {
    FAKE_BOUND(gradient, kernel),
    FAKE_BOUND(bias_gradient, bias),
};

const lathe_layout lathe_this_layout = {
    offsetof(fake_state, iteration),
    offsetof(fake_state, seed),
    offsetof(fake_state, learning_rate),
    -1,
    offsetof(fake_state, record),
    offsetof(fake_state, best),
    FAKE_STAGE,
    FAKE_STAGE,
    offsetof(fake_arena, prepared),
    FAKE_X86_LEVEL,
    sizeof(fake_bounds) / sizeof(fake_bounds[0]),
    0,
    fake_bounds,
    0,
    offsetof(fake_arena, guard),
    0,
    0,
};

typedef struct fake_forward {
  const fake_params *params;
  const fake_prepared *prepared;
  const float *images;
  float *probabilities;
} fake_forward;

static int fake_forward_sample(void *user_context, int sample,
                               uint8_t *closure) {
  const fake_forward *forward = (const fake_forward *)(void *)closure;
  const float *image = forward->images + sample * FAKE_PIXELS;
  float *p = forward->probabilities + sample * FAKE_CLASSES;
  float sum = 0;
  (void)user_context;
  for (int c = 0; c < FAKE_CLASSES; ++c) {
    float logit = forward->params->bias[c];
    for (int i = 0; i < FAKE_PIXELS; ++i)
      logit += forward->prepared->kernel[i * FAKE_CLASSES + c] * image[i];
    p[c] = expf(logit);
    sum += p[c];
  }
  for (int c = 0; c < FAKE_CLASSES; ++c)
    p[c] /= sum;
  return 0;
}

void lathe_this_step_prepare(const void *params, void *prepared, void *arena,
                             int32_t n) {
  const fake_params *model = (const fake_params *)params;
  (void)arena, (void)n;
  for (int i = 0; i < FAKE_PIXELS * FAKE_CLASSES; ++i)
    ((fake_prepared *)prepared)->kernel[i] = model->kernel[i] * model->scale;
}

void lathe_this_step_predict(const void *params, const void *prepared,
                             void *arena, const void *const *inputs,
                             void *const *outputs, int32_t n) {
  fake_forward forward;
  forward.prepared = (const fake_prepared *)prepared;
  forward.params = (const fake_params *)params;
  forward.images = (const float *)inputs[0];
  forward.probabilities = (float *)outputs[0];
  (void)arena;
  halide_do_par_for(0, fake_forward_sample, 0, n, (uint8_t *)&forward);
}

static float fake_weight(const float *weights, int sample) {
  return FAKE_WEIGHTS ? weights[sample] : 1;
}

void lathe_this_step_evaluate(const void *params, const void *prepared,
                              void *arena, const float *images,
                              const int32_t *labels, const float *weights,
                              float *loss, int32_t *correct, int32_t n) {
  float *p = ((fake_arena *)arena)->probabilities;
  const void *inputs[1];
  void *outputs[1];
  inputs[0] = images;
  outputs[0] = p;
  lathe_this_step_predict(params, prepared, arena, inputs, outputs, n);
  *loss = 0;
  *correct = 0;
  for (int i = 0; i < n; ++i, p += FAKE_CLASSES) {
    int best = 0;
    for (int c = 1; c < FAKE_CLASSES; ++c)
      if (p[c] > p[best])
        best = c;
    *correct += best == labels[i];
    *loss -= fake_weight(weights, i) * logf(p[labels[i]]) / (float)n;
  }
}

void lathe_this_step_train(void *params, void *state, void *arena,
                           const float *images, const int32_t *labels,
                           const float *weights, const int32_t *others,
                           const float *shares, float *loss, int32_t *correct,
                           int32_t n) {
  (void)others;
  (void)shares;
  fake_params *model = (fake_params *)params;
  fake_state *optimizer = (fake_state *)state;
  fake_arena *memory = (fake_arena *)arena;
  lathe_this_step_prepare(params, &memory->prepared, arena, 1);
  lathe_this_step_evaluate(params, &memory->prepared, arena, images, labels,
                           weights, loss, correct, n);

  memset(memory->bias_gradient, 0, sizeof(memory->bias_gradient));
  memset(memory->gradient, 0, sizeof(memory->gradient));
  for (int sample = 0; sample < n; ++sample) {
    for (int c = 0; c < FAKE_CLASSES; ++c) {
      float d = (memory->probabilities[sample * FAKE_CLASSES + c] -
                 (labels[sample] == c ? 1.0f : 0.0f)) /
                (float)n * fake_weight(weights, sample);
      memory->bias_gradient[c] += d;
      for (int i = 0; i < FAKE_PIXELS; ++i)
        memory->gradient[i * FAKE_CLASSES + c] +=
            d * images[sample * FAKE_PIXELS + i] * model->scale;
    }
  }
  if (lathe_this_guard(params, state, arena, images, loss, n))
    return;
  for (int i = 0; i < FAKE_PIXELS * FAKE_CLASSES; ++i) {
    optimizer->velocity[i] = 0.5f * optimizer->velocity[i] -
                             optimizer->learning_rate * memory->gradient[i];
    model->kernel[i] += optimizer->velocity[i];
  }
  for (int c = 0; c < FAKE_CLASSES; ++c) {
    optimizer->bias_velocity[c] =
        0.5f * optimizer->bias_velocity[c] -
        optimizer->learning_rate * memory->bias_gradient[c];
    model->bias[c] += optimizer->bias_velocity[c];
  }
  optimizer->iteration += 1;
}

void lathe_this_step_augment(void *arena, const float *images,
                             const float *numbers, float *augmented,
                             int32_t n) {
  (void)arena;
  (void)images;
  (void)numbers;
  (void)augmented;
  (void)n;
}

void lathe_this_step_mix(void *arena, const float *images, const float *numbers,
                         float *mixed, int32_t n) {
  (void)arena;
  (void)images;
  (void)numbers;
  (void)mixed;
  (void)n;
}

void lathe_this_step_adapt(void *params, void *arena, const float *images,
                           int32_t n) {
  (void)params;
  (void)arena;
  (void)images;
  (void)n;
}

void lathe_this_step_update(void *params, void *state, void *arena, int32_t n) {
  (void)params;
  (void)state;
  (void)arena;
  (void)n;
}
