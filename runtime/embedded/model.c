/* model.c: the artifact's functions that need no memory of their own: predict,
 * train_step, evaluate. They check what the host passed; the steps trust it. */
#include "runtime/embedded/internal.h"

#include <string.h>

/* Where the arena has room for what is prepared. */
static void *lathe_prepared_in(void *arena) {
  return (unsigned char *)arena + lathe_this_layout.prepared;
}

/* NULL will do where nothing is prepared. */
static int lathe_check_prepared(const void *params, const void *prepared,
                                const void *arena) {
  return lathe_this_check_memory(
      params, lathe_this_model.prepared_size ? prepared : arena, arena);
}

int lathe_this_prepare(const void *params, void *prepared, void *arena) {
  int status = lathe_check_prepared(params, prepared, arena);
  if (status == LATHE_OK)
    lathe_this_step_prepare(params, prepared, arena, 1);
  return status;
}

/* Bytes of one sample. */
static int64_t lathe_sample_size(const lathe_port *port) {
  static const int64_t sizes[] = {4, 8, 4, 8, 1};
  int64_t size = sizes[port->dtype];
  for (int32_t axis = 0; axis < port->rank; ++axis)
    size *= port->shape[axis];
  return size;
}

/* The memory of the samples from `start` on. */
static const void *lathe_samples_from(const lathe_port *port,
                                      const void *memory, int64_t start) {
  return (const unsigned char *)memory + start * lathe_sample_size(port);
}

static int lathe_lacks_memory(const void *const *memory, int32_t count) {
  for (int32_t i = 0; i < count; ++i)
    if (!memory || !memory[i])
      return 1;
  return 0;
}

static int lathe_check_run(const void *params, const void *const *inputs, int n,
                           void *const *outputs) {
  const lathe_model *model = &lathe_this_model;
  return n < 0 || lathe_lacks_memory(inputs, model->input_count) ||
                 lathe_lacks_memory((const void *const *)outputs,
                                    model->output_count)
             ? LATHE_ERROR_ARGUMENT
             : lathe_this_check_adapted(params);
}

/* What `run` and `run_prepared` do with arguments that have been checked. The
 * CPU is asked once: that takes 50 us in a virtual machine. */
static void lathe_run_batches(const void *params, const void *prepared,
                              void *arena, const void *const *inputs, int n,
                              void *const *outputs) {
  const lathe_model *model = &lathe_this_model;
  const void *in[LATHE_MOST_PORTS];
  void *out[LATHE_MOST_PORTS];
  const int32_t batch = model->predict_batch;
  for (int64_t start = 0; start < n; start += batch) {
    for (int32_t i = 0; i < model->input_count; ++i)
      in[i] = lathe_samples_from(&model->input_ports[i], inputs[i], start);
    for (int32_t i = 0; i < model->output_count; ++i)
      out[i] = (void *)lathe_samples_from(&model->output_ports[i], outputs[i],
                                          start);
    lathe_this_step_predict(params, prepared, arena, in, out,
                            n - start < batch ? (int32_t)(n - start) : batch);
  }
}

int lathe_this_run(const void *params, void *arena, const void *const *inputs,
                   int n, void *const *outputs) {
  int status = lathe_this_check_memory(params, arena, arena);
  if (status == LATHE_OK)
    status = lathe_check_run(params, inputs, n, outputs);
  if (status != LATHE_OK)
    return status;
  lathe_this_step_prepare(params, lathe_prepared_in(arena), arena, 1);
  lathe_run_batches(params, lathe_prepared_in(arena), arena, inputs, n,
                    outputs);
  return LATHE_OK;
}

int lathe_this_run_prepared(const void *params, const void *prepared,
                            void *arena, const void *const *inputs, int n,
                            void *const *outputs) {
  int status = lathe_check_prepared(params, prepared, arena);
  if (status == LATHE_OK)
    status = lathe_check_run(params, inputs, n, outputs);
  if (status == LATHE_OK)
    lathe_run_batches(params, prepared, arena, inputs, n, outputs);
  return status;
}

int lathe_this_predict(const void *params, void *arena, const float *images,
                       int n, float *probabilities) {
  const void *inputs[1];
  void *outputs[1];
  inputs[0] = images;
  outputs[0] = probabilities;
  return lathe_this_run(params, arena, inputs, n, outputs);
}

int lathe_this_predict_prepared(const void *params, const void *prepared,
                                void *arena, const float *images, int n,
                                float *probabilities) {
  const void *inputs[1];
  void *outputs[1];
  inputs[0] = images;
  outputs[0] = probabilities;
  return lathe_this_run_prepared(params, prepared, arena, inputs, n, outputs);
}

LATHE_INTERNAL int lathe_this_train_batch(void *params, void *state,
                                          void *arena, const lathe_batch *batch,
                                          float *loss, int32_t *correct,
                                          int32_t n) {
  unsigned char *bytes = (unsigned char *)state;
  float *rate = (float *)(void *)(bytes + lathe_this_layout.learning_rate);
  const float old_rate = *rate;
  const int64_t steps = lathe_this_model.recipe.gradient_accumulation_steps;
  const int64_t iteration =
      *(const int64_t *)(const void *)(bytes + lathe_this_layout.iteration);
  const int due = steps > 1 && (iteration + 1) % steps == 0;
  lathe_this_begin_step(params, state, arena, due);
  lathe_this_schedule_rate(state);
  lathe_this_step_train(params, state, arena, batch->images, batch->labels,
                        batch->weights, batch->others, batch->shares, loss,
                        correct, n);
  const int status = lathe_this_end_step(params, state, arena);
  if (status != LATHE_OK)
    *rate = old_rate;
  else if (due)
    lathe_this_step_update(params, state, arena, 1);
  return status;
}

int lathe_this_train_step(void *params, void *state, void *arena,
                          const float *images, const int32_t *labels, int n,
                          float *loss) {
  return lathe_this_train_step_weighted(params, state, arena, images, labels, 0,
                                        n, loss);
}

int lathe_this_train_step_weighted(void *params, void *state, void *arena,
                                   const float *images, const int32_t *labels,
                                   const float *sample_weights, int n,
                                   float *loss) {
  int status = lathe_this_check_memory(params, state, arena);
  if (status != LATHE_OK)
    return status;
  if (!images || !labels || !loss || n < 0)
    return LATHE_ERROR_ARGUMENT;
  if (n == 0 || n > lathe_this_model.batch)
    return LATHE_ERROR_BATCH;
  status = lathe_this_check_labels(labels, n);
  if (status == LATHE_OK)
    status = lathe_this_check_weights(sample_weights, n);
  if (status == LATHE_OK)
    status = lathe_this_check_adapted(params);
  if (status != LATHE_OK)
    return status;

  lathe_batch batch = lathe_this_batch_in(arena, &lathe_this_layout.train);
  batch.images = images;
  batch.labels = labels;
  batch.weights = sample_weights ? sample_weights
                                 : lathe_this_ones(batch.staging_weights, n);
  if (lathe_this_layout.mix_count) { /* the host has mixed them, or has not */
    unsigned char *bytes = (unsigned char *)arena;
    batch.shares = (float *)(void *)(bytes + lathe_this_layout.mix_shares);
    lathe_this_ones(batch.shares, n);
    batch.others = (int32_t *)(void *)(bytes + lathe_this_layout.mix_others);
    memcpy(batch.others, labels,
           (size_t)(n * lathe_this_model.label_size) * sizeof(int32_t));
  }
  int32_t correct = 0;
  return lathe_this_train_batch(params, state, arena, &batch, loss, &correct,
                                n);
}

LATHE_INTERNAL int lathe_this_is_finite(double value) {
  return value - value == 0;
}

LATHE_INTERNAL double lathe_this_accuracy(int64_t correct, int64_t samples) {
  if (samples == 0)
    return 0;
  return (double)correct / ((double)samples * lathe_this_model.label_size);
}

LATHE_INTERNAL int lathe_this_evaluate_samples(const void *params, void *arena,
                                               const lathe_samples *samples,
                                               lathe_metrics *result) {
  lathe_batch batch = lathe_this_batch_in(arena, &lathe_this_layout.evaluate);
  double loss_sum = 0;
  int64_t right = 0, start = 0;
  if (samples->count > 0)
    lathe_this_step_prepare(params, lathe_prepared_in(arena), arena, 1);
  while (start < samples->count) {
    int64_t left = samples->count - start;
    int32_t n =
        left < lathe_this_model.batch ? (int32_t)left : lathe_this_model.batch;
    int status = lathe_this_get_batch(samples, start, n, &batch);
    if (status != LATHE_OK)
      return status;
    lathe_this_announce(samples, start + n, lathe_this_model.batch);
    float loss = 0;
    int32_t correct = 0;
    lathe_this_step_evaluate(params, lathe_prepared_in(arena), arena,
                             batch.images, batch.labels, batch.weights, &loss,
                             &correct, n);
    loss_sum += (double)loss * n;
    right += correct;
    start += n;
  }
  result->samples = start;
  result->loss = start ? loss_sum / (double)start : 0;
  /* Where the loss is not a number, nobody can say what was predicted. */
  result->accuracy =
      loss_sum == loss_sum ? lathe_this_accuracy(right, start) : loss_sum;
  return LATHE_OK;
}

int lathe_this_evaluate(const void *params, void *arena,
                        const lathe_dataset *data, lathe_metrics *result) {
  int status = lathe_this_check_memory(params, arena, arena);
  if (status != LATHE_OK)
    return status;
  if (!result)
    return LATHE_ERROR_ARGUMENT;
  status = lathe_this_check_dataset(data);
  if (status == LATHE_OK)
    status = lathe_this_check_adapted(params);
  if (status != LATHE_OK)
    return status;

  lathe_samples samples;
  samples.data = data;
  samples.first = 0;
  samples.count = data->count;
  samples.shuffle = 0;
  samples.seed = 0;
  samples.epoch = 0;
  samples.balance = 0;
  return lathe_this_evaluate_samples(params, arena, &samples, result);
}

const char *lathe_this_status_name(int status) {
  switch (status) {
  case LATHE_OK:
    return "LATHE_OK";
  case LATHE_ERROR_CPU:
    return "LATHE_ERROR_CPU";
  case LATHE_ERROR_ARGUMENT:
    return "LATHE_ERROR_ARGUMENT";
  case LATHE_ERROR_ALIGNMENT:
    return "LATHE_ERROR_ALIGNMENT";
  case LATHE_ERROR_LABEL:
    return "LATHE_ERROR_LABEL";
  case LATHE_ERROR_BATCH:
    return "LATHE_ERROR_BATCH";
  case LATHE_ERROR_CANCELLED:
    return "LATHE_ERROR_CANCELLED";
  case LATHE_ERROR_DATA:
    return "LATHE_ERROR_DATA";
  case LATHE_ERROR_NOT_FINITE:
    return "LATHE_ERROR_NOT_FINITE";
  case LATHE_ERROR_VERSION:
    return "LATHE_ERROR_VERSION";
  case LATHE_ERROR_WEIGHT:
    return "LATHE_ERROR_WEIGHT";
  case LATHE_ERROR_NOT_ADAPTED:
    return "LATHE_ERROR_NOT_ADAPTED";
  default:
    return "unknown status";
  }
}
