//===- Compilation.h - From a model file to files -------------*- C++ -*-===//
#ifndef LATHE_COMPILER_TOOLS_COMPILATION_H
#define LATHE_COMPILER_TOOLS_COMPILATION_H

#include "compiler/codegen/Codegen.h"
#include "compiler/frontend/onnx/Onnx.h"
#include <string>
#include <vector>

namespace lathe {

struct CompileRequest {
  std::string model;     ///< path of the model file
  std::string directory; ///< where the results go; empty: the model's name
  std::vector<std::string> emit{"exe", "obj", "header"};
  std::string stopAfter;       ///< a stage's name, or empty
  std::string dumpDirectory;   ///< empty: no dumps
  std::string kernelDirectory; ///< for their texts; empty: none
  std::string report;          ///< a file, .html or .json; empty: none
  std::string tuningDatabase;  ///< of `lathe tune`; empty: none
  int optLevel = 1;            ///< 0: without optimizations and tuned schedules
  CodegenOptions codegen;      ///< `target` may be "host"
  onnx::ImportOptions graph;   ///< of an ONNX file
  CompileRequest() { codegen.target = "host"; }
};

/// What --emit takes.
std::vector<std::string> emissions();
/// What --stop-after takes, and a line about each.
std::vector<std::string> stageNames();
std::string stageHelp();

/// Compiles; says on stderr what went wrong, or what was written. Returns
/// whether it succeeded; nothing is written when it did not.
bool compile(const CompileRequest &request);

} // namespace lathe

#endif // LATHE_COMPILER_TOOLS_COMPILATION_H
