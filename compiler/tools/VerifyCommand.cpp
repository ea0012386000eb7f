//===- VerifyCommand.cpp - lathe verify -----------------------------------===//
#include "compiler/tools/VerifyCommand.h"
#include "compiler/tools/StagedModel.h"
#include "compiler/tools/Verification.h"
#include <CLI/CLI.hpp>
#include <memory>

using namespace lathe;

/// Of the process.
static constexpr int departs = 1, unjudged = 2;

void lathe::addVerifyCommand(CLI::App &app) {
  auto *command = app.add_subcommand(
      "verify", "Whether each node of an ONNX graph computes what ONNX Runtime "
                "says");
  command->footer(
      "\nEvery node gets what ONNX Runtime computes before it, so that the one "
      "named is\nat fault. Exit code 0: all agree, 1: one departs, or the "
      "graph "
      "is not supported,\n2: ONNX Runtime is not there, or does not run the "
      "graph.\n"
      "\nONNX Runtime is the package onnxruntime-node of Node.js:\n"
      "  npm install --prefix DIR --ignore-scripts onnxruntime-node\n"
      "  lathe verify graph.onnx --onnxruntime DIR");
  auto request = std::make_shared<VerifyRequest>();
  command->add_option("MODEL", request->model, "The graph (.onnx)")->required();
  command
      ->add_option("--onnxruntime", request->onnxRuntime,
                   "Where the package is installed (default: $NODE_PATH)")
      ->type_name("DIR");
  command
      ->add_option("--rtol", request->tolerance.relative,
                   "Share of an element that may differ")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command
      ->add_option("--atol", request->tolerance.absolute,
                   "Share of the tensor's largest element, or of 1, that may "
                   "differ besides")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_flag("--list", request->list,
                    "Print the largest difference of each node");
  command->callback([request] {
    if (!llvm::StringRef(request->model).ends_with(".onnx")) {
      fail("verify compares ONNX graphs, whose names end in .onnx; `lathe "
           "export` makes one of a model file");
      throw CLI::RuntimeError(departs);
    }
    switch (verifyGraph(*request)) {
    case Verdict::Agrees:
      return;
    case Verdict::Departs:
      throw CLI::RuntimeError(departs);
    case Verdict::Unjudged:
      throw CLI::RuntimeError(unjudged);
    }
  });
}
