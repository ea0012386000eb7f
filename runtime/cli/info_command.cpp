// info_command.cpp: NAME info.
#include "runtime/cli/balance.h"
#include "runtime/cli/commands.h"
#include "runtime/data/class_names.h"
#include "runtime/error.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>

namespace lathe {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char *dtype_names[] = {"float32", "float64", "int32", "int64",
                                       "uint8"};
constexpr const char *monitor_names[] = {"val_loss", "val_accuracy", "loss",
                                         "accuracy"};
constexpr const char *schedule_names[] = {
    "none",         "constant",   "piecewise", "exponential",
    "inverse_time", "polynomial", "cosine",    "cosine_restarts"};
constexpr const char *split_names[] = {"none", "first", "last", "fraction"};

Json recipe_json(const lathe_recipe &recipe) {
  Json json = {{"optimizer", recipe.optimizer},
               {"loss", recipe.loss},
               {"learning_rate", recipe.learning_rate},
               {"batch_size", recipe.batch_size},
               {"epochs", recipe.epochs},
               {"shuffle", recipe.shuffle != 0}};
  if (recipe.split != LATHE_SPLIT_NONE)
    json["validation_split"] = {
        {split_names[recipe.split], recipe.split_value}};
  if (recipe.balance_classes)
    json["class_weight"] = "balanced";
  if (recipe.sampling != LATHE_SAMPLING_NONE)
    json["sampling"] = sampling_name(recipe.sampling);
  if (recipe.early_stopping)
    json["early_stopping"] = {
        {"monitor", monitor_names[recipe.early_stopping_monitor]},
        {"patience", recipe.patience},
        {"min_delta", recipe.min_delta},
        {"restore_best_weights", recipe.restore_best_weights != 0}};
  if (recipe.checkpoint)
    json["model_checkpoint"] = {
        {"monitor", monitor_names[recipe.checkpoint_monitor]},
        {"save_best_only", recipe.save_best_only != 0}};
  if (recipe.reduce_lr)
    json["reduce_lr_on_plateau"] = {
        {"monitor", monitor_names[recipe.reduce_lr_monitor]},
        {"factor", recipe.reduce_lr_factor},
        {"patience", recipe.reduce_lr_patience},
        {"min_delta", recipe.reduce_lr_min_delta},
        {"cooldown", recipe.reduce_lr_cooldown},
        {"min_lr", recipe.reduce_lr_min_lr}};
  if (recipe.schedule.kind != LATHE_SCHEDULE_NONE)
    json["schedule"] = {
        {"kind", schedule_names[recipe.schedule.kind]},
        {recipe.schedule.warmup_in_epochs ? "warmup_epochs" : "warmup_steps",
         recipe.schedule.warmup_steps}};
  return json;
}

// `saved` is a checkpoint's metadata.
Json model_json(const lathe_model &model, const Metadata &saved,
                const std::string &path) {
  const ClassNames names = class_names(model, saved, path);
  Json classes = Json::array();
  for (int32_t i = 0; i < model.classes; ++i)
    classes.push_back(class_name(names, i));
  Json parameters = Json::array();
  for (int32_t i = 0; i < model.tensor_count; ++i) {
    const lathe_tensor &tensor = model.tensors[i];
    if (tensor.region != LATHE_PARAMS)
      continue;
    parameters.push_back(
        {{"name", tensor.name},
         {"dtype", dtype_names[tensor.dtype]},
         {"shape",
          Json(std::vector<int64_t>(tensor.shape, tensor.shape + tensor.rank))},
         {"trainable", tensor.trainable != 0},
         {"offset", tensor.offset},
         {"bytes", tensor.size}});
    if (tensor.layout) // how it comes from what checkpoints have
      parameters.back()["layout"] = tensor.layout;
  }
  Json json = {
      {"name", model.name},
      {"compiler", model.compiler},
      {"target", model.target},
      {"input", Json(std::vector<int64_t>(
                    model.input_shape, model.input_shape + model.input_rank))},
      {"classes", classes},
      {"batch", model.batch},
      {"predict_batch", model.predict_batch},
      {"parameter_count", model.parameter_count},
      {"sizes",
       {{"params", model.params_size},
        {"state", model.state_size},
        {"train_arena", model.train_arena_size},
        {"predict_arena", model.predict_arena_size},
        {"prepared", model.prepared_size},
        {"stack", model.stack_size},
        {"align", model.align}}},
      {"parameters", parameters}};
  if (model.fit)
    json["recipe"] = recipe_json(model.recipe);
  if (model.data && *model.data)
    json["data"] = Json::parse(model.data);
  auto ports = [](const lathe_port *list, int32_t count) {
    Json named = Json::object();
    for (int32_t i = 0; i < count; ++i)
      named[list[i].name] = fmt::format(
          "{}[{}]", dtype_names[list[i].dtype],
          fmt::join(list[i].shape, list[i].shape + list[i].rank, ", "));
    return named;
  };
  for (const auto &[key, value] : saved)
    if (key != "class_names")
      json["checkpoint"][key] = value;
  json["inputs"] = ports(model.input_ports, model.input_count);
  json["outputs"] = ports(model.output_ports, model.output_count);
  return json;
}

// Each line is a key and what stands under it in the JSON.
void print_text(const Json &json) {
  for (const auto &[key, value] : json.items()) {
    if (key == "parameters")
      continue;
    if (!value.is_object()) {
      fmt::print("{:<16} {}\n", key,
                 value.is_string() ? value.get<std::string>() : value.dump());
      continue;
    }
    fmt::print("{}\n", key);
    for (const auto &[name, part] : value.items())
      fmt::print("  {:<20} {}\n", name,
                 part.is_string() ? part.get<std::string>() : part.dump());
  }
  size_t width = 4;
  for (const Json &parameter : json["parameters"])
    width = std::max(width, parameter["name"].get<std::string>().size());
  fmt::print("parameters\n  {:<{}}  {:<18} {:>12}\n", "name", width, "shape",
             "bytes");
  for (const Json &parameter : json["parameters"])
    fmt::print("  {:<{}}  {:<18} {:>12}{}\n",
               parameter["name"].get<std::string>(), width,
               parameter["shape"].dump(), parameter["bytes"].get<int64_t>(),
               parameter["trainable"].get<bool>() ? "" : "  not trained");
}

} // namespace

void add_info_command(CLI::App &app, const lathe_model &model, Action &action) {
  CLI::App *command = app.add_subcommand(
      "info", "What the model is: input, classes, parameters, recipe");
  command->footer(fmt::format("Example:\n  {} info --json", model.name));
  struct Options {
    std::string weights;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  command
      ->add_option("--weights", options->weights,
                   "Checkpoint: its classes, and how it was trained")
      ->type_name("CKPT");
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([options, &model, &action] {
    action = [options, &model] {
      Metadata saved;
      if (!options->weights.empty())
        saved = SafetensorsFile(options->weights).metadata();
      Json json = model_json(model, saved, options->weights);
      if (options->json)
        fmt::print("{}\n", json.dump(2));
      else
        print_text(json);
      return int(exit_ok);
    };
  });
}

} // namespace lathe
