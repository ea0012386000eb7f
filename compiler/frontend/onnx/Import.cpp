//===- Import.cpp - An ONNX graph to an nn module -------------------------===//
#include "compiler/frontend/Network.h"
#include "compiler/frontend/onnx/GraphImport.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <map>

using namespace mlir;
using namespace lathe;
using namespace lathe::onnx;

/// The file's name as an identifier of C.
std::string lathe::onnx::modelName(const std::string &path) {
  std::string name = llvm::sys::path::stem(path).str();
  for (char &c : name)
    if (!llvm::isAlnum(c))
      c = '_';
  if (name.empty() || llvm::isDigit(name[0]) ||
      !frontend::nameCollision(name).empty())
    name = "model_" + name;
  return name;
}

namespace {
/// Reports all nodes that are needed and not supported.
bool checkSupport(const File &file, MLIRContext &context) {
  bool supported = true;
  for (const proto::NodeProto *node : file.nodesFor(file.outputs())) {
    std::string reason = unsupported(*node, file);
    if (reason.empty())
      continue;
    emitError(nodeLocation(*node, file, context), reason);
    supported = false;
  }
  return supported;
}
} // namespace

OwningOpRef<ModuleOp> lathe::onnx::importOnnx(const std::string &path,
                                              MLIRContext &context,
                                              const ImportOptions &options) {
  context.loadDialect<nn::NNDialect, func::FuncDialect>();
  try {
    File file(path);
    if (!checkSupport(file, context))
      return {};
    std::string name = options.name.empty() ? modelName(path) : options.name;
    GraphImport asBatch(file, context, options);
    bool mayBeBatched = asBatch.mayBeBatched();
    for (const std::string &reason : asBatch.getLeftOut())
      emitWarning(UnknownLoc::get(&context),
                  reason + ". Nothing reads it, so the artifact has no such "
                           "input");
    if (mayBeBatched) {
      // What is wrong with it otherwise, is wrong with the whole graph, too.
      ScopedDiagnosticHandler silence(&context, [](Diagnostic &) {});
      try {
        if (auto module = asBatch.run(name, /*asBatch=*/true))
          return module;
      } catch (const Refusal &) {
      }
    }
    if (options.layers)
      options.layers->clear();
    GraphImport whole(file, context, options);
    whole.mayBeBatched();
    return whole.run(name, /*asBatch=*/false);
  } catch (const Refusal &refusal) {
    emitError(UnknownLoc::get(&context), refusal.what());
    return {};
  }
}

bool lathe::onnx::printOperators(const std::string &path, MLIRContext &context,
                                 llvm::raw_ostream &os) {
  try {
    File file(path);
    struct Count {
      unsigned nodes = 0;
      std::string reason;
    };
    std::map<std::pair<std::string, std::string>, Count> counts;
    auto needed = file.nodesFor(file.outputs());
    for (const proto::NodeProto *node : needed) {
      Count &count = counts[{node->domain(), node->op_type()}];
      ++count.nodes;
      if (count.reason.empty())
        count.reason = unsupported(*node, file);
    }
    std::vector<std::pair<std::pair<std::string, std::string>, Count>> rows(
        counts.begin(), counts.end());
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto &a, const auto &b) {
                       return a.second.nodes > b.second.nodes;
                     });
    unsigned missing = 0;
    for (const auto &[name, count] : rows) {
      std::string label =
          name.first.empty() ? name.second : name.first + "." + name.second;
      os << llvm::format("%6u  %-28s %3lld  ", count.nodes, label.c_str(),
                         static_cast<long long>(file.opset(name.first)))
         << (count.reason.empty() ? "supported" : count.reason) << "\n";
      missing += !count.reason.empty();
    }
    os << rows.size() << " operators, " << missing << " not supported\n";
    if (size_t unused = file.graph().node_size() - needed.size())
      os << unused << " nodes are left out: no output depends on them\n";
    return missing == 0;
  } catch (const Refusal &refusal) {
    emitError(UnknownLoc::get(&context), refusal.what());
    return false;
  }
}
