//===- Json.cpp - A report for programs; REPORT.md describes it -----------===//
#include "llvm/Support/JSON.h"
#include "compiler/report/Report.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace lathe;
using namespace lathe::report;

namespace {
class JsonWriter {
public:
  explicit JsonWriter(const Report &report)
      : report(report), os(text), json(os, /*IndentSize=*/1) {}

  std::string write() {
    json.object([&] {
      json.attribute("report", 1);
      string("model", report.model);
      string("file", report.file);
      string("compiler", report.compiler);
      string("command", report.commandLine);
      string("target", report.target);
      json.attribute("batch", report.batch);
      json.attribute("parameters", report.parameters);
      json.attributeObject("memory", [&] { memory(); });
      if (report.machine)
        json.attributeObject("machine", [&] { machine(*report.machine); });
      else
        string("unmeasured", report.unmeasured);
      json.attributeArray("kernels", [&] {
        for (const Kernel &k : report.kernels)
          json.object([&] { kernel(k); });
      });
      json.attributeArray("steps", [&] {
        for (const Step &s : report.steps)
          json.object([&] { step(s); });
      });
    });
    text += "\n";
    return std::move(text);
  }

private:
  /// File names may hold any bytes, JSON may not.
  void string(StringRef key, StringRef value) {
    json.attribute(key, json::fixUTF8(value));
  }

  template <typename Range>
  void array(StringRef key, const Range &values) {
    json.attributeArray(key, [&] {
      for (const auto &value : values)
        json.value(value);
    });
  }

  void memory() {
    json.attribute("params", report.paramsSize);
    json.attribute("state", report.stateSize);
    json.attribute("train_arena", report.trainArenaSize);
    json.attribute("predict_arena", report.predictArenaSize);
    json.attribute("prepared", report.preparedSize);
    json.attribute("align", report.alignment);
  }

  void machine(const MeasuredMachine &machine) {
    string("cpu", machine.cpu);
    string("name", machine.name);
    json.attribute("threads", machine.threads);
    json.attribute("peak_gflops", machine.gigaflops);
    json.attribute("peak_gbytes", machine.gigabytes);
  }

  void kernel(const Kernel &kernel) {
    const KernelDescription &description = kernel.description;
    string("name", description.name);
    string("operations", description.operations);
    string("schedule", kernels::toString(description.schedule));
    string("strategy", description.schedule.strategy);
    json.attribute("winograd", kernel.winograd);
    array("layers", kernel.layers);
    json.attribute("flop", description.flop.of(report.batch));
    json.attribute("bytes", description.bytes.of(report.batch));
  }

  void step(const Step &step) {
    string("name", step.name);
    if (!step.times.empty()) {
      json.attribute("ms", step.milliseconds);
      json.attribute("best_ms", step.bestMilliseconds);
      json.attributeArray("kernels", [&] {
        for (const KernelTime &time : step.times)
          json.object([&] { kernelTime(time); });
      });
    }
    json.attribute("samples", step.samples);
    json.attribute("forward_calls", step.forward);
    json.attributeArray("calls", [&] {
      for (const Call &call : step.calls)
        json.object([&] {
          string("kernel", nameOf(call.kernel));
          array("layers", call.layers);
          array("reads", call.reads);
          array("writes", call.writes);
        });
    });
    json.attributeObject("arena", [&] { arena(step); });
  }

  void kernelTime(const KernelTime &time) {
    string("name", nameOf(time.kernel));
    json.attribute("calls", time.calls);
    json.attribute("ms", time.milliseconds);
    json.attribute("share", time.share);
    json.attribute("gflops", time.gigaflops);
    json.attribute("gbytes", time.gigabytes);
    json.attribute("roofline", time.roofline);
  }

  void arena(const Step &step) {
    Peak peak = peakOf(step);
    json.attribute("size", extentOf(step));
    json.attribute("peak_bytes", peak.bytes);
    json.attribute("peak_call", peak.call);
    json.attributeArray("slices", [&] {
      for (const Slice &slice : step.slices)
        json.object([&] {
          string("name", slice.name);
          string("type", slice.type);
          json.attribute("offset", slice.offset);
          json.attribute("size", slice.size);
          json.attribute("first_call", slice.first);
          json.attribute("last_call", slice.last);
          json.attribute("room", slice.isRoom);
        });
    });
  }

  StringRef nameOf(unsigned kernel) const {
    return report.kernels[kernel].description.name;
  }

  const Report &report;
  std::string text;
  raw_string_ostream os;
  json::OStream json;
};
} // namespace

std::string report::toJson(const Report &report) {
  return JsonWriter(report).write();
}
