//===- MachineOptions.h - --target, --cpu and --cores -----------*- C++ -*-===//
#ifndef LATHE_COMPILER_TOOLS_MACHINEOPTIONS_H
#define LATHE_COMPILER_TOOLS_MACHINEOPTIONS_H

#include "compiler/codegen/Codegen.h"
#include <CLI/CLI.hpp>

namespace lathe {

/// Adds the options that say what is compiled for.
void addMachineOptions(CLI::App &command, CodegenOptions &options,
                       const std::string &targetHelp);

/// Resolves "host" and checks the CPU; false, and a message, where that fails.
bool resolveMachine(CodegenOptions &options);

} // namespace lathe

#endif // LATHE_COMPILER_TOOLS_MACHINEOPTIONS_H
