//===- VerifyCommand.h - lathe verify ---------------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_TOOLS_VERIFYCOMMAND_H
#define LATHE_COMPILER_TOOLS_VERIFYCOMMAND_H

namespace CLI {
class App;
}

namespace lathe {

/// Adds the subcommand.
void addVerifyCommand(CLI::App &app);

} // namespace lathe

#endif // LATHE_COMPILER_TOOLS_VERIFYCOMMAND_H
