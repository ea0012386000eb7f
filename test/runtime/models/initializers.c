/* initializers.c: one tensor for each way to begin, and no network. */
#include "runtime/embedded/internal.h"

enum { LARGE = 200000 };

typedef struct begun_params {
  float uniform[LARGE], normal[LARGE], truncated[LARGE];
  float tall[3 * 3 * 8 * 24], wide[2 * 3 * 40], square[64 * 64];
} begun_params;

typedef struct begun_state {
  int64_t iteration, seed;
  lathe_fit_record record;
  float learning_rate, unused;
} begun_state;

typedef struct begun_arena {
  float images[2];
  int32_t labels[2];
  lathe_guard_record guard;
} begun_arena;

#define BEGUN(name, rank, a, b, c, d, kind, value)                             \
  {                                                                            \
#name, LATHE_PARAMS, LATHE_F32, 1, rank,                                   \
        {a, b, c, d, 0, 0 }, offsetof(begun_params, name),                     \
         sizeof(((begun_params *)0)->name), kind, value                        \
  }

static const lathe_tensor begun_tensors[] = {
    BEGUN(uniform, 1, LARGE, 0, 0, 0, LATHE_INIT_UNIFORM, 0.5f),
    BEGUN(normal, 1, LARGE, 0, 0, 0, LATHE_INIT_NORMAL, 3),
    BEGUN(truncated, 1, LARGE, 0, 0, 0, LATHE_INIT_TRUNCATED_NORMAL, 3),
    BEGUN(tall, 4, 3, 3, 8, 24, LATHE_INIT_ORTHOGONAL, 1),
    BEGUN(wide, 3, 2, 3, 40, 0, LATHE_INIT_ORTHOGONAL, 2),
    BEGUN(square, 2, 64, 64, 0, 0, LATHE_INIT_ORTHOGONAL, 1),
};

static const lathe_port begun_input = {"images", LATHE_F32, 1, {1}};
static const lathe_port begun_output = {"probabilities", LATHE_F32, 1, {2}};

const lathe_model lathe_this_model = {
    LATHE_ARTIFACT_VERSION,
    "initializers",
    "by hand",
    "any",
    1,
    {1, 0, 0, 0},
    2,
    2,
    1,
    0,
    "",
    2,
    2,
    sizeof(begun_params),
    sizeof(begun_state),
    sizeof(begun_arena),
    sizeof(begun_arena),
    0,
    16,
    1,
    sizeof(begun_tensors) / sizeof(begun_tensors[0]),
    begun_tensors,
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
    &begun_input,
    &begun_output,
    lathe_this_run,
    lathe_this_run_prepared,
    lathe_this_first_not_finite,
};

const lathe_layout lathe_this_layout = {
    offsetof(begun_state, iteration),
    offsetof(begun_state, seed),
    offsetof(begun_state, learning_rate),
    -1,
    offsetof(begun_state, record),
    -1,
    {offsetof(begun_arena, images), offsetof(begun_arena, labels), -1},
    {offsetof(begun_arena, images), offsetof(begun_arena, labels), -1},
    0,
    0,
    0,
    0,
    0,
    0,
    offsetof(begun_arena, guard),
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
  (void)params;
  (void)prepared;
  (void)arena;
  (void)inputs;
  (void)outputs;
  (void)n;
}

void lathe_this_step_evaluate(const void *params, const void *prepared,
                              void *arena, const float *images,
                              const int32_t *labels, const float *weights,
                              float *loss, int32_t *correct, int32_t n) {
  (void)prepared;
  (void)params;
  (void)arena;
  (void)images;
  (void)labels;
  (void)weights;
  (void)n;
  *loss = 0;
  *correct = 0;
}

void lathe_this_step_train(void *params, void *state, void *arena,
                           const float *images, const int32_t *labels,
                           const float *weights, const int32_t *others,
                           const float *shares, float *loss, int32_t *correct,
                           int32_t n) {
  (void)others;
  (void)shares;
  (void)state;
  lathe_this_step_evaluate(params, arena, arena, images, labels, weights, loss,
                           correct, n);
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
