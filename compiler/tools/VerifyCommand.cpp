//===- VerifyCommand.cpp - lathe verify -----------------------------------===//
#include "compiler/tools/VerifyCommand.h"
#include "compiler/tools/Folders.h"
#include "compiler/tools/ModelVerification.h"
#include "compiler/tools/StagedModel.h"
#include "compiler/tools/Verification.h"
#include <CLI/CLI.hpp>
#include <memory>

using namespace lathe;

/// Of the process.
static constexpr int departs = 1, unjudged = 2;

namespace {
struct Requests {
  VerifyRequest graph;      ///< against ONNX Runtime
  ModelVerifyRequest model; ///< against the reference
  std::string tuningDatabase;
};

/// A graph without a recipe is compared with ONNX Runtime where that is asked
/// for, or there; all else with the reference.
Verdict judge(Requests &requests) {
  const std::string &file = requests.graph.model;
  bool isGraph = llvm::StringRef(file).ends_with(".onnx");
  bool wantsRuntime = !requests.graph.onnxRuntime.empty();
  bool isPlain = isGraph && requests.model.graph.recipe.empty();
  if (wantsRuntime && !isPlain) {
    fail("ONNX Runtime judges graphs without a recipe; remove --onnxruntime");
    return Verdict::Departs;
  }
  if (isPlain && (wantsRuntime || findsOnnxRuntime()))
    return verifyGraph(requests.graph);
  requests.model.model = file;
  requests.model.tuningDatabase = tuningDatabaseToRead(requests.tuningDatabase);
  return verifyModel(requests.model);
}

void addRuntimeOptions(CLI::App *command, VerifyRequest &request) {
  command
      ->add_option("--onnxruntime", request.onnxRuntime,
                   "Compare the nodes of a graph with the package that is "
                   "installed there\n(without it: with the one in $NODE_PATH, "
                   "or the reference)")
      ->type_name("DIR");
  command
      ->add_option("--rtol", request.tolerance.relative,
                   "With ONNX Runtime: share of an element that may differ")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command
      ->add_option("--atol", request.tolerance.absolute,
                   "With ONNX Runtime: share of the tensor's largest element, "
                   "or of 1, that\nmay differ besides")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_flag("--list", request.list,
                    "With ONNX Runtime: print the largest difference of each "
                    "node");
}

void addModelOptions(CLI::App *command, Requests &requests) {
  ModelVerifyRequest &request = requests.model;
  command
      ->add_option("--recipe", request.graph.recipe,
                   "Of an ONNX graph: how it is trained")
      ->type_name("FILE");
  command
      ->add_option("--batch", request.batch,
                   "Samples of a step (default: the model's batch_size)")
      ->check(CLI::Range(1, 65536))
      ->type_name("N");
  command
      ->add_option("--steps", request.check.steps, "Training steps to compare")
      ->check(CLI::Range(1, 1000))
      ->type_name("K")
      ->capture_default_str();
  command
      ->add_option("--slack", request.check.slack.factor,
                   "How many times as far as perturbed operands move the "
                   "reference, a result\nmay be from it")
      ->check(CLI::PositiveNumber)
      ->type_name("TIMES")
      ->capture_default_str();
  command
      ->add_option("--gradients", request.gradients,
                   "Parameters whose gradients are compared with finite "
                   "differences of the loss")
      ->type_name("N")
      ->capture_default_str();
  command
      ->add_option("--seed", request.check.seed,
                   "Random seed for weights and samples")
      ->type_name("N")
      ->capture_default_str();
  command
      ->add_option("--tuning-db", requests.tuningDatabase,
                   "What `lathe tune` found, or none (default: tuning.db in "
                   "the folder of the\ncache, where it is there)")
      ->type_name("FILE");
}
} // namespace

void lathe::addVerifyCommand(CLI::App &app) {
  auto *command = app.add_subcommand(
      "verify",
      "Whether a model computes what its reference does, or each node "
      "of an ONNX\ngraph what ONNX Runtime says");
  command->footer(
      "\nThe reference is the same model without optimizations: one operation "
      "a kernel,\nnaive schedules, each value in memory of its own, as `lathe "
      "compile --opt-level=0`\ncompiles it. Both train and predict from the "
      "same state, on random samples, and\nevery parameter, state tensor and "
      "result is compared after every step. Results\nmay differ by what "
      "rounding makes: a multiple of what perturbing all operands\nand "
      "intermediate values by some units in the last place makes of the\n"
      "reference. Where they depart, the optimization and the kernel that make "
      "the\ndifference are named.\n"
      "\nWith ONNX Runtime, every node gets what that computes before it, so "
      "that the one\nnamed is at fault. It is the package onnxruntime-node of "
      "Node.js:\n"
      "  npm install --prefix DIR --ignore-scripts onnxruntime-node\n"
      "  lathe verify graph.onnx --onnxruntime DIR\n"
      "\nExit code 0: all agree, 1: one departs, or the model is not "
      "supported, 2: ONNX\nRuntime is not there, or does not run the graph.\n"
      "\nExamples:\n"
      "  lathe verify model.yaml\n"
      "  lathe verify graph.onnx --recipe recipe.yaml --batch 4");
  auto requests = std::make_shared<Requests>();
  command
      ->add_option("MODEL", requests->graph.model,
                   "The model file: YAML, or an ONNX graph (.onnx)")
      ->required();
  addModelOptions(command, *requests);
  addRuntimeOptions(command, requests->graph);
  command->callback([requests] {
    switch (judge(*requests)) {
    case Verdict::Agrees:
      return;
    case Verdict::Departs:
      throw CLI::RuntimeError(departs);
    case Verdict::Unjudged:
      throw CLI::RuntimeError(unjudged);
    }
  });
}
