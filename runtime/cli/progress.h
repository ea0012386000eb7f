// progress.h: what the user sees while a model is trained, as Keras's fit shows
// it.
#pragma once

#include "runtime/artifact.h"

#include <chrono>
#include <string>

namespace lathe {

// "0.6123", and small values as "5.1000e-04".
std::string format_metric(double value);

// "loss: 0.6123 - accuracy: 0.9012", as far as the model reports them.
// `prefix` stands before each name.
std::string format_metrics(const lathe_recipe &recipe,
                           const lathe_metrics &metrics, const char *prefix);

// Throws Error where what was printed did not reach standard output.
void check_output();

class Progress {
public:
  // On a terminal, a line with a bar is kept up to date.
  Progress(const lathe_recipe &recipe, bool terminal)
      : recipe_(recipe), terminal_(terminal) {}
  void show(const lathe_event &event);
  // Leaves the bar's line, if there is one.
  void finish_line();

private:
  using Clock = std::chrono::steady_clock;
  void begin_epoch(const lathe_event &event);
  void show_bar(const lathe_event &event, Clock::time_point now);
  void show_epoch(const lathe_event &event);

  const lathe_recipe &recipe_;
  bool terminal_;
  bool bar_shown_ = false;
  int64_t epoch_ = -1; // the one whose heading was shown
  int64_t first_step_ = 0;
  Clock::time_point epoch_start_, last_shown_;
};

} // namespace lathe
