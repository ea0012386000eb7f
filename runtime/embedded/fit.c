/* fit.c: the training loop. Everything it must remember between two steps is in
 * the state's fit record, so that stopping after any step and going on later
 * equals not having stopped, bit for bit. */
#include "runtime/embedded/internal.h"

#include <string.h>

/* One call of fit. */
typedef struct lathe_fit_run {
  void *params;
  unsigned char *state;
  unsigned char *arena;
  lathe_fit_record *record;
  lathe_samples train;
  lathe_samples each;       /* of these, each once and in order */
  lathe_samples validation; /* count is 0 where there is none */
  lathe_balance balance;    /* where the recipe balances classes */
  int64_t epochs;
  int32_t batch_size;
  const lathe_fit_options *options;
  lathe_event event; /* what the callback is shown */
} lathe_fit_run;

static float *lathe_fit_rate(const lathe_fit_run *run) {
  return (float *)(void *)(run->state + lathe_this_layout.learning_rate);
}

/* What ModelCheckpoint adds to the saving after each epoch. */
static int lathe_fit_keeps_best(void) {
  const lathe_recipe *recipe = &lathe_this_model.recipe;
  return recipe->checkpoint && recipe->save_best_only;
}

/* 1 when the callback wants to stop. */
static int lathe_fit_emit(lathe_fit_run *run, int32_t kind) {
  const lathe_fit_record *record = run->record;
  lathe_event *event = &run->event;
  event->kind = kind;
  event->epochs = run->epochs;
  event->best_epoch =
      (lathe_fit_keeps_best() && !(record->stopped & LATHE_STOPPED_RESTORED)
           ? record->save_epoch
           : record->stop_epoch) -
      1;
  if (!run->options->callback)
    return 0;
  return run->options->callback(run->options->context, event) != 0;
}

/* What the current epoch's steps add up to. */
static void lathe_fit_measure(lathe_fit_run *run) {
  const lathe_fit_record *record = run->record;
  const int64_t left = run->train.count - record->samples;
  lathe_event *event = &run->event;
  event->learning_rate = *lathe_fit_rate(run);
  event->epoch = record->epoch;
  event->step = record->step;
  event->steps = record->step + (left + run->batch_size - 1) / run->batch_size;
  event->train.samples = record->samples;
  event->train.loss =
      record->samples ? record->loss_sum / (double)record->samples : 0;
  event->train.accuracy = lathe_this_accuracy(record->correct, record->samples);
}

/* Splits as Keras does: a fraction is taken from the end, before shuffling. */
static int lathe_fit_split(lathe_fit_run *run) {
  const lathe_recipe *recipe = &lathe_this_model.recipe;
  const int64_t count = run->train.data->count;
  const double wanted =
      recipe->split == LATHE_SPLIT_FRACTION
          ? (double)(count -
                     (int64_t)((double)count * (1.0 - recipe->split_value)))
          : recipe->split_value;
  if (!(wanted >= 0 && wanted < (double)count))
    return LATHE_ERROR_ARGUMENT;
  const int64_t apart = (int64_t)wanted;
  run->validation = run->train;
  run->validation.count = apart;
  run->train.count = count - apart;
  if (recipe->split == LATHE_SPLIT_FIRST)
    run->train.first = apart;
  else
    run->validation.first = count - apart;
  return LATHE_OK;
}

/* A record from a checkpoint is as trustworthy as its file: what indexes the
 * data must fit them. */
static int lathe_fit_check_record(const lathe_fit_run *run) {
  const lathe_fit_record *record = run->record;
  if (record->epoch < 0 || record->step < 0 || record->samples < 0 ||
      record->samples > run->train.count)
    return LATHE_ERROR_ARGUMENT;
  if ((record->stopped & LATHE_STOPPED_RESTORED) &&
      lathe_this_layout.best_params < 0)
    return LATHE_ERROR_ARGUMENT;
  if ((record->stopped & LATHE_STOPPED_AVERAGED) &&
      !lathe_this_model.recipe.use_ema)
    return LATHE_ERROR_ARGUMENT;
  return LATHE_OK;
}

static int lathe_fit_prepare(lathe_fit_run *run, const lathe_dataset *train,
                             const lathe_dataset *validation) {
  const lathe_recipe *recipe = &lathe_this_model.recipe;
  const lathe_fit_options *options = run->options;
  int status = lathe_this_check_dataset(train);
  if (status == LATHE_OK && validation)
    status = lathe_this_check_dataset(validation);
  if (status != LATHE_OK)
    return status;
  if (train->count == 0 || options->epochs < 0 || options->batch_size < 0 ||
      options->batch_size > lathe_this_model.batch ||
      !(options->learning_rate >= 0) ||
      (options->learning_rate != 0 &&
       recipe->schedule.kind != LATHE_SCHEDULE_NONE) ||
      !lathe_this_is_finite(options->learning_rate))
    return LATHE_ERROR_ARGUMENT;

  run->epochs = options->epochs ? options->epochs : recipe->epochs;
  run->batch_size =
      options->batch_size ? options->batch_size : recipe->batch_size;
  run->train.data = train;
  run->train.count = train->count;
  if (validation) {
    run->validation.data = validation;
    run->validation.count = validation->count;
  } else if (recipe->split != LATHE_SPLIT_NONE) {
    status = lathe_fit_split(run);
    if (status != LATHE_OK)
      return status;
  }
  run->train.shuffle = recipe->shuffle && !options->no_shuffle;
  run->train.seed =
      *(const uint64_t *)(const void *)(run->state + lathe_this_layout.seed);
  run->each = run->train;
  status = lathe_this_begin_balance(&run->balance, &run->train);
  if (status == LATHE_OK)
    status = lathe_fit_check_record(run);
  if (status != LATHE_OK)
    return status;
  if (options->learning_rate != 0)
    *lathe_fit_rate(run) = options->learning_rate;
  if (lathe_this_layout.epoch_steps >= 0)
    *(int64_t *)(void *)(run->state + lathe_this_layout.epoch_steps) =
        (run->train.count + run->batch_size - 1) / run->batch_size;
  return LATHE_OK;
}

/* The batch's images as training sees them. An image's place in the epoch tells
 * it from all others, so that one that comes twice looks different. */
static void lathe_fit_augment(const lathe_fit_run *run, lathe_batch *batch,
                              int32_t n) {
  enum { LATHE_AUGMENT_SAMPLES = 256 };
  const lathe_layout *layout = &lathe_this_layout;
  if (!layout->draw_count)
    return;
  const int64_t size = lathe_this_image_size();
  float *augmented = (float *)(void *)(run->arena + layout->augmented);
  for (int32_t done = 0; done < n;) {
    int64_t places[LATHE_AUGMENT_SAMPLES];
    const int32_t count =
        n - done < LATHE_AUGMENT_SAMPLES ? n - done : LATHE_AUGMENT_SAMPLES;
    for (int32_t i = 0; i < count; ++i)
      places[i] = run->record->samples + done + i;
    lathe_this_augment_batch(run->arena, batch->images + done * size, count,
                             run->train.seed, run->record->epoch, places,
                             augmented + done * size);
    done += count;
  }
  batch->images = augmented;
}

/* What comes after the first `done` samples of the epoch: more of them, or
 * those that it is validated on. */
static void lathe_fit_announce(const lathe_fit_run *run, int64_t done) {
  if (done < run->train.count)
    lathe_this_announce(&run->train, done, run->batch_size);
  else if (run->validation.count)
    lathe_this_announce(&run->validation, 0, lathe_this_model.batch);
}

/* Steps from where the record stands to the end of the epoch. The record counts
 * samples, so that even another batch size sees each of them once. */
static int lathe_fit_steps(lathe_fit_run *run) {
  lathe_fit_record *record = run->record;
  lathe_batch batch = lathe_this_batch_in(run->arena, &lathe_this_layout.train);
  run->train.epoch = record->epoch;
  lathe_this_begin_balanced_epoch(&run->balance, &run->train);
  while (record->samples < run->train.count) {
    const int64_t left = run->train.count - record->samples;
    const int32_t n = left < run->batch_size ? (int32_t)left : run->batch_size;
    int status = lathe_this_get_batch(&run->train, record->samples, n, &batch);
    if (status != LATHE_OK)
      return status;
    lathe_fit_announce(run, record->samples + n);
    lathe_fit_augment(run, &batch, n);
    if (lathe_this_layout.mix_count)
      lathe_this_mix_batch(run->arena, &batch, n, run->train.seed,
                           record->epoch, record->samples);
    status = lathe_this_balance_weights(&run->train, &batch, n);
    if (status != LATHE_OK)
      return status;
    float loss = 0;
    int32_t correct = 0;
    status = lathe_this_train_batch(run->params, run->state, run->arena, &batch,
                                    &loss, &correct, n);
    if (status != LATHE_OK)
      return status;
    record->step += 1;
    record->samples += n;
    record->correct += correct;
    record->loss_sum += (double)loss * n;
    lathe_fit_measure(run);
    if (lathe_fit_emit(run, LATHE_EVENT_BATCH))
      return LATHE_ERROR_CANCELLED;
  }
  return LATHE_OK;
}

/* The monitored value, signed so that less is better. 0 where it is not known,
 * which Keras answers by leaving the callback out. */
static int lathe_fit_monitored(const lathe_fit_run *run, int32_t monitor,
                               double *value) {
  const lathe_event *event = &run->event;
  switch (monitor) {
  case LATHE_VAL_LOSS:
    *value = event->validation.loss;
    return event->validation.samples != 0;
  case LATHE_VAL_ACCURACY:
    *value = -event->validation.accuracy;
    return event->validation.samples != 0;
  case LATHE_LOSS:
    *value = event->train.loss;
    return 1;
  default:
    *value = -event->train.accuracy;
    return 1;
  }
}

LATHE_INTERNAL int lathe_this_improves(double value, double min_delta,
                                       double *best, int64_t *best_epoch,
                                       int64_t epoch) {
  if (!lathe_this_is_finite(value) ||
      (*best_epoch && !(value + min_delta < *best)))
    return 0;
  *best = value;
  *best_epoch = epoch;
  return 1;
}

/* EarlyStopping as in Keras 3, whose first epoch never stops. */
static void lathe_fit_stop_early(lathe_fit_run *run) {
  const lathe_recipe *recipe = &lathe_this_model.recipe;
  lathe_fit_record *record = run->record;
  double value = 0;
  if (!recipe->early_stopping ||
      !lathe_fit_monitored(run, recipe->early_stopping_monitor, &value))
    return;
  record->stop_wait += 1;
  if (lathe_this_improves(value, recipe->min_delta, &record->stop_best,
                          &record->stop_epoch, record->epoch + 1)) {
    record->stop_wait = 0;
    if (lathe_this_layout.best_params >= 0)
      memcpy(run->state + lathe_this_layout.best_params, run->params,
             (size_t)lathe_this_model.params_size);
  } else if (record->stop_wait >= recipe->patience && record->epoch > 0) {
    record->stopped |= LATHE_STOPPED_EARLY;
  }
}

/* Validation, callbacks, events. Both events see the record of a finished
 * epoch: what is saved there goes on with the next one. */
static int lathe_fit_end_epoch(lathe_fit_run *run) {
  const lathe_recipe *recipe = &lathe_this_model.recipe;
  lathe_fit_record *record = run->record;
  lathe_fit_measure(run);
  if (run->validation.count) {
    int status = lathe_this_evaluate_samples(
        run->params, run->arena, &run->validation, &run->event.validation);
    if (status != LATHE_OK)
      return status;
  }
  double value = 0;
  if (recipe->reduce_lr &&
      lathe_fit_monitored(run, recipe->reduce_lr_monitor, &value))
    lathe_this_reduce_rate(record, value, lathe_fit_rate(run));
  lathe_fit_stop_early(run);
  const int best =
      lathe_fit_keeps_best() &&
      lathe_fit_monitored(run, recipe->checkpoint_monitor, &value) &&
      lathe_this_improves(value, 0, &record->save_best, &record->save_epoch,
                          record->epoch + 1);
  record->epoch += 1;
  record->step = 0;
  record->samples = 0;
  record->correct = 0;
  record->loss_sum = 0;
  if (best && lathe_fit_emit(run, LATHE_EVENT_BEST))
    return LATHE_ERROR_CANCELLED;
  return lathe_fit_emit(run, LATHE_EVENT_EPOCH) ? LATHE_ERROR_CANCELLED
                                                : LATHE_OK;
}

/* The best weights go to params at the end. They are swapped rather than
 * copied: training on for more epochs swaps them back and equals not having
 * ended. */
static void lathe_fit_swap_best(lathe_fit_run *run) {
  lathe_this_swap(run->params, run->state + lathe_this_layout.best_params,
                  lathe_this_model.params_size);
  run->record->stopped ^= LATHE_STOPPED_RESTORED;
}

static void lathe_fit_swap_averages(lathe_fit_run *run) {
  lathe_this_swap_averages(run->params, run->state);
  run->record->stopped ^= LATHE_STOPPED_AVERAGED;
}

/* What the end of a training did, undone: it goes on. */
static void lathe_fit_reopen(lathe_fit_run *run) {
  const lathe_fit_record *record = run->record;
  if ((record->stopped & LATHE_STOPPED_EARLY) || record->epoch >= run->epochs)
    return;
  if (record->stopped & LATHE_STOPPED_RESTORED)
    lathe_fit_swap_best(run);
  if (record->stopped & LATHE_STOPPED_AVERAGED)
    lathe_fit_swap_averages(run);
}

/* The weights that training is for. As in Keras, the best epoch's come before
 * the averages. */
static void lathe_fit_conclude(lathe_fit_run *run) {
  const lathe_fit_record *record = run->record;
  const lathe_recipe *recipe = &lathe_this_model.recipe;
  const int32_t restores = recipe->restore_best_weights &&
                           lathe_this_layout.best_params >= 0 &&
                           record->stop_epoch;
  if (record->stopped & (LATHE_STOPPED_RESTORED | LATHE_STOPPED_AVERAGED))
    return;
  if (restores)
    lathe_fit_swap_best(run);
  else if (recipe->use_ema)
    lathe_fit_swap_averages(run);
}

int lathe_this_fit(void *params, void *state, void *arena,
                   const lathe_dataset *train, const lathe_dataset *validation,
                   const lathe_fit_options *options) {
  int status = lathe_this_check_memory(params, state, arena);
  if (status != LATHE_OK)
    return status;
  lathe_fit_options defaults;
  memset(&defaults, 0, sizeof(defaults));
  lathe_fit_run run;
  memset(&run, 0, sizeof(run));
  run.params = params;
  run.state = (unsigned char *)state;
  run.arena = (unsigned char *)arena;
  run.record =
      (lathe_fit_record *)(void *)(run.state + lathe_this_layout.fit_record);
  run.options = options ? options : &defaults;
  status = lathe_fit_prepare(&run, train, validation);
  if (status == LATHE_OK)
    status = lathe_this_check_finite(params, state, arena);
  if (status != LATHE_OK)
    return status;

  if (!lathe_this_is_adapted(params)) {
    status = lathe_this_adapt_to(params, arena, &run.each);
    if (status != LATHE_OK)
      return status;
  }

  lathe_fit_record *record = run.record;
  lathe_fit_reopen(&run);
  while (record->epoch < run.epochs &&
         !(record->stopped & LATHE_STOPPED_EARLY)) {
    memset(&run.event, 0, sizeof(run.event));
    status = lathe_fit_steps(&run);
    if (status == LATHE_OK)
      status = lathe_fit_end_epoch(&run);
    if (status != LATHE_OK)
      return status;
  }

  lathe_fit_conclude(&run);
  run.event.epoch = record->epoch - 1;
  run.event.early_stopped = (record->stopped & LATHE_STOPPED_EARLY) != 0;
  return lathe_fit_emit(&run, LATHE_EVENT_END) ? LATHE_ERROR_CANCELLED
                                               : LATHE_OK;
}
