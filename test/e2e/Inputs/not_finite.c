/* A training that meets values that are not finite: each such step is an error
 * that leaves all bytes of params and state alone, and the steps between are
 * those of a training that met none. Prints what was not finite. */
#include "guarded.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIXELS = 16 * 16, STEPS = 8 };

typedef struct training {
  char *params, *state;
} training;

static char *arena, *kept;
static float images[GUARDED_BATCH * PIXELS];
static int32_t labels[GUARDED_BATCH];

static void require(int condition, const char *what) {
  if (condition)
    return;
  printf("FAILED: %s\n", what);
  exit(1);
}

static training begin(void) {
  training t;
  t.params = aligned_alloc(GUARDED_ALIGN, GUARDED_PARAMS_SIZE);
  t.state = aligned_alloc(GUARDED_ALIGN, GUARDED_STATE_SIZE);
  require(guarded_init(t.params, t.state, 7) == LATHE_OK, "init");
  return t;
}

static const lathe_tensor *find(const char *name) {
  for (int i = 0; i < guarded_model.tensor_count; ++i)
    if (!strcmp(guarded_model.tensors[i].name, name))
      return &guarded_model.tensors[i];
  require(0, name);
  return 0;
}

static float *at(training t, const char *name) {
  const lathe_tensor *tensor = find(name);
  return (float *)((tensor->region == LATHE_PARAMS ? t.params : t.state) +
                   tensor->offset);
}

static void make_batch(int step) {
  uint32_t noise = 77u + (uint32_t)step;
  for (int i = 0; i < GUARDED_BATCH * PIXELS; ++i) {
    noise = noise * 1664525u + 1013904223u;
    images[i] = (float)(noise >> 24) / 256;
  }
  for (int i = 0; i < GUARDED_BATCH; ++i)
    labels[i] = (step + i) % 3;
}

static int step(training t) {
  float loss;
  return guarded_train_step(t.params, t.state, arena, images, labels,
                            GUARDED_BATCH, &loss);
}

static int is_finite(training t) {
  for (int i = 0; i < guarded_model.tensor_count; ++i) {
    const lathe_tensor *tensor = &guarded_model.tensors[i];
    const float *values = at(t, tensor->name);
    for (int64_t k = 0; tensor->dtype == LATHE_F32 && k < tensor->size / 4; ++k)
      if (!isfinite(values[k]))
        return 0;
  }
  return 1;
}

/* The step fails, names `culprit`, and has written nothing. */
static void fails(training t, const char *what, const char *culprit) {
  memcpy(kept, t.params, GUARDED_PARAMS_SIZE);
  memcpy(kept + GUARDED_PARAMS_SIZE, t.state, GUARDED_STATE_SIZE);
  require(step(t) == LATHE_ERROR_NOT_FINITE, what);
  require(!memcmp(kept, t.params, GUARDED_PARAMS_SIZE), "params are as before");
  require(!memcmp(kept + GUARDED_PARAMS_SIZE, t.state, GUARDED_STATE_SIZE),
          "state is as before");
  const char *name = guarded_first_not_finite(arena);
  if (!name || strcmp(name, culprit))
    printf("FAILED: %s: %s instead of %s\n", what, name ? name : "nothing",
           culprit);
}

static void fails_with(training t, const char *name, float value,
                       const char *culprit) {
  const float before = *at(t, name);
  *at(t, name) = value;
  fails(t, name, culprit);
  *at(t, name) = before;
}

int main(void) {
  arena = aligned_alloc(GUARDED_ALIGN, GUARDED_TRAIN_ARENA_SIZE);
  kept = malloc(GUARDED_PARAMS_SIZE + GUARDED_STATE_SIZE);
  training good = begin(), tried = begin();
  for (int i = 0; i < STEPS; ++i) {
    make_batch(i);
    require(step(good) == LATHE_OK, "a good step");
    float pixel = images[100];
    for (int bad = 0; bad < 3; ++bad) {
      images[100] = bad == 0 ? NAN : bad == 1 ? INFINITY : -INFINITY;
      fails(tried, "a pixel", "images");
    }
    images[100] = pixel;
    fails_with(tried, "conv2d/kernel", NAN, "conv2d/kernel");
    fails_with(tried, "dense/kernel", INFINITY, "dense/kernel");
    fails_with(tried, "dense_1/bias", -NAN, "dense_1/bias");
    fails_with(tried, "dense_1/bias", 3e38f, "loss");
    fails_with(tried, "optimizer/learning_rate", 1e30f,
               "optimizer/learning_rate");
    fails_with(tried, "optimizer/learning_rate", NAN,
               "optimizer/learning_rate");
    require(step(tried) == LATHE_OK, "a good step between");
    require(!guarded_first_not_finite(arena), "nothing to name");
  }
  require(!memcmp(good.params, tried.params, GUARDED_PARAMS_SIZE) &&
              !memcmp(good.state, tried.state, GUARDED_STATE_SIZE),
          "as if there had been no bad steps");

  /* A slot that some host has made up: no parameter becomes infinite. */
  for (int i = 0; i < guarded_model.tensor_count; ++i) {
    const lathe_tensor *tensor = &guarded_model.tensors[i];
    if (strncmp(tensor->name, "optimizer/", 10) || tensor->rank == 0)
      continue;
    training odd = begin();
    make_batch(0);
    *at(odd, tensor->name) = 3.4e38f;
    if (step(odd) == LATHE_OK)
      require(is_finite(odd), tensor->name);
    free(odd.params);
    free(odd.state);
  }

  /* Diverges, or at such a rate does what it can: nothing that is not finite
   * is ever kept. */
  for (int i = 0; i < 60; ++i) {
    make_batch(i);
    *at(good, "optimizer/learning_rate") = 1e3f;
    int status = step(good);
    require(is_finite(good), "all is finite at a rate of 1000");
    if (status != LATHE_OK)
      break;
  }
  printf("done\n");
  return 0;
}
