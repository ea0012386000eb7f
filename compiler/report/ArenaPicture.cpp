//===- ArenaPicture.cpp - The arena's memory over a step ------------------===//
#include "compiler/report/Html.h"
#include "llvm/ADT/STLExtras.h"
#include <fmt/format.h>

using namespace llvm;
using namespace lathe;
using namespace lathe::report;

namespace {
/// Draws in units of one call and one thousandth of the arena; the browser
/// stretches them. Text stands beside the drawing and is not stretched.
class ArenaPicture {
public:
  ArenaPicture(const Report &report, const Step &step)
      : report(report), step(step), peak(peakOf(step)), extent(extentOf(step)),
        calls(step.calls.size()) {}

  std::string draw() {
    std::string rectangles;
    for (const Slice &slice : step.slices)
      rectangles += rectangle(slice);
    std::string text = legend();
    text += "<div class=\"arena\">\n<div class=\"scale\">" + scale() +
            "</div>\n<div class=\"scroll\">";
    // Not narrower than a pixel a call: a phone scrolls.
    text += fmt::format(
        "<div class=\"plot\" style=\"min-width:{}px\">\n"
        "<svg viewBox=\"0 0 {} {:.0f}\" preserveAspectRatio=\"none\" "
        "role=\"img\" aria-label=\"Slices of the arena over the calls of the "
        "step\">\n{}</svg>\n{}</div></div>\n</div>\n",
        calls, calls, height, rectangles, marks());
    text += "<p class=\"chosen-slice\" aria-live=\"polite\"></p>\n";
    return text + summary();
  }

private:
  static constexpr double height = 1000;

  double across(double call) const { return 100 * call / double(calls); }
  double up(double bytes) const { return height * bytes / double(extent); }

  /// Training has a pass that is over before the other begins.
  bool hasBackward() const { return step.forward < calls; }

  StringRef kindOf(const Slice &slice) const {
    if (slice.isRoom)
      return "r";
    if (slice.first >= step.forward)
      return "b";
    return slice.last >= step.forward ? "k" : "f";
  }

  std::string rectangle(const Slice &slice) {
    double tall = up(double(slice.size));
    if (tall < 1) {
      ++omitted;
      return "";
    }
    return fmt::format(
        "<rect class=\"{}\" x=\"{}\" y=\"{:.1f}\" width=\"{}\" "
        "height=\"{:.1f}\"><title>{}: {}, {} at {}, calls {} to {}</title>"
        "</rect>\n",
        kindOf(slice).str(), slice.first, height - up(double(slice.end())),
        slice.last - slice.first + 1, tall, escaped(slice.name),
        escaped(slice.type), describeBytes(double(slice.size)), slice.offset,
        slice.first + 1, slice.last + 1);
  }

  std::string roomFor() const {
    return step.name == "train"
               ? "room for a batch that fit copies"
               : "room for what prepare computes, where it is not kept";
  }

  std::string legend() const {
    static constexpr std::pair<StringLiteral, StringLiteral> entries[] = {
        {"k", "kept for the backward pass"},
        {"f", "forward pass alone"},
        {"b", "backward pass and updates"},
        {"r", "room"}};
    std::string text = "<ul class=\"legend\">";
    for (auto [kind, meaning] : entries)
      if (any_of(step.slices, [kind = kind, this](const Slice &slice) {
            return kindOf(slice) == kind;
          }))
        text += fmt::format("<li><i class=\"{}\"></i>{}</li>", kind.str(),
                            kind == "r"     ? roomFor()
                            : hasBackward() ? meaning.str()
                                            : "a tensor");
    return text + "<li><i class=\"p\"></i>when most is alive</li></ul>\n";
  }

  /// Round numbers of bytes, two to five besides 0.
  std::string scale() const {
    static constexpr StringLiteral units[] = {"bytes", "KiB", "MiB", "GiB",
                                              "TiB"};
    size_t unit = 0;
    double total = double(extent);
    for (; total >= 1024 && unit + 1 < std::size(units); ++unit)
      total /= 1024;
    static constexpr double distances[] = {.2, .5, 1,  2,   5,
                                           10, 20, 50, 100, 200};
    const double *distance = find_if(
        distances, [&](double distance) { return total / distance < 6; });
    std::string text = "<span style=\"bottom:0%\">0</span>";
    for (int i = 1; i * *distance <= total; ++i)
      text += fmt::format("<span style=\"bottom:{:.2f}%\">{:g} {}</span>",
                          100 * i * *distance / total, i * *distance,
                          units[unit].str());
    return text;
  }

  std::string tick(double call, StringRef place,
                   const std::string &text) const {
    return fmt::format("<span class=\"tick {}\" style=\"left:{:.2f}%\">{}"
                       "</span>",
                       place.str(), across(call), text);
  }

  std::string marks() const {
    std::string text = tick(0, "first", "call 1") +
                       tick(double(calls), "last", std::to_string(calls));
    if (hasBackward()) {
      double turn = double(step.forward);
      text += fmt::format("<div class=\"turn\" style=\"left:{:.2f}%\"></div>",
                          across(turn));
      // Near the ends a phone has no room for the text.
      double place = turn / double(calls);
      bool middle = place > 0.36 && place < 0.64;
      if (place > 0.15 && place < 0.85)
        text += tick(turn, middle ? "" : "wide", "forward | backward");
    }
    // The label stands where there is room.
    double middle = double(peak.call) + 0.5;
    return text + fmt::format("<div class=\"peak{}\" style=\"left:{:.2f}%\">"
                              "<b>{}</b></div>",
                              middle > double(calls) / 2 ? " left" : "",
                              across(middle),
                              describeBytes(double(peak.bytes)));
  }

  std::string summary() const {
    const Kernel &kernel = report.kernels[step.calls[peak.call].kernel];
    std::string text = fmt::format(
        "<p class=\"quiet\">Most is alive in call {}, {}: {}, {:.1f} % of "
        "the {} that the step uses.",
        peak.call + 1, breakable(kernel.description.name),
        describeBytes(double(peak.bytes)),
        100 * double(peak.bytes) / double(extent),
        describeBytes(double(extent)));
    if (step.name == "predict" && report.predictArenaSize > extent)
      text += fmt::format(" The arena has {}, as evaluating also takes labels "
                          "and copies its batches there.",
                          describeBytes(double(report.predictArenaSize)));
    if (omitted)
      text +=
          fmt::format(" {} too thin to be drawn.",
                      omitted == 1 ? "One slice is"
                                   : std::to_string(omitted) + " slices are");
    return text + "</p>\n";
  }

  const Report &report;
  const Step &step;
  Peak peak;
  int64_t extent;
  size_t calls;
  unsigned omitted = 0;
};
} // namespace

std::string report::arenaPicture(const Report &report, const Step &step) {
  return ArenaPicture(report, step).draw();
}
