//===- KernelRows.cpp - The kernels of a step as a table ------------------===//
#include "compiler/report/Html.h"
#include "llvm/ADT/StringExtras.h"
#include <fmt/format.h>
#include <map>

using namespace llvm;
using namespace lathe;
using namespace lathe::report;

// Rows to be seen at once, and those that a click shows; what is beyond them
// is in the JSON.
static constexpr size_t openRows = 12, mostRows = 60;

/// The kernel's name, its calls and layers, and folded its schedule.
static std::string nameCell(const Report &report, const Kernel &kernel,
                            double calls) {
  const KernelDescription &description = kernel.description;
  std::string text = fmt::format(
      "<td><span class=\"name\">{}</span><br><span class=\"quiet\">{:.4g} "
      "call{}{}{}</span>",
      breakable(description.name), calls, calls == 1 ? "" : "s",
      kernel.layers.empty() ? "" : ": ",
      breakable(describeLayers(kernel.layers, 3)));
  std::string costs = describeBytes(description.bytes.of(report.batch));
  if (double flop = description.flop.of(report.batch); flop > 0)
    costs = describeNumber(flop * 1e-9) + " GFLOP, " + costs;
  return text +
         fmt::format("<details><summary>{}</summary><p><code>{}</code></p>"
                     "<p>{} a call</p></details></td>",
                     escaped(description.schedule.strategy),
                     escaped(kernels::toString(description.schedule)), costs);
}

static std::string cell(StringRef label, const std::string &content) {
  return fmt::format("<td data-label=\"{}\">{}</td>", label.str(), content);
}

static std::string bar(StringRef kind, double share) {
  return fmt::format(
      "<span class=\"bar\"><i class=\"{}\" style=\"width:{:.1f}%\"></i></span>",
      kind.str(), 100 * std::clamp(share, 0.0, 1.0));
}

/// Which of the two the share of the roofline is of.
static StringRef limitOf(const KernelTime &time,
                         const MeasuredMachine &machine) {
  bool compute =
      machine.gigaflops > 0 &&
      time.gigaflops / machine.gigaflops >= time.gigabytes / machine.gigabytes;
  return compute ? "compute" : "memory";
}

static std::string measuredRow(const Report &report, const KernelTime &time) {
  const Kernel &kernel = report.kernels[time.kernel];
  std::string roofline =
      fmt::format("{:.0f} % {}{}", 100 * time.roofline,
                  limitOf(time, *report.machine).str(),
                  bar(time.roofline > 1 ? "roof over" : "roof", time.roofline));
  return "<tr>" + nameCell(report, kernel, time.calls) +
         cell("ms", describeNumber(time.milliseconds)) +
         cell("share", fmt::format("{:.1f} %{}", 100 * time.share,
                                   bar("time", time.share))) +
         cell("GFLOP/s",
              time.gigaflops > 0 ? describeNumber(time.gigaflops) : "-") +
         cell("GB/s", describeNumber(time.gigabytes)) +
         cell("roofline", roofline) + "</tr>\n";
}

static std::string plannedRow(const Report &report, unsigned number,
                              size_t calls) {
  const Kernel &kernel = report.kernels[number];
  double flop = kernel.description.flop.of(report.batch);
  return "<tr>" + nameCell(report, kernel, double(calls)) +
         cell("GFLOP a call", flop > 0 ? describeNumber(flop * 1e-9) : "-") +
         cell("bytes a call",
              describeBytes(kernel.description.bytes.of(report.batch))) +
         "</tr>\n";
}

/// The first rows, and folded the others; `rest` describes these.
static std::string table(StringRef head, ArrayRef<std::string> rows,
                         const std::string &rest) {
  auto print = [&](ArrayRef<std::string> part) {
    return fmt::format("<table>\n<thead><tr><th>kernel</th>{}</tr></thead>\n"
                       "<tbody>\n{}</tbody>\n</table>\n",
                       head.str(), join(part, ""));
  };
  // A fold for two or three rows hides more than it saves.
  if (rows.size() <= openRows + 3)
    return print(rows);
  std::string text = print(rows.take_front(openRows));
  text += fmt::format(
      "<details class=\"more\"><summary>{} more kernels{}</summary>\n{}",
      rows.size() - openRows, rest,
      print(rows.slice(openRows, std::min(rows.size(), mostRows) - openRows)));
  if (rows.size() > mostRows)
    text += fmt::format("<p class=\"quiet\">The JSON form of the report has "
                        "the remaining {}.</p>\n",
                        rows.size() - mostRows);
  return text + "</details>\n";
}

static std::string measuredTable(const Report &report, const Step &step) {
  std::vector<std::string> rows;
  double restShare = 0;
  for (auto [i, time] : enumerate(step.times)) {
    rows.push_back(measuredRow(report, time));
    if (i >= openRows)
      restShare += time.share;
  }
  return table("<th class=\"figure\">ms</th><th class=\"bars\">share</th>"
               "<th class=\"figure\">GFLOP/s</th>"
               "<th class=\"figure\">GB/s</th><th class=\"bars\">roofline</th>",
               rows,
               fmt::format(", together {:.1f} % of the time", 100 * restShare));
}

/// Without times the kernels with the most arithmetic come first.
static std::string plannedTable(const Report &report, const Step &step) {
  std::map<unsigned, size_t> counts;
  for (const Call &call : step.calls)
    ++counts[call.kernel];
  std::vector<std::pair<unsigned, size_t>> order(counts.begin(), counts.end());
  auto work = [&](const std::pair<unsigned, size_t> &entry) {
    const KernelDescription &kernel = report.kernels[entry.first].description;
    double calls = double(entry.second);
    return std::pair(calls * kernel.flop.of(report.batch),
                     calls * kernel.bytes.of(report.batch));
  };
  stable_sort(order,
              [&](const auto &a, const auto &b) { return work(a) > work(b); });
  std::vector<std::string> rows;
  for (auto [kernel, calls] : order)
    rows.push_back(plannedRow(report, kernel, calls));
  return table("<th class=\"bars\">GFLOP a call</th>"
               "<th class=\"bars\">bytes a call</th>",
               rows, "");
}

std::string report::kernelTable(const Report &report, const Step &step) {
  size_t forward = step.forward, backward = step.calls.size() - forward;
  std::string text =
      fmt::format("<p class=\"quiet\">{} calls", step.calls.size());
  if (backward)
    text +=
        fmt::format(": {} forward, {} backward and updates", forward, backward);
  text += ". Each kernel's schedule is behind its strategy's name.</p>\n";
  return text + (step.times.empty() ? plannedTable(report, step)
                                    : measuredTable(report, step));
}
