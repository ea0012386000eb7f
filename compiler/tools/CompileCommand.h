//===- CompileCommand.h - lathe compile -------------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_TOOLS_COMPILECOMMAND_H
#define LATHE_COMPILER_TOOLS_COMPILECOMMAND_H

namespace CLI {
class App;
}

namespace lathe {

/// Adds the subcommand; `argc` and `argv` become the banner of generated files.
void addCompileCommand(CLI::App &app, int argc, char **argv);

} // namespace lathe

#endif // LATHE_COMPILER_TOOLS_COMPILECOMMAND_H
