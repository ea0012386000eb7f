// evaluate_command.cpp: NAME evaluate.
#include "runtime/checkpoint.h"
#include "runtime/cli/balance.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/data_options.h"
#include "runtime/cli/evaluated_part.h"
#include "runtime/cli/metrics.h"
#include "runtime/cli/progress.h"
#include "runtime/data/class_names.h"
#include "runtime/data/dataset.h"
#include "runtime/error.h"
#include "runtime/thread_pool.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

namespace lathe {

namespace {

struct EvaluateOptions {
  std::string data, weights, sample_weights, part;
  DataOptions reading;
  bool json = false, report = false;
  int top = 5;
  int threads = 0;
};

Predictions predict_all(const lathe_model &model, ModelMemory &memory,
                        Dataset &dataset, const std::vector<int64_t> &samples) {
  Predictions result;
  result.classes = model.classes;
  result.multi_label = model.label_size != 1;
  std::vector<float> images(size_t(model.batch) *
                            size_t(dataset_spec(model).image_size()));
  std::vector<float> scores(size_t(model.batch) * size_t(model.outputs));
  std::vector<int32_t> labels(size_t(model.batch) * size_t(model.label_size));
  memory.prepare();
  const auto count = int64_t(samples.size());
  for (int64_t first = 0, n; first < count; first += n) {
    n = std::min<int64_t>(model.batch, count - first);
    dataset.read(samples.data() + first, int(n), images.data(), labels.data());
    dataset.announce(samples.data() + first + n,
                     int(std::min<int64_t>(model.batch, count - first - n)));
    memory.predict(images.data(), int(n), scores.data());
    for (int64_t i = 0; i < n * model.outputs; ++i) {
      if (model.outputs == 1) // the other of two classes
        result.scores.push_back(1 - scores[size_t(i)]);
      result.scores.push_back(scores[size_t(i)]);
    }
    result.labels.insert(result.labels.end(), labels.begin(),
                         labels.begin() + n * model.label_size);
  }
  return result;
}

// A figure that `metrics:` can name, from a report.
struct NamedFigure {
  int32_t metric;
  const char *name;
  double (*of_all)(const Report &);       // classes
  double (*of_one)(const ClassFigures &); // of two with one output: class 1
};
constexpr NamedFigure named_figures[] = {
    {LATHE_METRIC_TOP_K, "top_k_categorical_accuracy",
     [](const Report &report) { return report.top_k; }, nullptr},
    {LATHE_METRIC_PRECISION, "precision",
     [](const Report &report) { return report.macro.precision; },
     [](const ClassFigures &figures) { return figures.precision; }},
    {LATHE_METRIC_RECALL, "recall",
     [](const Report &report) { return report.macro.recall; },
     [](const ClassFigures &figures) { return figures.recall; }},
    {LATHE_METRIC_F1, "f1_score",
     [](const Report &report) { return report.macro.f1; },
     [](const ClassFigures &figures) { return figures.f1; }},
    {LATHE_METRIC_AUC, "auc", [](const Report &report) { return report.auc; },
     [](const ClassFigures &figures) { return figures.auc; }},
};

using Figures = std::vector<std::pair<std::string, double>>;

// From here on classes are unequal: the largest has so many times the samples
// of the smallest.
constexpr double unequal = 1.5;

// The loss and what the model's recipe names; of unequal classes, first what
// counts them all alike.
Figures figures_of(const lathe_model &model, const lathe_metrics &metrics,
                   const std::optional<Report> &report, bool is_unequal) {
  Figures figures;
  if (is_unequal)
    figures = {{"balanced_accuracy", balanced_accuracy(*report)},
               {"macro_precision", report->macro.precision},
               {"macro_f1_score", report->macro.f1}};
  figures.emplace_back("loss", metrics.loss);
  if (model.recipe.metrics & LATHE_METRIC_ACCURACY)
    figures.emplace_back("accuracy", metrics.accuracy);
  for (const NamedFigure &figure : named_figures)
    if (report && (model.recipe.metrics & figure.metric))
      figures.emplace_back(figure.name, model.outputs == 1 && figure.of_one
                                            ? figure.of_one(report->classes[1])
                                            : figure.of_all(*report));
  return figures;
}

using Json = nlohmann::ordered_json;

Json as_json(const Average &average) {
  return {{"precision", average.precision},
          {"recall", average.recall},
          {"f1_score", average.f1}};
}

// Infinite numbers and NaN become null.
void add_report(Json &json, const Report &report, const ClassNames &names) {
  if (report.k)
    json["top_k"] = {{"k", report.k}, {"accuracy", report.top_k}};
  json["macro"] = as_json(report.macro);
  json["micro"] = as_json(report.micro);
  json["weighted"] = as_json(report.weighted);
  json["auc"] = report.auc;
  json["classes"] = Json::array();
  for (size_t c = 0; c < report.classes.size(); ++c) {
    const ClassFigures &figures = report.classes[c];
    json["classes"].push_back({{"class", class_name(names, int32_t(c))},
                               {"support", figures.support},
                               {"precision", figures.precision},
                               {"recall", figures.recall},
                               {"f1_score", figures.f1},
                               {"auc", figures.auc}});
  }
  if (!report.confusion.empty())
    json["confusion_matrix"] = report.confusion;
}

void print_row(const std::string &name, size_t width, const Average &figures,
               const std::string &auc, const std::string &support) {
  fmt::print("{:<{}}  {:>9.4f} {:>9.4f} {:>9.4f} {:>9} {:>9}\n", name, width,
             figures.precision, figures.recall, figures.f1, auc, support);
}

void print_report(const Report &report, const ClassNames &names) {
  auto area = [](double value) {
    return std::isnan(value) ? "-" : fmt::format("{:.4f}", value);
  };
  size_t width = 12;
  for (int32_t c = 0; c < int32_t(report.classes.size()); ++c)
    width = std::max(width, class_name(names, c).size());
  if (report.k)
    fmt::print("among the first {}: {:.4f}\n", report.k, report.top_k);
  fmt::print("\n{:<{}}  {:>9} {:>9} {:>9} {:>9} {:>9}\n", "class", width,
             "precision", "recall", "f1", "auc", "samples");
  for (int32_t c = 0; c < int32_t(report.classes.size()); ++c) {
    const ClassFigures &figures = report.classes[size_t(c)];
    print_row(class_name(names, c), width,
              {figures.precision, figures.recall, figures.f1},
              area(figures.auc), std::to_string(figures.support));
  }
  print_row("macro mean", width, report.macro, area(report.auc), "");
  print_row("weighted", width, report.weighted, "", "");
  print_row("micro", width, report.micro, "", "");
  if (report.confusion.empty())
    return;
  fmt::print(
      "\nsamples of each class (rows) by what was predicted (columns)\n");
  for (int32_t c = 0; c < int32_t(report.classes.size()); ++c)
    fmt::print("{:<{}}  {:>6}\n", class_name(names, c), width,
               fmt::join(report.confusion[size_t(c)], " "));
}

// What the figures above are worth when predictions are not numbers.
void check_finite(const lathe_metrics &metrics,
                  const std::optional<Report> &report) {
  if (report && report->undefined)
    fail("{} of {} predictions are not a number, and so are the figures that "
         "depend on them; are the weights or the data damaged?",
         report->undefined, metrics.samples);
  if (!std::isfinite(metrics.loss))
    fail("the loss is infinite or NaN, and the accuracy is of no meaning; are "
         "the weights or the data damaged?");
}

// What is evaluated, and what is not as one might expect. Returns the classes'
// names.
ClassNames report_data(const EvaluatedPart &part, const DatasetSpec &spec,
                       const EvaluateOptions &options) {
  const Source &source = part.dataset->source();
  if (!options.json)
    fmt::print("{}{}\n", describe(*part.dataset, spec),
               !part.what.empty() ? ": " + part.what
               : source.is_whole
                   ? ": there is no test part, so this is all of it"
                   : "");
  if (!part.change.empty())
    fmt::print(stderr, "{}\n", part.change);
  if (!source.left_out.empty())
    fmt::print(stderr, "not read: {}\n", source.left_out);
  if (source.class_names.empty() || !spec.class_names.empty())
    return spec.class_names;
  fmt::print(stderr,
             "{} does not name its classes; these are taken to be 0 to "
             "{}: {}\n",
             options.weights.empty() ? "the model" : options.weights,
             spec.classes - 1, list_names(source.class_names));
  return source.class_names;
}

int evaluate(const lathe_model &model, const EvaluateOptions &options) {
  ModelMemory memory(model, false);
  check_status(model, model.init(memory.params(), memory.state(), 0),
               "initialising");
  DatasetSpec spec = dataset_spec(model);
  Metadata saved;
  if (!options.weights.empty()) // or those that init has written
    saved = load_checkpoint(options.weights, model, memory, Load::Params);
  spec.class_names = class_names(model, saved, options.weights);
  choose_data_settings(options.reading, saved, spec);
  spec.readers = chosen_readers(options.reading, options.threads);
  set_threads(options.threads, model.stack_size);
  const EvaluatedPart part = open_evaluated_part(
      model, options.data, spec, options.part, saved, options.weights);
  Dataset &dataset = *part.dataset;
  report_unused(options.reading, model, dataset.source());
  const ClassNames names = report_data(part, spec, options);
  const std::vector<float> weights =
      sample_weights(options.sample_weights, dataset, model);
  DatasetView view(dataset, part.samples, weights);
  lathe_metrics metrics;
  int status =
      model.evaluate(memory.params(), memory.arena(), &view.get(), &metrics);
  if (view.error)
    std::rethrow_exception(view.error);
  check_status(model, status, "evaluating");
  std::optional<Report> report;
  const double times = imbalance(class_sizes(view.get(), model));
  const bool is_unequal = times >= unequal;
  if (options.report || is_unequal ||
      (model.recipe.metrics & ~LATHE_METRIC_ACCURACY))
    report = make_report(predict_all(model, memory, dataset, part.samples),
                         options.top);
  Figures figures = figures_of(model, metrics, report, is_unequal);
  if (options.report && !(model.recipe.metrics & LATHE_METRIC_ACCURACY))
    figures.emplace_back("accuracy", metrics.accuracy);
  if (options.json) {
    Json json = {{"samples", metrics.samples}};
    for (const auto &[name, value] : figures)
      json[name] = value;
    if (options.report)
      add_report(json, *report, names);
    fmt::print("{}\n",
               json.dump(-1, ' ', false, Json::error_handler_t::replace));
  } else {
    fmt::print("{} samples{}", metrics.samples,
               is_unequal ? fmt::format(", the largest class {:.1f} times the "
                                        "smallest",
                                        times)
                          : "");
    for (const auto &[name, value] : figures)
      fmt::print(" - {}: {}", name, format_metric(value));
    fmt::print("\n");
    if (options.report)
      print_report(*report, names);
  }
  check_output();
  check_finite(metrics, report);
  return exit_ok;
}

} // namespace

void add_evaluate_command(CLI::App &app, const lathe_model &model,
                          Action &action) {
  CLI::App *command = app.add_subcommand(
      "evaluate", "Loss and the model's metrics on a part of the data");
  command->footer(
      fmt::format("Where the largest class has {1:g} times the samples "
                  "of the smallest or more, balanced accuracy and macro "
                  "means come first.\n\n"
                  "Example:\n  {0} evaluate --data DIR --weights "
                  "{0}.safetensors --json",
                  model.name, unequal));
  auto options = std::make_shared<EvaluateOptions>();
  command
      ->add_option("--data", options->data,
                   "Folder or file with the data, as for train")
      ->required()
      ->type_name("DATA");
  command
      ->add_option("--part", options->part,
                   "train, validation or test: the data's own, or what the "
                   "model holds out [test where there is one, or all]")
      ->check(CLI::IsMember({"train", "validation", "test"}))
      ->type_name("PART");
  add_weights_option(*command, model, options->weights);
  command
      ->add_option("--sample-weights", options->sample_weights,
                   "What each sample's loss counts, as for train; figures "
                   "other than the loss count all alike [1]")
      ->type_name("FILE");
  command->add_flag("--json", options->json, "Print JSON");
  CLI::Option *report =
      command->add_flag("--report", options->report,
                        "Precision, recall, F1, AUC, and the confusion matrix");
  CLI::Option *top =
      command->add_option("--top", options->top, "Top-K accuracy: K [5]")
          ->check(CLI::Range(1, std::max(model.classes - 1, 1)))
          ->type_name("K");
  if (!(model.recipe.metrics & LATHE_METRIC_TOP_K))
    top->needs(report);
  command->add_option("--threads", options->threads, "Threads [all CPUs]")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  add_table_options(*command, options->reading);
  add_picture_options(*command, options->reading);
  add_cache_dir_option(*command, options->reading);
  add_readers_option(*command, options->reading);
  command->callback([options, &model, &action] {
    action = [options, &model] { return evaluate(model, *options); };
  });
}

} // namespace lathe
