// progress.cpp: see progress.h.
#include "runtime/cli/progress.h"

#include "runtime/error.h"

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>

namespace lathe {

namespace {

constexpr int bar_width = 30;
constexpr std::chrono::milliseconds bar_interval(100);

double seconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

std::string format_time(double time) {
  auto s = int64_t(time);
  if (s >= 3600)
    return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
  return s >= 60 ? fmt::format("{}:{:02}", s / 60, s % 60)
                 : fmt::format("{}s", s);
}

std::string format_bar(int64_t step, int64_t steps) {
  int done = int(step * bar_width / steps);
  std::string bar(size_t(done), '=');
  if (done < bar_width) {
    bar += '>';
    bar.resize(bar_width, '.');
  }
  return bar;
}

} // namespace

std::string format_metric(double value) {
  if (std::isnan(value)) // whatever its sign
    return "nan";
  return std::fabs(value) > 1e-3 || value == 0 ? fmt::format("{:.4f}", value)
                                               : fmt::format("{:.4e}", value);
}

std::string format_metrics(const lathe_recipe &recipe,
                           const lathe_metrics &metrics, const char *prefix) {
  std::string text =
      fmt::format("{}loss: {}", prefix, format_metric(metrics.loss));
  if (recipe.metrics & LATHE_METRIC_ACCURACY)
    text += fmt::format(" - {}accuracy: {}", prefix,
                        format_metric(metrics.accuracy));
  return text;
}

void check_output() {
  const bool failed = std::ferror(stdout) != 0;
  if (failed) { // and has forgotten why: another byte tells
    std::clearerr(stdout);
    std::fputc('\n', stdout);
  }
  if (std::fflush(stdout) != 0)
    fail("cannot write standard output: {}", std::strerror(errno));
  if (failed)
    fail("cannot write standard output");
}

void Progress::show(const lathe_event &event) {
  switch (event.kind) {
  case LATHE_EVENT_BATCH: {
    begin_epoch(event);
    auto now = Clock::now();
    if (terminal_ && now - last_shown_ > bar_interval)
      show_bar(event, now);
    break;
  }
  case LATHE_EVENT_EPOCH:
    begin_epoch(event); // resumed after the epoch's last step
    show_epoch(event);
    break;
  case LATHE_EVENT_END:
    if (event.early_stopped)
      fmt::print("Epoch {}: early stopping\n", event.epoch + 1);
    break;
  default:
    break;
  }
}

void Progress::begin_epoch(const lathe_event &event) {
  if (epoch_ == event.epoch)
    return;
  epoch_ = event.epoch;
  first_step_ = event.step - 1;
  epoch_start_ = Clock::now();
  fmt::print("Epoch {}/{}\n", event.epoch + 1, event.epochs);
  check_output();
}

void Progress::show_bar(const lathe_event &event, Clock::time_point now) {
  last_shown_ = now;
  bar_shown_ = true;
  double step_time =
      seconds(now - epoch_start_) / double(event.step - first_step_);
  std::string total = std::to_string(event.steps);
  fmt::print("\r{:>{}}/{} [{}] - ETA: {} - {}\x1b[K", event.step, total.size(),
             total, format_bar(event.step, event.steps),
             format_time(step_time * double(event.steps - event.step)),
             format_metrics(recipe_, event.train, ""));
  check_output();
}

void Progress::show_epoch(const lathe_event &event) {
  std::string line =
      fmt::format("{}/{} - {} - {}", event.step, event.steps,
                  format_time(seconds(Clock::now() - epoch_start_)),
                  format_metrics(recipe_, event.train, ""));
  if (event.validation.samples != 0)
    line += " - " + format_metrics(recipe_, event.validation, "val_");
  fmt::print("{}{}{}\n", bar_shown_ ? "\r" : "", line,
             bar_shown_ ? "\x1b[K" : "");
  bar_shown_ = false;
  check_output();
}

void Progress::finish_line() {
  if (bar_shown_)
    fmt::print("\n");
  bar_shown_ = false;
  check_output();
}

} // namespace lathe
