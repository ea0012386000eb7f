/* internal.h: what the parts of an artifact know of each other.
 *
 * The C files of this folder are compiled into every artifact: as bitcode that
 * the compiler links with the generated steps, or as text in the generated C++.
 * In both, the prefix `lathe_this_` becomes the model's name. They are C99 and
 * C++17 at once, use nothing of libc but memcpy and memset, allocate nothing and
 * have no mutable globals. */
#ifndef LATHE_EMBEDDED_INTERNAL_H
#define LATHE_EMBEDDED_INTERNAL_H

#include "runtime/artifact.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The part of the state that belongs to fit rather than to the optimizer. The
 * compiler lists each field as a tensor of its own ("fit/epoch"), so that
 * checkpoints hold it. All zero means: training has not begun. */
typedef struct lathe_fit_record {
  int64_t epoch;        /* epochs completed */
  int64_t step;         /* steps completed in the current epoch */
  int64_t samples;      /* samples seen in the current epoch */
  int64_t correct;      /* of these, rightly classified */
  double loss_sum;      /* of these, the losses' sum */
  double stop_best;     /* EarlyStopping's best value */
  int64_t stop_epoch;   /* its epoch, counted from 1; 0 before there is one */
  int64_t stop_wait;    /* epochs without improvement */
  int64_t stopped;      /* 1: EarlyStopping ended the training */
  double save_best;     /* ModelCheckpoint's best value */
  int64_t save_epoch;   /* its epoch, counted from 1; 0 before there is one */
} lathe_fit_record;

/* Where the compiler put what the C files work on. Offsets in bytes. */
typedef struct lathe_layout {
  int64_t iteration;       /* state: int64, optimizer steps done; lathe_this_step_train counts it up */
  int64_t seed;            /* state: int64 */
  int64_t learning_rate;   /* state: float */
  int64_t fit_record;      /* state: lathe_fit_record */
  int64_t best_params;     /* state: copy of params for restore_best_weights, or -1 */
  int64_t train_images;    /* train arena: staging for one batch, float[batch * image] */
  int64_t train_labels;    /* train arena: int32[batch] */
  int64_t evaluate_images; /* both arenas: staging for evaluate */
  int64_t evaluate_labels;
  int32_t x86_level;       /* the psABI level that the kernels need: 2, 3, 4; 0 on other CPUs */
} lathe_layout;

/* Generated from the model. */
extern const lathe_model lathe_this_model;
extern const lathe_layout lathe_this_layout;

/* 1 when this CPU has every instruction the kernels use. */
int lathe_this_cpu_supported(void);

/* The steps, 0 < n <= batch. They trust their arguments. `loss` is the batch's
 * mean loss, `correct` the number of samples whose largest probability is their
 * label's. */
void lathe_this_step_predict(const void *params, void *arena, const float *images, float *probabilities, int32_t n);
void lathe_this_step_evaluate(const void *params, void *arena, const float *images, const int32_t *labels, float *loss,
                              int32_t *correct, int32_t n);
void lathe_this_step_train(void *params, void *state, void *arena, const float *images, const int32_t *labels,
                           float *loss, int32_t *correct, int32_t n);

/* The artifact's functions, see artifact.h. */
int lathe_this_init(void *params, void *state, uint64_t seed);
int lathe_this_predict(const void *params, void *arena, const float *images, int n, float *probabilities);
int lathe_this_train_step(void *params, void *state, void *arena, const float *images, const int32_t *labels, int n,
                          float *loss);
int lathe_this_evaluate(const void *params, void *arena, const lathe_dataset *data, lathe_metrics *result);
int lathe_this_fit(void *params, void *state, void *arena, const lathe_dataset *train, const lathe_dataset *validation,
                   const lathe_fit_options *options);
const char *lathe_this_status_name(int status);

#ifdef __cplusplus
}
#endif
#endif /* LATHE_EMBEDDED_INTERNAL_H */
