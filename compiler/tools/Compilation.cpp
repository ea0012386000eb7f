//===- Compilation.cpp - From a model file to files -----------------------===//
#include "compiler/tools/Compilation.h"
#include "compiler/codegen/KernelTexts.h"
#include "compiler/codegen/WriteFile.h"
#include "compiler/report/Report.h"
#include "compiler/tools/MachineOptions.h"
#include "compiler/tools/StagedModel.h"
#include "compiler/tuner/TunedSchedules.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include <chrono>
#include <fmt/format.h>

using namespace mlir;
using namespace lathe;

std::vector<std::string> lathe::emissions() {
  return {"exe", "obj", "cpp", "header", "mlir"};
}

std::vector<std::string> lathe::stageNames() {
  std::vector<std::string> names;
  for (const Stage &stage : stages())
    names.push_back(stage.name.str());
  return names;
}

std::string lathe::stageHelp() {
  std::string text;
  for (const Stage &stage : stages())
    text += fmt::format("  {:<9} {}\n", stage.name.str(), stage.summary.str());
  return text.substr(0, text.size() - 1);
}

namespace {
std::string describeSize(uint64_t bytes) {
  return bytes < 10240 ? fmt::format("{} bytes", bytes)
                       : fmt::format("{} KiB", (bytes + 512) / 1024);
}

class Compilation {
public:
  explicit Compilation(const CompileRequest &request)
      : request(request), options(request.codegen) {}

  bool run() {
    if (!resolveMachine(options))
      return false;
    if (wants("exe") && request.stopAfter.empty() && !linksHere(options.target))
      return fail("a program for " + options.target +
                  " cannot be linked on this machine; use "
                  "--emit=obj,header and link " +
                  options.target +
                  " code with a compiler for it, or --emit=cpp");
    options.warn = [](StringRef message) { warn(message.str()); };
    if (!request.report.empty()) {
      llvm::Expected<report::Writer> writer = report::writerFor(request.report);
      if (!writer)
        return fail(writer.takeError());
      reportWriter = *writer;
    }
    if (!model.load(request.model, request.graph) || !runStages())
      return false;
    module = model.module();
    if (!request.stopAfter.empty()) {
      module.print(llvm::outs(), OpPrintingFlags().useLocalScope());
      llvm::outs() << "\n";
      return true;
    }
    return emitAll();
  }

private:
  bool runStages() {
    PipelineOptions pipeline;
    pipeline.machine = options.machine();
    if (request.optLevel == 0)
      pipeline = withoutOptimizations(options.machine());
    return model.runStages(pipeline, request.stopAfter,
                           [&](const Stage &stage, unsigned number) {
                             module = model.module();
                             if (stage.name == "planned" && request.optLevel)
                               useTunedSchedules();
                             return dump(stage, number);
                           });
  }

  void useTunedSchedules() {
    std::optional<Database> database;
    if (!request.tuningDatabase.empty()) {
      auto opened = Database::open(request.tuningDatabase, Database::Read);
      if (opened)
        database = std::move(*opened);
      else
        warn(llvm::toString(opened.takeError()) + "; it is not used");
    }
    tuned = applyTunedSchedules(module, database ? &*database : nullptr,
                                options.target, defaultThreads(), warn);
  }

  bool dump(const Stage &stage, unsigned number) {
    if (request.dumpDirectory.empty())
      return true;
    return write(request.dumpDirectory,
                 fmt::format("{}-{}.mlir", number, stage.name.str()),
                 [&](raw_ostream &os) { module.print(os); });
  }

  bool wants(StringRef emission) const {
    return llvm::is_contained(request.emit, emission);
  }

  bool emitAll() {
    auto start = std::chrono::steady_clock::now();
    std::string name = modelName(module);
    std::string directory =
        request.directory.empty() ? name : request.directory;
    auto writeText = [&](const char *extension, StringRef text) {
      return write(directory, name + extension,
                   [&](raw_ostream &os) { os << text; });
    };
    showProgress();
    if (!request.kernelDirectory.empty() && !dumpKernels(name))
      return false;

    bool measures = reportWriter && runsHere(options.target);
    bool wantsObject = wants("obj") || wants("exe") || measures;
    CompiledKernels kernels;
    if (wantsObject || wants("header")) {
      auto emitted = emitKernels(module, options);
      if (!emitted)
        return fail(emitted.takeError());
      kernels = std::move(*emitted);
    }
    std::string cpp;
    if (wants("cpp")) {
      llvm::Expected<std::string> text = emitCpp(module, options);
      if (!text)
        return fail(text.takeError());
      cpp = std::move(*text);
    }
    SmallString<128> object;
    llvm::FileRemover removeObject;
    if (wantsObject && !placeObject(object, removeObject, directory, name))
      return false;
    if (wantsObject)
      if (auto error = emitObjectFile(module, kernels, options, object))
        return fail(std::move(error));
    if (wants("cpp") && !writeText(".cpp", cpp))
      return false;
    if (wants("header") &&
        !writeText(".h", emitHeader(module, kernels.stackSize, options)))
      return false;
    if (wants("mlir") && !write(directory, name + ".mlir",
                                [&](raw_ostream &os) { module.print(os); }))
      return false;
    if (wants("obj") && !note(object))
      return false;
    if (wants("exe") && !emitExecutable(object, directory, name))
      return false;
    if (reportWriter && !emitReport(measures ? StringRef(object) : ""))
      return false;

    std::chrono::duration<double> time =
        std::chrono::steady_clock::now() - start;
    llvm::errs() << fmt::format("compiled {} for {} in {:.1f} s\n", name,
                                options.target, time.count());
    if (unsigned used = tuned.fromDatabase + tuned.shipped)
      llvm::errs() << fmt::format(
          "  {} of {} kernels have tuned schedules ({} of this machine)\n",
          used, tuned.kernels, tuned.fromDatabase);
    for (const std::string &line : written)
      llvm::errs() << line;
    return true;
  }

  bool dumpKernels(StringRef name) {
    for (auto kernel : module.getOps<exec::KernelOp>()) {
      llvm::Expected<KernelTexts> texts = describeKernel(kernel, name, options);
      if (!texts)
        return fail(texts.takeError());
      for (auto [extension, text] :
           {std::pair(".stmt", &texts->statement), std::pair(".ll", &texts->ir),
            std::pair(".s", &texts->assembly)})
        if (!write(request.kernelDirectory,
                   kernel.getSymName().str() + extension,
                   [&, text = text](raw_ostream &os) { os << *text; }))
          return false;
    }
    return true;
  }

  void showProgress() {
    if (!llvm::sys::Process::StandardErrIsDisplayed())
      return;
    options.progress = [](unsigned done, unsigned total) {
      llvm::errs() << fmt::format("\rcompiling kernels {}/{}", done, total);
      if (done == total)
        llvm::errs() << "\r\033[K";
    };
  }

  /// The object's path: where it is wanted, or a temporary file.
  bool placeObject(SmallString<128> &path, llvm::FileRemover &remove,
                   const std::string &directory, const std::string &name) {
    if (!wants("obj")) {
      auto error = llvm::sys::fs::createTemporaryFile(name, "o", path);
      remove.setFile(path);
      return !error ||
             fail("cannot create a temporary file: " + error.message());
    }
    if (auto error = llvm::sys::fs::create_directories(directory))
      return fail("cannot create " + directory + ": " + error.message());
    path = directory;
    llvm::sys::path::append(path, name + ".o");
    return true;
  }

  bool emitExecutable(StringRef object, const std::string &directory,
                      const std::string &name) {
    SmallString<128> output(directory);
    llvm::sys::path::append(output, name);
    if (auto error = llvm::sys::fs::create_directories(directory))
      return fail("cannot create " + directory + ": " + error.message());
    if (auto error = linkExecutable(object, name, output))
      return fail(std::move(error));
    return note(output);
  }

  /// The object, where this machine can run it, measures itself; else it is "".
  bool emitReport(StringRef object) {
    report::Report report = report::describePlan(module, options.target);
    report.file = request.model;
    report.commandLine = options.commandLine;
    if (object.empty())
      report.unmeasured =
          "this machine does not run code for " + options.target;
    else if (llvm::Error error = report::measure(report, object))
      report.unmeasured = llvm::toString(std::move(error));
    if (!report.machine)
      warn("the report has no times: " + report.unmeasured);
    StringRef directory = llvm::sys::path::parent_path(request.report);
    return write(directory.empty() ? "." : directory,
                 llvm::sys::path::filename(request.report).str(),
                 [&](raw_ostream &os) { os << reportWriter(report); });
  }

  bool write(StringRef directory, const std::string &name,
             llvm::function_ref<void(raw_ostream &)> print) {
    if (auto error = llvm::sys::fs::create_directories(directory))
      return fail("cannot create " + directory + ": " + error.message());
    SmallString<128> path(directory);
    llvm::sys::path::append(path, name);
    if (auto error = writeFile(path, print))
      return fail(std::move(error));
    return note(path);
  }

  bool note(StringRef path) {
    uint64_t size = 0;
    if (!llvm::sys::fs::file_size(path, size))
      written.push_back(
          fmt::format("  {:<40} {}\n", path.str(), describeSize(size)));
    return true;
  }

  const CompileRequest &request;
  CodegenOptions options;
  StagedModel model;
  ModuleOp module;
  TunedCounts tuned;
  report::Writer reportWriter = nullptr; ///< where a report is wanted
  std::vector<std::string> written;
};
} // namespace

bool lathe::compile(const CompileRequest &request) {
  return Compilation(request).run();
}
