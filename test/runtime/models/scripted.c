/* scripted.c: a model whose figures are written down beforehand, to check what
 * fit concludes from them. Its parameters are a count of steps and a script;
 * the loss and the accuracy after step i are script[i]. The test sees to it
 * that an epoch has one step. */
#include "runtime/embedded/internal.h"

enum { SCRIPT_BATCH = 4, SCRIPT_SIZE = 31 };

typedef struct script_params {
  float step;
  float script[SCRIPT_SIZE];
} script_params;

typedef struct script_state {
  int64_t iteration, seed;
  lathe_fit_record record;
  float learning_rate, unused;
  script_params best;
} script_state;

typedef struct script_arena {
  float images[SCRIPT_BATCH];
  int32_t labels[SCRIPT_BATCH];
  lathe_guard_record guard;
  float kept_step;
} script_arena;

static const lathe_tensor script_tensors[] = {
    {"step",
     LATHE_PARAMS,
     LATHE_F32,
     1,
     0,
     {0},
     offsetof(script_params, step),
     4,
     LATHE_INIT_CONSTANT,
     0,
     0},
};

static const lathe_port script_input = {"images", LATHE_F32, 1, {1}};
static const lathe_port script_output = {"probabilities", LATHE_F32, 1, {2}};

const lathe_model lathe_this_model = {
    LATHE_ARTIFACT_VERSION,
    "scripted",
    "by hand",
    "any",
    1,
    {1, 0, 0, 0},
    2,
    2,
    1,
    0,
    "",
    SCRIPT_BATCH,
    SCRIPT_BATCH,
    sizeof(script_params),
    sizeof(script_state),
    sizeof(script_arena),
    sizeof(script_arena),
    0,
    16,
    1,
    1,
    script_tensors,
    0,
    0,
    FAKE_RECIPE,
    lathe_this_init,
    lathe_this_prepare,
    lathe_this_predict,
    lathe_this_predict_prepared,
    lathe_this_train_step,
    0,
    lathe_this_evaluate,
    lathe_this_fit,
    lathe_this_status_name,
    1,
    1,
    &script_input,
    &script_output,
    lathe_this_run,
    lathe_this_run_prepared,
    lathe_this_first_not_finite,
};

/* A step counts before it knows its loss. */
static const lathe_kept script_kept = {offsetof(script_params, step), 4,
                                       LATHE_PARAMS, 1};

const lathe_layout lathe_this_layout = {
    offsetof(script_state, iteration),
    offsetof(script_state, seed),
    offsetof(script_state, learning_rate),
    -1,
    offsetof(script_state, record),
    offsetof(script_state, best),
    {offsetof(script_arena, images), offsetof(script_arena, labels), -1},
    {offsetof(script_arena, images), offsetof(script_arena, labels), -1},
    0,
    0,
    0,
    1,
    0,
    &script_kept,
    offsetof(script_arena, guard),
    0,
    0,
};

void lathe_this_step_prepare(const void *params, void *prepared, void *arena,
                             int32_t n) {
  (void)params;
  (void)prepared;
  (void)arena;
  (void)n;
}

void lathe_this_step_predict(const void *params, const void *prepared,
                             void *arena, const void *const *inputs,
                             void *const *outputs, int32_t n) {
  const float *images = (const float *)inputs[0];
  float *probabilities = (float *)outputs[0];
  (void)params;
  (void)prepared;
  (void)arena;
  for (int32_t i = 0; i < n; ++i) {
    probabilities[2 * i] = images[i];
    probabilities[2 * i + 1] = 1 - images[i];
  }
}

void lathe_this_step_evaluate(const void *params, const void *prepared,
                              void *arena, const float *images,
                              const int32_t *labels, const float *weights,
                              float *loss, int32_t *correct, int32_t n) {
  (void)prepared;
  const script_params *model = (const script_params *)params;
  (void)arena;
  (void)images;
  (void)labels;
  (void)weights;
  *loss = model->script[(int)model->step - 1];
  *correct = *loss >= 0 && *loss <= 1 ? (int32_t)(*loss * (float)n) : 0;
}

void lathe_this_step_train(void *params, void *state, void *arena,
                           const float *images, const int32_t *labels,
                           const float *weights, const int32_t *others,
                           const float *shares, float *loss, int32_t *correct,
                           int32_t n) {
  (void)others;
  (void)shares;
  ((script_params *)params)->step += 1;
  lathe_this_step_evaluate(params, arena, arena, images, labels, weights, loss,
                           correct, n);
  if (lathe_this_guard(params, state, arena, images, loss, n))
    return;
  ((script_state *)state)->iteration += 1;
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
