//===- ExportCommand.h - lathe export ---------------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_TOOLS_EXPORTCOMMAND_H
#define LATHE_COMPILER_TOOLS_EXPORTCOMMAND_H

namespace CLI {
class App;
}

namespace lathe {

/// Adds the subcommand.
void addExportCommand(CLI::App &app);

} // namespace lathe

#endif // LATHE_COMPILER_TOOLS_EXPORTCOMMAND_H
