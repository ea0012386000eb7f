/* internal.h: what the parts of an artifact know of each other.
 *
 * The C files of this folder are compiled into every artifact: as bitcode that
 * the compiler links with the generated steps, or as text in the generated C++.
 * In both, the prefix `lathe_this_` becomes the model's name. They are C99 and
 * C++17 at once, use nothing of libc but memcpy, memset and math.h, allocate
 * nothing and have no mutable globals. */
#ifndef LATHE_EMBEDDED_INTERNAL_H
#define LATHE_EMBEDDED_INTERNAL_H

#include "runtime/artifact.h"

/* Linkage of what only these files and the kernels call. The generated C++ is
 * one file and makes them static. */
#ifndef LATHE_INTERNAL
#define LATHE_INTERNAL
#endif

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
  int64_t correct;      /* of these samples' labels, rightly predicted */
  double loss_sum;      /* of these, the losses' sum */
  double stop_best;     /* EarlyStopping's best value */
  int64_t stop_epoch;   /* its epoch, counted from 1; 0 before there is one */
  int64_t stop_wait;    /* epochs without improvement */
  int64_t stopped;      /* LATHE_STOPPED_* bits */
  double save_best;     /* ModelCheckpoint's best value */
  int64_t save_epoch;   /* its epoch, counted from 1; 0 before there is one */
  double plateau_best;  /* ReduceLROnPlateau's best value */
  int64_t plateau_epoch; /* its epoch, counted from 1; 0 before there is one */
  int64_t plateau_wait;  /* epochs without improvement */
  int64_t plateau_cooldown; /* epochs before they count again */
} lathe_fit_record;

enum {
  LATHE_STOPPED_EARLY = 1,   /* EarlyStopping ended the training */
  LATHE_STOPPED_RESTORED = 2, /* params and best_params are swapped: the best are in use */
  LATHE_STOPPED_AVERAGED = 4  /* params and their averages are swapped: these are in use */
};

/* More inputs, or outputs, no model has. */
enum { LATHE_MOST_PORTS = 64 };

/* Where a batch is staged in an arena, offsets in bytes. */
typedef struct lathe_stage {
  int64_t images;  /* float[batch * image] */
  int64_t labels;  /* int32[batch * label_size] */
  int64_t weights; /* float[batch], or -1 where the model takes no sample weights */
} lathe_stage;

/* Floats that a guard reads: `fixed` of them, or `per_sample` of each sample. */
typedef struct lathe_values {
  int64_t region; /* LATHE_PARAMS, LATHE_STATE or LATHE_VALUES_* */
  int64_t offset; /* bytes */
  int64_t fixed, per_sample;
} lathe_values;

enum {
  LATHE_VALUES_ARENA = 2,
  LATHE_VALUES_IMAGES = 3 /* the batch itself */
};

/* What must hold before the first update: magnitudes below 2^exponent. */
typedef struct lathe_bound {
  lathe_values values;
  lathe_values factor; /* where there are terms: of a gradient that is computed as it is */
  lathe_values terms;  /* applied, the sum of so many products values·factor */
  int64_t offset;      /* bytes: what is updated, which is named where the bound is broken */
  int32_t region;      /* lathe_region */
  int32_t exponent;
  int32_t due;         /* 1: only where an accumulated gradient is applied */
} lathe_bound;

/* What a step writes before its guard, and is copied beforehand; or what
 * step_adapt writes. */
typedef struct lathe_kept {
  int64_t offset, size; /* bytes */
  int32_t region;       /* lathe_region */
  int32_t is_float;
} lathe_kept;

/* At the guard's place in the arena, before the copies. */
typedef struct lathe_guard_record {
  int64_t culprit; /* a tensor's number or LATHE_CULPRIT_* */
  int64_t due;     /* 1: an accumulated gradient is applied after this step */
  int64_t unused[6];
} lathe_guard_record;

/* What is drawn for each image that is augmented: see draw.c. Those from
 * LATHE_DRAW_FLIP to LATHE_DRAW_SHIFT are transforms, eight numbers; of several
 * at one place, each comes after those before it. */
enum lathe_draw_kind {
  LATHE_DRAW_UNIFORM = 0, /* from, to; how many, where there is more than one */
  LATHE_DRAW_SIGNED = 1,  /* the same, or its opposite */
  LATHE_DRAW_CHANCE = 2,  /* 1 with a chance from, to; else 0 */
  LATHE_DRAW_ODDS = 3,    /* u/(1 - u), u from, to */
  LATHE_DRAW_BOX = 4,     /* chance from, to; share of the area from, to; value; width, height;
                           of the first column and row */
  LATHE_DRAW_FLIP = 5,        /* chances of the columns and of the rows; width, height */
  LATHE_DRAW_ROTATION = 6,    /* radians from, to; width, height */
  LATHE_DRAW_TRANSLATION = 7, /* columns from, to; rows from, to */
  LATHE_DRAW_ZOOM = 8,        /* columns from, to; rows from, to; 1: columns as rows; width, height */
  LATHE_DRAW_SHEAR = 9,       /* tangent of x from, to; of y from, to */
  LATHE_DRAW_PERSPECTIVE = 10,  /* chance from, to; share of the sides; width, height */
  LATHE_DRAW_RESIZED_CROP = 11, /* share of the area from, to; ratio from, to; width, height */
  LATHE_DRAW_GENERATOR = 12, /* degrees; columns, whole ones; rows, whole ones; degrees of shear; zoom
                               from, to; chances of the columns and of the rows; width, height */
  LATHE_DRAW_CROP = 13,      /* columns of the picture, of the part that is seen, and before it where it
                               goes; the same of the rows */
  LATHE_DRAW_SHIFT = 14,     /* always columns, rows */
  LATHE_DRAW_POLICY = 15,    /* lathe_policy; operations, 10 numbers each; magnitude, of how many; width,
                               height: see policy.c */
  LATHE_DRAW_NOISE = 16,     /* a key, two numbers; number from, to; another one from, to */
  LATHE_DRAW_BLUR = 17,      /* chance from, to; sigma from, to; radii of the rows and of the columns: the weights
                               of nn.blur */
  LATHE_DRAW_ELASTIC = 18,   /* chance from, to; scale from, to; width, height; largest radius: a key and the
                               factor of nn.noise, and the weights of nn.blur */
  LATHE_DRAW_AUGMIX = 19,    /* alpha, chains, operations of each or 0 for 1 to 3, severity, 1: all operations,
                               width, height: see policy.c */
  LATHE_DRAW_MIXUP = 20,    /* of a batch, see mix.c: weight among the others; its chance; alpha;
                               width, height; 0, 0; epochs after which it stops, or 0 */
  LATHE_DRAW_CUTMIX = 21    /* weight; chance; largest alpha; width, height; first column, row; that epoch */
};
#define LATHE_DRAW_NUMBERS 12
/* The most operations of a chain of AugMix, where their number is drawn for each; the most chains. */
enum { LATHE_AUGMIX_DEPTH = 3, LATHE_AUGMIX_CHAINS = 16 };
/* What nn.adjust's function "enhance" does to an image: its first number. */
enum lathe_enhancement {
  LATHE_ENHANCE_NOTHING = 0,
  LATHE_ENHANCE_BRIGHTNESS = 1, /* from here on blended with something */
  LATHE_ENHANCE_COLOR = 2,
  LATHE_ENHANCE_CONTRAST = 3,
  LATHE_ENHANCE_SHARPNESS = 4,
  LATHE_ENHANCE_POSTERIZE = 5, /* from here on by a table of levels */
  LATHE_ENHANCE_SOLARIZE = 6,
  LATHE_ENHANCE_AUTO_CONTRAST = 7,
  LATHE_ENHANCE_EQUALIZE = 8,
  LATHE_ENHANCE_INVERT = 9
};
enum lathe_policy {
  LATHE_POLICY_RAND = 0,
  LATHE_POLICY_TRIVIAL = 1,
  LATHE_POLICY_AUTO = 2 /* of ImageNet; CIFAR-10 and SVHN follow */
};

typedef struct lathe_draw {
  int32_t kind; /* lathe_draw_kind */
  int32_t at;   /* the first of its numbers */
  int64_t stream;
  double numbers[LATHE_DRAW_NUMBERS];
} lathe_draw;

enum { LATHE_CULPRIT_NONE = -1, LATHE_CULPRIT_LOSS = -2, LATHE_CULPRIT_INPUT = -3 };

/* A covariance that is adapted to, and the matrix that follows from it. */
typedef struct lathe_whitening {
  int64_t covariance, matrix; /* params: float[size][size] each */
  double epsilon;
  int32_t size;
} lathe_whitening;

/* Where the compiler put what the C files work on. Offsets in bytes. */
typedef struct lathe_layout {
  int64_t iteration;       /* state: int64, optimizer steps done; lathe_this_step_train counts it up */
  int64_t seed;            /* state: int64; -1 where there is no training, and no state */
  int64_t learning_rate;   /* state: float */
  int64_t epoch_steps;     /* state: int64, steps of an epoch; -1 where the schedule counts none */
  int64_t fit_record;      /* state: lathe_fit_record */
  int64_t best_params;     /* state: copy of params for restore_best_weights, or -1 */
  lathe_stage train;       /* in the train arena */
  lathe_stage evaluate;    /* in both arenas */
  int64_t prepared;        /* in both arenas: where prepare's results are, if the host does not keep them */
  int32_t x86_level;       /* the psABI level that the kernels need: 2, 3, 4; 0 on other CPUs */
  int32_t bound_count, kept_count;
  const lathe_bound *bounds; /* in the order of the updates */
  const lathe_kept *kept;
  int64_t guard;           /* train arena: lathe_guard_record; -1 where there is no training */
  double rate_factor;      /* largest of the recipe's factors of the learning rate, or 0 */
  double weight_decay;     /* largest */
  int32_t draw_count;      /* 0 without augmentation */
  int32_t augment_unused;
  const lathe_draw *draws;
  int64_t augment_slot;    /* bytes of the train arena, from its start, for each image of a batch */
  int64_t augment_numbers; /* in a slot: what was drawn */
  int64_t augmented;       /* train arena: float[batch * image]; -1 without augmentation */
  int32_t mix_count;       /* 0 where images are not mixed */
  int32_t mix_unused;
  const lathe_draw *mixes; /* one of them for each batch */
  int64_t mix_others;      /* train arena: int32[batch * label_size], second labels; or -1 */
  int64_t mix_shares;      /* float[batch]: of the first ones; or -1 */
  int32_t measured_count, whitening_count; /* 0 where nothing adapts */
  const lathe_kept *measured; /* params: what step_adapt writes; last, as floats, how many samples there were */
  const lathe_whitening *whitenings;
} lathe_layout;

/* Generated from the model. */
extern const lathe_model lathe_this_model;
extern const lathe_layout lathe_this_layout;

/* 1 when this CPU has every instruction the kernels use. */
int lathe_this_cpu_supported(void);

/* The steps, 0 < n <= batch. They trust their arguments. `loss` is the batch's
 * mean loss, `correct` the number of labels that are the largest probability's,
 * or of the 0 or 1 of each output that are on the right side. `weights` are read where the model takes sample weights,
 * second labels and the first ones' shares where its training mixes images. */
void lathe_this_step_predict(const void *params, const void *prepared, void *arena, const void *const *inputs,
                             void *const *outputs, int32_t n);
void lathe_this_step_evaluate(const void *params, const void *prepared, void *arena, const float *images,
                              const int32_t *labels, const float *weights, float *loss, int32_t *correct, int32_t n);
void lathe_this_step_train(void *params, void *state, void *arena, const float *images, const int32_t *labels,
                           const float *weights, const int32_t *others, const float *shares, float *loss,
                           int32_t *correct, int32_t n);

/* What predict and evaluate need of the parameters alone; n is 1. */
void lathe_this_step_prepare(const void *params, void *prepared, void *arena, int32_t n);

/* What training changes in one image; n is 1. `numbers` were drawn for it. */
void lathe_this_step_augment(void *arena, const float *images, const float *numbers, float *augmented, int32_t n);

/* The images mixed as drawn: six numbers each. */
void lathe_this_step_mix(void *arena, const float *images, const float *numbers, float *mixed, int32_t n);

/* Takes the images into what the layers that adapt measure. */
void lathe_this_step_adapt(void *params, void *arena, const float *images, int32_t n);

/* guard.c. lathe_this_step_train calls it before its first update, and ends where it is not 0. */
LATHE_INTERNAL int lathe_this_guard(const void *params, const void *state, void *arena, const float *images,
                                    const float *loss, int32_t n);

/* The optimizer's step where gradients are accumulated; n is 1. */
void lathe_this_step_update(void *params, void *state, void *arena, int32_t n);

/* The artifact's functions, see artifact.h. */
int lathe_this_init(void *params, void *state, uint64_t seed);
int lathe_this_prepare(const void *params, void *prepared, void *arena);
int lathe_this_run(const void *params, void *arena, const void *const *inputs, int n, void *const *outputs);
int lathe_this_run_prepared(const void *params, const void *prepared, void *arena, const void *const *inputs, int n,
                            void *const *outputs);
int lathe_this_predict(const void *params, void *arena, const float *images, int n, float *probabilities);
int lathe_this_predict_prepared(const void *params, const void *prepared, void *arena, const float *images, int n,
                                float *probabilities);
int lathe_this_train_step(void *params, void *state, void *arena, const float *images, const int32_t *labels, int n,
                          float *loss);
int lathe_this_train_step_weighted(void *params, void *state, void *arena, const float *images, const int32_t *labels,
                                   const float *sample_weights, int n, float *loss);
int lathe_this_evaluate(const void *params, void *arena, const lathe_dataset *data, lathe_metrics *result);
int lathe_this_fit(void *params, void *state, void *arena, const lathe_dataset *train, const lathe_dataset *validation,
                   const lathe_fit_options *options);
int lathe_this_augment(void *arena, const float *images, int n, uint64_t seed, int64_t epoch,
                       const int64_t *samples, float *augmented);
int lathe_this_mix(void *arena, const float *images, const int32_t *labels, int n, uint64_t seed, int64_t epoch,
                   int64_t place, float *mixed, int32_t *firsts, int32_t *others, float *shares);
int lathe_this_adapt(void *params, void *arena, const float *images, int n);
int lathe_this_is_adapted(const void *params);
const char *lathe_this_status_name(int status);
const char *lathe_this_first_not_finite(const void *arena);

/* ---- What the C files share ---- */

/* threads.c. Tells the host's watcher, if there is one, that a kernel is done. */
LATHE_INTERNAL void lathe_this_watch(int32_t kernel);
/* A kernel's parallel loop: task for every index in [min, min + size). */
LATHE_INTERNAL int halide_do_par_for(void *user_context, int (*task)(void *user_context, int index, uint8_t *closure),
                                     int min, int size, uint8_t *closure);

/* guard.c. Around lathe_this_step_train: keeps what it writes before its guard, and
 * returns LATHE_ERROR_NOT_FINITE, with all as it was, where the guard ended it. */
LATHE_INTERNAL void lathe_this_begin_step(void *params, void *state, void *arena, int32_t due);
LATHE_INTERNAL int lathe_this_end_step(void *params, void *state, void *arena);
/* That no tensor has infinity or NaN. */
LATHE_INTERNAL int lathe_this_check_finite(const void *params, const void *state, void *arena);

/* random.c. Number i of the stream `stream`. Streams below 2^32 are the tensors'
 * numbers, for initial values. */
#define LATHE_SHUFFLE_STREAM (UINT64_C(1) << 32)
#define LATHE_AUGMENT_STREAM (UINT64_C(2) << 32)
#define LATHE_MIX_STREAM (UINT64_C(3) << 32)
LATHE_INTERNAL uint64_t lathe_this_random(uint64_t seed, uint64_t stream, uint64_t i);
/* Where place i of an epoch's order comes from: a permutation of [0, count). */
LATHE_INTERNAL int64_t lathe_this_shuffled(uint64_t seed, int64_t epoch, int64_t i, int64_t count);

/* balance.c. The classes of the training data, for fit. */
#define LATHE_SAMPLING_STREAM (UINT64_C(1) << 40)
enum { LATHE_BALANCE_BLOCKS = 256 };

typedef struct lathe_balance {
  int64_t count;   /* samples, as they are given */
  int64_t classes; /* those that have samples */
  int64_t each;    /* samples of each class in an epoch; 0 where they are as many as they come */
  int64_t block;   /* samples of a block */
  uint64_t total;  /* all shares */
  int64_t sizes[LATHE_MOST_BALANCED];   /* of each class */
  uint64_t bounds[LATHE_MOST_BALANCED]; /* of the keys of samples that are once more in the epoch */
  int64_t below[LATHE_MOST_BALANCED];   /* scratch */
  uint64_t starts[LATHE_BALANCE_BLOCKS]; /* the shares before each block */
} lathe_balance;
/* dice.c. Numbers, one after the other: from [0, 1) and of other distributions. */
typedef struct lathe_dice {
  uint64_t key, stream, next;
} lathe_dice;
LATHE_INTERNAL double lathe_this_dice_unit(lathe_dice *dice);
LATHE_INTERNAL double lathe_this_dice_uniform(lathe_dice *dice, double low, double high);
/* 1 with a chance that is uniform in [low, high]. */
LATHE_INTERNAL int lathe_this_dice_happens(lathe_dice *dice, double low, double high);
LATHE_INTERNAL double lathe_this_dice_sign(lathe_dice *dice);
/* Of the gamma distribution with shape `a`, and the beta distribution with a and a. */
LATHE_INTERNAL double lathe_this_dice_gamma(lathe_dice *dice, double a);
LATHE_INTERNAL double lathe_this_dice_beta(lathe_dice *dice, double a);
/* transform.c. Whether draws of this kind are transforms. */
LATHE_INTERNAL int lathe_this_draws_transform(int32_t kind);
/* Sets the numbers of a transform to another one, drawn, after it: what it reads, they read elsewhere. */
LATHE_INTERNAL void lathe_this_compose(const lathe_draw *draw, lathe_dice *dice, float *numbers);
/* policy.c. The numbers of a LATHE_DRAW_POLICY: of each operation, what nn.adjust's
 * function "enhance" reads, and a transform. */
LATHE_INTERNAL void lathe_this_draw_policy(lathe_dice *dice, const double *p, float *numbers);
/* The same for the operations of each chain of AugMix, then two weights for each: of what there is so far and
 * of the chain. */
LATHE_INTERNAL void lathe_this_draw_augmix(lathe_dice *dice, const double *p, float *numbers);
/* draw.c. */
/* The numbers of one image. */
LATHE_INTERNAL void lathe_this_draw(const lathe_draw *draws, int32_t count, uint64_t seed, int64_t epoch,
                                    int64_t sample, float *numbers);
/* augment.c. At most a batch. */
LATHE_INTERNAL void lathe_this_augment_batch(void *arena, const float *images, int32_t n, uint64_t seed, int64_t epoch,
                                             const int64_t *samples, float *augmented);

/* data.c. The samples [first, first + count) of a dataset in an epoch's order. */
typedef struct lathe_samples {
  const lathe_dataset *data;
  int64_t first;
  int64_t count;
  int32_t shuffle; /* 1: in the order of (seed, epoch); 0: as they come */
  uint64_t seed;
  int64_t epoch;
  const lathe_balance *balance; /* NULL, or how classes are balanced; count is then an epoch's */
} lathe_samples;

/* balance.c. Of the recipe: sets train's balance and count. `balance` begins with
 * zeros. */
LATHE_INTERNAL int lathe_this_begin_balance(lathe_balance *balance, lathe_samples *train);
LATHE_INTERNAL void lathe_this_begin_balanced_epoch(lathe_balance *balance, const lathe_samples *train);
/* The sample at a place of the epoch, counted from train's first. */
LATHE_INTERNAL int64_t lathe_this_balanced_sample(const lathe_samples *samples, int64_t place);

typedef struct lathe_batch {
  float *staging_images; /* where to put them if they must be copied */
  int32_t *staging_labels;
  float *staging_weights; /* NULL where the model takes none */
  const float *images;    /* where they are */
  const int32_t *labels;
  const float *weights;
  int32_t *others; /* where images are mixed: their second labels, else NULL */
  float *shares;   /* and the first ones' shares */
} lathe_batch;

/* balance.c. Multiplies the batch's weights by what its classes count; of mixed
 * images, in proportion to their labels' shares. */
LATHE_INTERNAL int lathe_this_balance_weights(const lathe_samples *samples, lathe_batch *batch, int32_t n);

/* mix.c. What is drawn for the images of a batch whose first one has place `place` in
 * the epoch: six numbers each, for lathe_this_step_mix. */
LATHE_INTERNAL void lathe_this_draw_mix(const lathe_draw *mixes, int32_t count, uint64_t seed, int64_t epoch,
                                        int64_t place, int32_t n, float *numbers);
/* Mixes a batch that is staged in the train arena, where its images and labels are then. */
LATHE_INTERNAL void lathe_this_mix_batch(void *arena, lathe_batch *batch, int32_t n, uint64_t seed, int64_t epoch,
                                         int64_t place);

/* Checks return a lathe_status. */
LATHE_INTERNAL int lathe_this_check_memory(const void *a, const void *b, const void *c);
LATHE_INTERNAL int lathe_this_check_labels(const int32_t *labels, int64_t n);
LATHE_INTERNAL int lathe_this_check_weights(const float *weights, int64_t n);
LATHE_INTERNAL int lathe_this_check_dataset(const lathe_dataset *data);
/* n ones in `weights`, which it returns; NULL remains NULL. */
LATHE_INTERNAL const float *lathe_this_ones(float *weights, int32_t n);
/* A batch to be staged in an arena. */
LATHE_INTERNAL lathe_batch lathe_this_batch_in(void *arena, const lathe_stage *stage);
LATHE_INTERNAL int64_t lathe_this_image_size(void); /* floats */
/* The n samples from place `start` of the order on. */
LATHE_INTERNAL int lathe_this_get_batch(const lathe_samples *samples, int64_t start, int32_t n, lathe_batch *batch);
/* Tells the host that they, or as many as there are, are the next. */
LATHE_INTERNAL void lathe_this_announce(const lathe_samples *samples, int64_t start, int32_t n);

/* bytes.c. Where in the memory of `count` floats as many bytes are to be put, for
 * lathe_this_widen to make them these floats. */
LATHE_INTERNAL unsigned char *lathe_this_bytes_place(float *floats, int64_t count);
LATHE_INTERNAL void lathe_this_widen(float *floats, int64_t count);
/* The same of bytes elsewhere. */
LATHE_INTERNAL void lathe_this_floats_of(const unsigned char *bytes, float *floats, int64_t count);

/* adapt.c. */
LATHE_INTERNAL int lathe_this_check_adapted(const void *params); /* a lathe_status */
LATHE_INTERNAL int lathe_this_adapt_to(void *params, void *arena, const lathe_samples *samples);

/* whiten.c. The matrices of the covariances that were measured; in the arena is
 * room for two of the largest, of doubles. */
LATHE_INTERNAL void lathe_this_whiten(void *params, void *arena);

/* schedule.c. Sets the state's learning rate for the step that comes next. */
LATHE_INTERNAL void lathe_this_schedule_rate(void *state);
/* The schedule with its epochs as steps. */
LATHE_INTERNAL lathe_schedule lathe_this_in_steps(const lathe_schedule *schedule, int64_t epoch_steps);
LATHE_INTERNAL double lathe_this_scheduled_rate(const lathe_schedule *schedule, int64_t step);

/* fit.c. 1 when the value beats the best by more than min_delta, which it then
 * becomes. What is infinite or NaN never does. */
LATHE_INTERNAL int lathe_this_improves(double value, double min_delta, double *best, int64_t *best_epoch,
                                       int64_t epoch);

/* plateau.c. ReduceLROnPlateau, after an epoch whose monitored value, of which
 * less is better, is `value`. */
LATHE_INTERNAL void lathe_this_reduce_rate(lathe_fit_record *record, double value, float *learning_rate);

/* average.c */
LATHE_INTERNAL void lathe_this_swap(void *a, void *b, int64_t size);
/* The weights with their moving averages. */
LATHE_INTERNAL void lathe_this_swap_averages(void *params, void *state);

/* model.c */
/* One batch with its learning rate, and where it is due the optimizer's step.
 * Returns LATHE_OK or LATHE_ERROR_NOT_FINITE. */
LATHE_INTERNAL int lathe_this_train_batch(void *params, void *state, void *arena, const lathe_batch *batch,
                                          float *loss, int32_t *correct, int32_t n);
LATHE_INTERNAL int lathe_this_is_finite(double value);
/* The share of the samples' labels, 0 where there are none. */
LATHE_INTERNAL double lathe_this_accuracy(int64_t correct, int64_t samples);
LATHE_INTERNAL int lathe_this_evaluate_samples(const void *params, void *arena, const lathe_samples *samples,
                                               lathe_metrics *result);

#ifdef __cplusplus
}
#endif
#endif /* LATHE_EMBEDDED_INTERNAL_H */
