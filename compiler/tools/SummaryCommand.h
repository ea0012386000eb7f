//===- SummaryCommand.h - lathe summary -------------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_TOOLS_SUMMARYCOMMAND_H
#define LATHE_COMPILER_TOOLS_SUMMARYCOMMAND_H

namespace CLI {
class App;
}

namespace lathe {

/// Adds `lathe summary MODEL`, which prints what Keras's model.summary() does.
void addSummaryCommand(CLI::App &app);

} // namespace lathe

#endif // LATHE_COMPILER_TOOLS_SUMMARYCOMMAND_H
