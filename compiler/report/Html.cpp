//===- Html.cpp - A report as a page --------------------------------------===//
#include "compiler/report/Html.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>
#include <fmt/format.h>

using namespace llvm;
using namespace lathe;
using namespace lathe::report;

std::string report::escaped(StringRef text) {
  std::string result;
  raw_string_ostream os(result);
  printHTMLEscaped(json::fixUTF8(text), os);
  return result;
}

std::string report::breakable(StringRef name) {
  std::string result;
  for (char c : escaped(name)) {
    result += c;
    if (c == '_' || c == '/')
      result += "<wbr>";
  }
  return result;
}

std::string report::describeNumber(double number) {
  if (number == 0)
    return "0";
  int digits = 2 - int(std::floor(std::log10(std::abs(number))));
  return fmt::format("{:.{}f}", number, std::clamp(digits, 0, 4));
}

std::string report::describeBytes(double bytes) {
  static constexpr const char *units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  for (; bytes >= 1024 && unit + 1 < std::size(units); ++unit)
    bytes /= 1024;
  return (unit ? describeNumber(bytes) : fmt::format("{:.0f}", bytes)) + " " +
         units[unit];
}

std::string report::describeLayers(ArrayRef<std::string> layers, size_t most) {
  if (layers.size() <= most + 1)
    return join(layers, ", ");
  return fmt::format("{} and {} more", join(layers.take_front(most), ", "),
                     layers.size() - most);
}

namespace {
struct StepText {
  StringLiteral name, title;
};
} // namespace

/// The steps that the page shows.
static constexpr StepText shownSteps[] = {{"train", "Training step"},
                                          {"predict", "Prediction"},
                                          {"update", "Optimizer's step"},
                                          {"prepare", "Preparing"}};

static const Step *findStep(const Report &report, StringRef name) {
  for (const Step &step : report.steps)
    if (step.name == name)
      return &step;
  return nullptr;
}

/// Calls `print` for each shown step that the model has.
static std::string
forSteps(const Report &report,
         function_ref<std::string(const Step &, StringRef title)> print) {
  std::string text;
  for (const StepText &shown : shownSteps)
    if (const Step *step = findStep(report, shown.name))
      text += print(*step, shown.title);
  return text;
}

static std::string origin(const Report &report) {
  std::string text = fmt::format(
      "<p class=\"quiet\">{}, compiled for {} by {}, in batches of {}</p>\n",
      escaped(sys::path::filename(report.file)), report.target, report.compiler,
      report.batch);
  text += fmt::format("<p class=\"quiet\"><code>{}</code></p>\n",
                      escaped(report.commandLine));
  if (!report.machine)
    return text + fmt::format(
                      "<p class=\"notice\">This report has no times: {}.</p>\n",
                      escaped(report.unmeasured));
  const MeasuredMachine &machine = *report.machine;
  return text + fmt::format(
                    "<p>Measured on {} with {} thread{}. At most, this machine "
                    "does {} "
                    "GFLOP/s in registers and reads {} GB/s from memory.</p>\n",
                    escaped(machine.name.empty() ? machine.cpu : machine.name),
                    machine.threads, machine.threads == 1 ? "" : "s",
                    machine.gigaflops > 0 ? describeNumber(machine.gigaflops)
                                          : "an unknown number of",
                    describeNumber(machine.gigabytes));
}

/// "11 689 512", with spaces that do not break.
static std::string grouped(int64_t number) {
  std::string text = std::to_string(number);
  for (int at = int(text.size()) - 3; at > 0; at -= 3)
    text.insert(size_t(at), "&nbsp;");
  return text;
}

static std::string tile(StringRef title, const std::string &value,
                        const std::string &note) {
  return fmt::format("<div class=\"tile\"><span>{}</span><b>{}</b>"
                     "<span>{}</span></div>\n",
                     title.str(), value, note);
}

static std::string tiles(const Report &report) {
  std::string text = forSteps(report, [&](const Step &step, StringRef title) {
    if (step.times.empty())
      return std::string();
    std::string parts = step.samples < report.batch
                            ? fmt::format("; {} at once", step.samples)
                            : "";
    return tile(title, describeNumber(step.milliseconds) + " ms",
                fmt::format("{} images/s; best {} ms{}",
                            describeNumber(double(report.batch) * 1e3 /
                                           step.milliseconds),
                            describeNumber(step.bestMilliseconds), parts));
  });
  auto memory = [&](StringRef title, int64_t bytes, const std::string &note) {
    text += tile(title, describeBytes(double(bytes)), note);
  };
  bool trains = findStep(report, "train");
  memory("Parameters", report.paramsSize,
         fmt::format("{} {}numbers", grouped(report.parameters),
                     trains ? "trainable " : ""));
  if (trains) {
    memory("Training's state", report.stateSize, "optimizer and position");
    memory("Training's arena", report.trainArenaSize, "while training");
  }
  memory("Prediction's arena", report.predictArenaSize,
         "predicting or evaluating");
  if (report.preparedSize)
    memory("Prepared", report.preparedSize, "of the parameters, to be kept");
  return text;
}

static std::string links(const Report &report) {
  std::string text =
      findStep(report, "train") ? "<a href=\"#train\">Training step</a>\n" : "";
  return text + "<a href=\"#predict\">Prediction</a>";
}

static std::string times(const Report &report) {
  return forSteps(report, [&](const Step &step, StringRef title) {
    // Where it is measured, the optimizer's step is part of the training's.
    if (report.machine && step.times.empty())
      return std::string();
    return fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n{}</section>\n",
                       step.name, title.str(), kernelTable(report, step));
  });
}

static std::string arenas(const Report &report) {
  return forSteps(report, [&](const Step &step, StringRef title) {
    if (step.slices.empty())
      return std::string();
    return fmt::format("<h3>{} <small>{}</small></h3>\n{}", title.str(),
                       describeBytes(double(extentOf(step))),
                       arenaPicture(report, step));
  });
}

/// More than these are not read, but would double the page.
static constexpr size_t mostListedCalls = 600;

static std::string calls(const Report &report) {
  std::string lists = forSteps(report, [&](const Step &step, StringRef title) {
    if (step.calls.size() > mostListedCalls)
      return fmt::format("<p>{}: {} calls; the JSON form of the report has "
                         "them.</p>\n",
                         title.str(), step.calls.size());
    std::string text =
        fmt::format("<details class=\"more\"><summary>{}: {} calls</summary>\n"
                    "<ol>\n",
                    title.str(), step.calls.size());
    for (const Call &call : step.calls)
      text +=
          fmt::format("<li>{} <span class=\"quiet\">{}</span></li>\n",
                      breakable(report.kernels[call.kernel].description.name),
                      breakable(describeLayers(call.layers, 2)));
    return text + "</ol></details>\n";
  });
  return "<section id=\"calls\">\n<h2>Calls in order</h2>\n" + lists +
         "</section>\n";
}

std::string report::toHtml(const Report &report) {
  const std::pair<StringLiteral, std::string> parts[] = {
      {"model", escaped(report.model)}, {"origin", origin(report)},
      {"links", links(report)},         {"tiles", tiles(report)},
      {"times", times(report)},         {"arenas", arenas(report)},
      {"calls", calls(report)}};
  std::string page;
  StringRef rest = pageTemplate();
  while (!rest.empty()) {
    auto [before, after] = rest.split("{{");
    page += before;
    auto [name, next] = after.split("}}");
    for (auto &[part, text] : parts)
      if (part == name)
        page += text;
    rest = next;
  }
  return page;
}
