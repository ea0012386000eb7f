//===- TuneCommand.h - lathe tune -------------------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_TOOLS_TUNECOMMAND_H
#define LATHE_COMPILER_TOOLS_TUNECOMMAND_H

namespace CLI {
class App;
}

namespace lathe {

/// Adds `lathe tune MODEL`, which searches for better schedules.
void addTuneCommand(CLI::App &app);

} // namespace lathe

#endif // LATHE_COMPILER_TOOLS_TUNECOMMAND_H
