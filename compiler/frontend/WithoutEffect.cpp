//===- WithoutEffect.cpp - Arguments that change nothing ------------------===//
#include "compiler/frontend/WithoutEffect.h"
#include "compiler/frontend/DataSection.h"
#include "dialects/nn/NNDialect.h"
#include "dialects/nn/Shapes.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::frontend;

namespace {

/// An argument that counts only where a flag of the same entry is true.
constexpr struct {
  StringLiteral argument, flag;
} flagged[] = {
    {"bias_initializer", "use_bias"},
    {"bias_regularizer", "use_bias"},
    {"beta_initializer", "center"},
    {"gamma_initializer", "scale"},
    {"learning_rate_multiplier", "trainable"},
    {"ema_momentum", "use_ema"},
    {"alpha", "apply_class_balancing"},
};

/// Looks through the model once. What stands in a block's body is there for
/// each use, and is of no effect only where it is for all of them.
class Finder {
public:
  Finder(const Source &source, const Setting &model)
      : source(source), model(model) {}

  void findFlagged(const Setting &setting);
  void findIdle(const Setting &setting);
  void findWithoutParameters(ModuleOp module);
  void findInOptimizer(ModuleOp module);
  void findInSchedule();
  void findInCallbacks();
  void findInFit();
  void report();

private:
  void add(Place place, const Twine &message) {
    warnings.emplace_back(place, message.str());
  }
  void findWithoutParameters(const Setting &setting,
                             const DenseSet<Location> &withParameters);
  void findInCallback(const Setting &callback);
  void findInCheckpoint(const Setting &callback);
  bool decays(const Setting &optimizer) const;
  /// In epochs; 0 where it is not known.
  int64_t epochsOf(const Setting &schedule, StringRef argument) const;

  struct Flagged {
    Place place;
    std::string message;
    unsigned times = 0, withoutEffect = 0;
  };
  const Source &source;
  const Setting &model;
  std::vector<std::pair<Place, std::string>> warnings;
  llvm::MapVector<const char *, Flagged> flaggedPlaces, parameterlessPlaces;
};

void Finder::findFlagged(const Setting &setting) {
  for (auto [argument, flag] : flagged) {
    const Setting *value = setting.find(argument);
    const Setting *needed = setting.find(flag);
    if (!value || !needed || !value->written)
      continue;
    Flagged &place = flaggedPlaces[value->place.at];
    place.times += 1;
    if (needed->flag)
      continue;
    place.withoutEffect += 1;
    place.place = value->place;
    place.message =
        (argument + " has no effect without " + flag + ": true").str();
  }
  for (const Setting &member : setting.members)
    findFlagged(member);
  for (const std::vector<Setting> &body : setting.repetitions)
    for (const Setting &layer : body)
      findFlagged(layer);
}

/// What only Keras has use for.
void Finder::findIdle(const Setting &setting) {
  if (setting.argument && !setting.argument->idle.empty() && setting.written)
    add(setting.place,
        setting.argument->name + " has no effect: " + setting.argument->idle);
  for (const Setting &member : setting.members)
    findIdle(member);
}

void Finder::findWithoutParameters(ModuleOp module) {
  DenseSet<Location> withParameters;
  for (auto variable : module.getOps<nn::VariableOp>())
    if (variable.getKind() == nn::VariableKind::Parameter)
      withParameters.insert(nn::argumentLoc(variable, ""));
  findWithoutParameters(model, withParameters);
}

void Finder::findWithoutParameters(const Setting &setting,
                                   const DenseSet<Location> &withParameters) {
  const Setting *multiplier = setting.find("learning_rate_multiplier");
  bool isLayer = multiplier != nullptr;
  const Setting *trainable = setting.find("trainable");
  for (const Setting *value : {multiplier, trainable}) {
    if (!isLayer || !value->written || (value == trainable && value->flag))
      continue;
    Flagged &place = parameterlessPlaces[value->place.at];
    place.times += 1;
    if (withParameters.contains(source.locate(setting.place)))
      continue;
    place.withoutEffect += 1;
    place.place = value->place;
    place.message = value->argument->name.str() +
                    " has no effect: the layer has no parameters";
  }
  for (const Setting &member : setting.members)
    findWithoutParameters(member, withParameters);
  for (const std::vector<Setting> &body : setting.repetitions)
    for (const Setting &layer : body)
      findWithoutParameters(layer, withParameters);
}

bool Finder::decays(const Setting &optimizer) const {
  const Setting &decay = optimizer["weight_decay"];
  return (decay.written || decay.argument->fallback != none) &&
         decay.number != 0;
}

void Finder::findInOptimizer(ModuleOp module) {
  const Setting &optimizer = model["compile"]["optimizer"];
  const Setting &rate = optimizer["learning_rate"];
  if (!rate.row && rate.number == 0)
    add(rate.place, "with a learning rate of 0, training changes nothing");
  const Setting *nesterov = optimizer.find("nesterov");
  if (nesterov && nesterov->flag && optimizer["momentum"].number == 0)
    add(nesterov->place, "nesterov has no effect without momentum");
  const Setting &excluded = optimizer["exclude_from_weight_decay"];
  if (excluded.written && !decays(optimizer)) {
    add(excluded.place,
        "exclude_from_weight_decay has no effect without weight_decay");
    return;
  }
  for (const Setting &part : excluded.members) {
    bool fits = llvm::any_of(
        module.getOps<nn::VariableOp>(), [&](nn::VariableOp variable) {
          return variable.getKind() == nn::VariableKind::Parameter &&
                 variable.getSymName().contains(part.text);
        });
    if (!fits)
      add(part.place, "no parameter's name has the part '" + part.text + "'");
  }
}

int64_t Finder::epochsOf(const Setting &schedule, StringRef argument) const {
  const Setting *epochs = schedule.find(argument);
  return epochs && epochs->written ? epochs->integer : 0;
}

/// What is counted in epochs, beside the number of them.
void Finder::findInSchedule() {
  const Setting &schedule = model["compile"]["optimizer"]["learning_rate"];
  const Setting &epochs = model["fit"]["epochs"];
  if (!schedule.row)
    return;
  const Setting *target = schedule.find("warmup_target");
  bool warmsUp = schedule["warmup_steps"].integer != 0 ||
                 epochsOf(schedule, "warmup_epochs") != 0;
  if (target && target->written && !warmsUp)
    add(target->place,
        "warmup_target has no effect without warmup_steps or warmup_epochs");
  if (!epochs.written)
    return;
  const std::string there = " of " + std::to_string(epochs.integer) + " epochs";
  const int64_t warmup = epochsOf(schedule, "warmup_epochs");
  if (schedule.row->identifier != "constant" && warmup >= epochs.integer)
    add(schedule["warmup_epochs"].place,
        "the rate is still growing at the end" + there +
            ": it never begins to decay");
  if (const Setting *boundaries = schedule.find("boundary_epochs");
      boundaries && boundaries->written &&
      warmup + boundaries->extents.back() >= epochs.integer)
    add(boundaries->place,
        "the last rate is never reached in the course" + there);
  for (StringRef multiplier : {"t_mul", "m_mul"})
    if (const Setting *value = schedule.find(multiplier);
        value && value->written && epochsOf(schedule, "first_decay_epochs") &&
        warmup + epochsOf(schedule, "first_decay_epochs") >= epochs.integer)
      add(value->place, multiplier +
                            " has no effect: there is no restart in "
                            "the course" +
                            there);
  const Setting *last = schedule.find("alpha");
  if (!last)
    last = schedule.find("end_learning_rate");
  const Setting *cycle = schedule.find("cycle");
  const int64_t decay = epochsOf(schedule, "decay_epochs");
  if (last && last->number == 0 && decay && (!cycle || !cycle->flag) &&
      warmup + decay < epochs.integer)
    add(schedule["decay_epochs"].place,
        "the learning rate is 0 from epoch " + Twine(warmup + decay + 1) +
            there + " on: training changes nothing any more");
}

/// In one that keeps the weights of each epoch.
void Finder::findInCheckpoint(const Setting &callback) {
  if (!callback["filepath"].written) {
    add(callback.place,
        "ModelCheckpoint has no effect without filepath or save_best_only: "
        "true; train saves after each epoch anyway");
    return;
  }
  for (const char *name : {"monitor", "mode"})
    if (callback[name].written)
      add(callback[name].place,
          Twine(name) + " has no effect without save_best_only: true: filepath "
                        "keeps the weights of each epoch");
}

void Finder::findInCallback(const Setting &callback) {
  const Setting &monitor = callback["monitor"];
  bool watches = true;
  if (callback.row->identifier == "checkpoint") {
    watches = callback["save_best_only"].flag;
    if (!watches)
      findInCheckpoint(callback);
  }
  if (watches && StringRef(monitor.text).starts_with("val_") &&
      !model["fit"]["validation_split"].written &&
      !model["fit"]["validation_data"].written && !holdsOutValidation(model))
    add(callback.place,
        callback.row->name + " watches " + monitor.text +
            ", and without data: {split: ...}, validation_split or "
            "validation_data there is none: it has no effect but with train "
            "--validation-data, and in programs that give fit validation data");
  const Setting &rate = model["compile"]["optimizer"]["learning_rate"];
  if (const Setting *least = callback.find("min_lr");
      least && least->written && !rate.row && least->number >= rate.number)
    add(least->place, "ReduceLROnPlateau has no effect: the learning rate "
                      "begins at min_lr or below");
}

void Finder::findInCallbacks() {
  const Setting &optimizer = model["compile"]["optimizer"];
  for (const Setting &callback : model["fit"]["callbacks"].members) {
    findInCallback(callback);
    const Setting *restores = callback.find("restore_best_weights");
    if (restores && restores->flag && optimizer["use_ema"].flag)
      add(optimizer["use_ema"].place,
          "use_ema has no effect: with restore_best_weights, training ends "
          "with the best epoch's weights rather than with averages");
  }
}

void Finder::findInFit() {
  const Setting &weights = model["fit"]["class_weight"];
  if (weights.written && weights.text.empty() &&
      llvm::all_of(weights.numbers, [](double weight) { return weight == 1; }))
    add(weights.place, "class_weight has no effect: all weights are 1");
}

void Finder::report() {
  for (const auto *places : {&flaggedPlaces, &parameterlessPlaces})
    for (const auto &[at, flagged] : *places)
      if (flagged.withoutEffect == flagged.times)
        add(flagged.place, flagged.message);
  llvm::stable_sort(warnings, [](const auto &a, const auto &b) {
    return a.first.at < b.first.at;
  });
  for (const auto &[place, message] : warnings)
    emitWarning(source.locate(place)) << message;
}

} // namespace

void lathe::frontend::warnWithoutEffect(const Source &source,
                                        const Setting &model, ModuleOp module) {
  Finder finder(source, model);
  finder.findFlagged(model);
  finder.findIdle(model);
  finder.findWithoutParameters(module);
  finder.findInOptimizer(module);
  finder.findInSchedule();
  finder.findInCallbacks();
  finder.findInFit();
  finder.report();
}
