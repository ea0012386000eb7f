// training.cpp: see training.h.
#include "runtime/cli/training.h"

#include "runtime/cli/commands.h"
#include "runtime/cli/evaluated_part.h"
#include "runtime/cli/train_checks.h"
#include "runtime/error.h"
#include "runtime/finite.h"
#include "runtime/thread_pool.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace lathe {

namespace {

volatile std::sig_atomic_t interrupted = 0, save_wanted = 0;

// Where checkpoints keep the recipe's rate_text.
constexpr const char *rate_key = "learning_rate";

// The first signal asks for an orderly end; a second one ends at once, but a
// closing terminal sends several. What the caller ignores stays ignored, as
// nohup wants it. SIGUSR1 saves and goes on.
void catch_signals() {
  struct sigaction action = {}, old = {};
  action.sa_handler = [](int) { interrupted = 1; };
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) {
    action.sa_flags = SA_RESTART | (signal == SIGHUP ? 0 : int(SA_RESETHAND));
    if (sigaction(signal, nullptr, &old) == 0 && old.sa_handler != SIG_IGN)
      sigaction(signal, &action, nullptr);
  }
  action.sa_handler = [](int) { save_wanted = 1; };
  action.sa_flags = SA_RESTART;
  sigaction(SIGUSR1, &action, nullptr);
}

// An earlier training's file is replaced only if the user says so.
std::string save_path(const lathe_model &model, const TrainOptions &options) {
  if (!options.save.empty())
    return options.save;
  if (!options.resume.empty())
    return options.resume;
  const std::string path = model.name + std::string(".safetensors");
  if (!options.overwrite && std::filesystem::exists(path))
    fail("{0} is there already, from an earlier training: --resume {0} goes "
         "on with it, --save FILE saves elsewhere, --overwrite begins anew and "
         "replaces it",
         path);
  return path;
}

// Options are kept as text in the checkpoint; anything else there is ignored.
int64_t number_in(const Metadata &metadata, const char *key, int64_t most) {
  auto entry = metadata.find(key);
  if (entry == metadata.end())
    return 0;
  int64_t value = std::strtoll(entry->second.c_str(), nullptr, 10);
  return value > 0 && value <= most ? value : 0;
}

// What is not as one might expect, on stderr.
void report(const std::string &path, const Leftovers &leftovers) {
  if (!leftovers.missing.empty())
    fmt::print(stderr,
               "{} does not have these parameters, which begin anew: {}\n",
               path, fmt::join(leftovers.missing, ", "));
  if (!leftovers.unknown.empty())
    fmt::print(stderr, "{} has tensors that are not the model's: {}\n", path,
               fmt::join(leftovers.unknown, ", "));
}

} // namespace

Training::Training(const lathe_model &model, const TrainOptions &options)
    : model_(model), options_(options), memory_(model, true),
      saver_(model, memory_, save_path(model, options), options.history),
      progress_(model.recipe, isatty(STDOUT_FILENO)) {
  std::signal(SIGPIPE, SIG_IGN); // a reader that goes away is an output error
  if (options_.batch_size > model.batch)
    fail("--batch-size {}: the model was compiled for at most {}",
         options_.batch_size, model.batch);
  if (options_.learning_rate != 0 &&
      model.recipe.schedule.kind != LATHE_SCHEDULE_NONE)
    fail("--learning-rate: the learning rate of this model follows a schedule");
  check_status(model,
               model.init(memory_.params(), memory_.state(), options_.seed),
               "initialising");
  Metadata saved;
  if (!options_.resume.empty()) {
    saved = restore_options();
    adopt_changed_rate(saved);
  }
  if (!options_.init_weights.empty())
    report(options_.init_weights,
           load_weights(options_.init_weights, model, memory_));
  if (const lathe_tensor *tensor = first_not_finite(model, memory_))
    fail("{}: {} has elements that are infinite or NaN",
         options_.resume + options_.init_weights, tensor->name);
  set_threads(options_.threads, model.stack_size);
  if (options_.validation_data.empty() && model.recipe.validation_data)
    options_.validation_data = model.recipe.validation_data;
  data_ = std::make_unique<TrainingData>(
      model,
      TrainingDataOptions{options_.data, options_.sample_weights,
                          options_.limit, options_.seed, options_.resume,
                          options_.init_weights, options_.reading,
                          options_.validation_data, options_.threads},
      saved);
  saver_.require_validation(data_->validation().count);
  saver_.begin(chosen_options(), completed_epochs(), saved);
}

// What the checkpoint was trained with, where the command line does not say.
// Returns all that it says.
Metadata Training::restore_options() {
  Metadata saved = load_checkpoint(options_.resume, model_, memory_, Load::All);
  if (!options_.epochs)
    options_.epochs = number_in(saved, "epochs", INT32_MAX);
  if (!options_.batch_size)
    options_.batch_size = int32_t(number_in(saved, "batch_size", model_.batch));
  if (!options_.limit)
    options_.limit = number_in(saved, "limit", INT64_MAX);
  auto weights = saved.find("sample_weights");
  if (options_.sample_weights.empty() && weights != saved.end())
    options_.sample_weights = weights->second;
  auto validation = saved.find(validation_data_key);
  if (options_.validation_data.empty() && validation != saved.end())
    options_.validation_data = validation->second;
  return saved;
}

// What the next --resume needs to know.
Metadata Training::chosen_options() const {
  Metadata metadata = {{rate_key, rate_text(model_.recipe)}};
  if (options_.epochs)
    metadata["epochs"] = std::to_string(options_.epochs);
  if (options_.batch_size)
    metadata["batch_size"] = std::to_string(options_.batch_size);
  if (options_.limit)
    metadata["limit"] = std::to_string(options_.limit);
  if (!options_.sample_weights.empty())
    metadata["sample_weights"] = options_.sample_weights;
  if (!options_.validation_data.empty())
    metadata[validation_data_key] = options_.validation_data;
  data_->describe(metadata);
  return metadata;
}

// The recipe is the model's, and may have changed since.
void Training::adopt_changed_rate(const Metadata &saved) {
  auto text = saved.find(rate_key);
  if (options_.learning_rate != 0)
    return;
  ChangedRate changed = changed_rate(
      model_.recipe, options_.resume, text == saved.end() ? "" : text->second,
      value_of<float>("optimizer/learning_rate"));
  options_.learning_rate = changed.rate;
  rate_message_ = changed.message;
}

template <typename T>
T Training::value_of(const char *name) const {
  const lathe_tensor *tensor = find_tensor(model_, name);
  T value = 0;
  if (tensor)
    std::memcpy(&value, memory_.data(*tensor), sizeof(value));
  return value;
}

void Training::report_without_effect() const {
  TrainingPlan plan;
  plan.samples = data_->train().count;
  plan.sizes = class_sizes(data_->train(), model_);
  plan.weighted = data_->train().sample_weights != nullptr;
  plan.validation = data_->validation().count;
  plan.batch_size =
      options_.batch_size ? options_.batch_size : model_.recipe.batch_size;
  plan.epochs = options_.epochs ? options_.epochs : model_.recipe.epochs;
  plan.completed = completed_epochs();
  // LATHE_STOPPED_EARLY
  plan.early_stopped = (value_of<int64_t>("fit/stopped") & 1) != 0;
  if (!rate_message_.empty() && !plan.finished())
    fmt::print(stderr, "{}\n", rate_message_);
  for (const std::string &message : without_effect(model_, options_, plan))
    fmt::print(stderr, "{}\n", message);
}

int Training::run() {
  catch_signals();
  begin_ = std::chrono::steady_clock::now();
  report_without_effect();

  if (model_.is_adapted && !model_.is_adapted(memory_.params()))
    fmt::print("adapting to {} samples\n", data_->train().count);
  lathe_fit_options options = {};
  options.epochs = options_.epochs;
  options.batch_size = options_.batch_size;
  options.learning_rate = options_.learning_rate;
  options.callback = on_event;
  options.context = this;
  int status = model_.fit(memory_.params(), memory_.state(), memory_.arena(),
                          &data_->train(), &data_->validation(), &options);
  if (status == LATHE_ERROR_DATA) {
    saver_.save();
    std::rethrow_exception(data_->error());
  }
  return finish(status);
}

int Training::finish(int status) {
  if (error_)
    std::rethrow_exception(error_);
  if (status == LATHE_ERROR_CANCELLED)
    saver_.save();
  if (!output_error_)
    progress_.finish_line();
  if (status == LATHE_ERROR_CANCELLED)
    fmt::print(stderr,
               "{} in epoch {}; to go on from here:\n"
               "  {} train --data {} --resume {}\n",
               is_out_of_time_ ? "The time is over" : "Interrupted",
               completed_epochs() + 1, model_.name, options_.data,
               saver_.path());
  if (output_error_)
    std::rethrow_exception(output_error_);
  if (status == LATHE_ERROR_CANCELLED)
    return is_out_of_time_ ? exit_ok : exit_interrupted;
  if (status == LATHE_ERROR_ARGUMENT && !options_.resume.empty())
    fail("{}: its place in the training does not fit these data",
         options_.resume);
  if (status == LATHE_ERROR_NOT_FINITE && saver_.has_saved())
    fail("training, epoch {}: {}; {} keeps the last good state",
         completed_epochs() + 1,
         not_finite_text(model_, model_.first_not_finite(memory_.arena())),
         saver_.path());
  check_status(model_, status, "training", memory_.arena());
  return exit_ok;
}

int Training::on_event(void *context, const lathe_event *event) {
  auto *self = static_cast<Training *>(context);
  try {
    return self->handle(*event);
  } catch (...) { // must not pass through the artifact's C frames
    self->error_ = std::current_exception();
    return 1;
  }
}

int Training::handle(const lathe_event &event) {
  switch (event.kind) {
  case LATHE_EVENT_BATCH:
    if (is_over())
      return 1;
    if (save_wanted ||
        (options_.save_every && event.step % options_.save_every == 0)) {
      save_wanted = 0;
      saver_.save();
    }
    return show(event);
  case LATHE_EVENT_BEST:
    saver_.save_epoch(event);
    saver_.save_best();
    return 0;
  case LATHE_EVENT_EPOCH:
    saver_.save_epoch(event);
    saver_.append_history();
    report_zero_rate(event);
    return show(event) || is_over();
  default: // the best weights may have been restored
    saver_.save();
    return show(event);
  }
}

bool Training::is_over() {
  const std::chrono::duration<double> elapsed =
      std::chrono::steady_clock::now() - begin_;
  if (interrupted)
    return true;
  is_out_of_time_ =
      options_.max_time > 0 && elapsed.count() > options_.max_time;
  return is_out_of_time_;
}

void Training::report_zero_rate(const lathe_event &event) {
  if (event.learning_rate == 0 && !rate_is_zero_ &&
      event.epoch + 1 < event.epochs)
    fmt::print(stderr,
               "the learning rate is 0 at the end of epoch {}; training may "
               "change nothing any more\n",
               event.epoch + 1);
  rate_is_zero_ = event.learning_rate == 0;
}

// Output that cannot be written ends the training like a signal: in order.
int Training::show(const lathe_event &event) {
  try {
    progress_.show(event);
    check_output();
    return 0;
  } catch (...) {
    output_error_ = std::current_exception();
    return 1;
  }
}

} // namespace lathe
