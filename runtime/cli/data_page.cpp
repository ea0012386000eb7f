// data_page.cpp: see data_page.h.
#include "runtime/cli/data_page.h"

#include "runtime/atomic_file.h"
#include "runtime/cli/contact_sheet.h"
#include "runtime/error.h"

#include <algorithm>

namespace lathe {

namespace {

using Json = nlohmann::ordered_json;

constexpr size_t most_classes = 50, most_pictures = 8, most_entries = 200;

constexpr const char *style = R"(
:root { color-scheme: light dark; --line: #8884; --bar: #3b7dd8; }
body { font: 16px/1.45 system-ui, sans-serif; max-width: 60rem;
  margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.4rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin-top: 2rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { text-align: left; padding: .2rem .8rem .2rem 0;
  border-bottom: 1px solid var(--line); vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td.wide { width: 100%; min-width: 5rem; }
.bar { background: var(--bar); height: .8rem; margin-top: .3rem; }
.verdict { padding: .6rem .8rem; border-left: .3rem solid #2a9d4a; }
.verdict.mend { border-color: #d33; }
.sheet { display: flex; flex-wrap: wrap; gap: .3rem; }
.sheet img { height: 6rem; max-width: 100%; image-rendering: auto; }
.sheet img.array { image-rendering: pixelated; }
summary { cursor: pointer; padding: .3rem 0; }
li { overflow-wrap: anywhere; }
)";

// File names are arbitrary bytes; the page is UTF-8.
std::string escape(const std::string &text) {
  std::string escaped;
  for (char c : text_of(text))
    switch (c) {
    case '&':
      escaped += "&amp;";
      break;
    case '<':
      escaped += "&lt;";
      break;
    case '>':
      escaped += "&gt;";
      break;
    case '"':
      escaped += "&quot;";
      break;
    default:
      escaped += c;
    }
  return escaped;
}

std::string verdict(const Json &json) {
  const std::vector<std::string> mend = json["mend"];
  return fmt::format(
      "<p class=\"verdict{}\">{}</p>\n", mend.empty() ? "" : " mend",
      mend.empty() ? "Nothing to mend."
                   : fmt::format("To mend: {}.", fmt::join(mend, "; ")));
}

std::string figures(const Json &json) {
  std::string rows;
  auto add = [&](const std::string &heading, const std::string &text) {
    rows += fmt::format("<tr><th>{}</th><td>{}</td></tr>\n", escape(heading),
                        escape(text));
  };
  for (const Json &part : json["parts"]) {
    const std::string not_read = part["not_read"];
    add(part["part"],
        fmt::format("{} samples in {}{}", part["samples"].get<size_t>(),
                    part["place"].get<std::string>(),
                    not_read.empty() ? "" : "; not read: " + not_read));
  }
  for (const auto &[heading, text] : figures_of(json))
    add(heading, text);
  return "<div class=\"scroll\"><table>\n" + rows + "</table></div>\n";
}

// A bar for the first part, which is trained on.
std::string classes(const Json &json) {
  const std::string first = json["parts"][0]["part"];
  int64_t most = 1;
  for (const Json &entry : json["classes"])
    most = std::max(most, entry[first].get<int64_t>());
  std::string html = "<h2>Classes</h2>\n<div class=\"scroll\"><table>\n"
                     "<tr><th>class</th>";
  for (const Json &part : json["parts"])
    html += fmt::format("<th class=\"number\">{}</th>",
                        part["part"].get<std::string>());
  html += "<th class=\"number\">class weight</th><th></th></tr>\n";
  for (const Json &entry : json["classes"]) {
    html += fmt::format("<tr><td>{}</td>",
                        escape(entry["class"].get<std::string>()));
    for (const Json &part : json["parts"])
      html +=
          fmt::format("<td class=\"number\">{}</td>",
                      entry[part["part"].get<std::string>()].get<int64_t>());
    const Json &weight = entry["class_weight"];
    html += fmt::format(
        "<td class=\"number\">{}</td><td class=\"wide\"><div class=\"bar\" "
        "style=\"width: {:.1f}%\"></div></td></tr>\n",
        weight.is_null() ? "" : fmt::format("{:.4f}", weight.get<double>()),
        100 * double(entry[first].get<int64_t>()) / double(most));
  }
  return html + "</table></div>\n";
}

std::string findings_html(const Json &json) {
  std::string html;
  for (const Finding &finding : findings_of(json)) {
    if (finding.entries.empty())
      continue;
    html += fmt::format("<details><summary>{}: {}</summary>\n<ul>\n",
                        escape(finding.heading), escape(finding.text));
    for (size_t i = 0; i < std::min(finding.entries.size(), most_entries); ++i)
      html +=
          fmt::format("<li>{}</li>\n", escape(entry_text(finding.entries[i])));
    html += "</ul>\n";
    if (finding.entries.size() > most_entries)
      html += fmt::format("<p>and {} more, see --json</p>\n",
                          finding.entries.size() - most_entries);
    html += "</details>\n";
  }
  return html.empty() ? "" : "<h2>Found</h2>\n" + html;
}

// Some of the class's readable samples in the first part, evenly spread.
std::vector<size_t> chosen_samples(const CheckedData &data, int32_t number) {
  std::vector<size_t> all, chosen;
  for (size_t i = 0; i < data.parts[0].samples.size(); ++i)
    if (data.parts[0].samples[i].is_readable() &&
        data.is_in_class(0, i, number))
      all.push_back(i);
  const size_t count = std::min(all.size(), most_pictures);
  for (size_t i = 0; i < count; ++i)
    chosen.push_back(all[i * all.size() / count]);
  return chosen;
}

std::string sheet_html(const CheckedData &data) {
  if (data.spec.rank == 1)
    return ""; // rows of numbers are no pictures
  ContactSheet sheet(data);
  std::string html = "<h2>Pictures</h2>\n";
  const size_t shown = std::min(data.classes.size(), most_classes);
  for (size_t c = 0; c < shown; ++c) {
    html += fmt::format("<h3>{}</h3>\n<div class=\"sheet\">\n",
                        escape(data.classes[c]));
    for (size_t i : chosen_samples(data, int32_t(c))) {
      const std::string name = escape(data.parts[0].samples[i].name);
      html += fmt::format("<img{} alt=\"{}\" title=\"{}\" src=\"{}\">\n",
                          data.has_files() ? "" : " class=\"array\"", name,
                          name, sheet.picture(0, i));
    }
    html += "</div>\n";
  }
  if (shown < data.classes.size())
    html += fmt::format("<p>The first {} of {} classes.</p>\n", shown,
                        data.classes.size());
  return html;
}

} // namespace

void write_data_page(const CheckedData &data, const Json &summary,
                     const std::string &path) {
  const std::string title = escape(data.place);
  const std::string page =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\">\n<title>" +
      title + "</title>\n<style>" + style + "</style>\n</head>\n<body>\n<h1>" +
      title + "</h1>\n" + verdict(summary) + figures(summary) +
      classes(summary) + findings_html(summary) + sheet_html(data) +
      "</body>\n</html>\n";
  AtomicFile file(path);
  file.write(page.data(), page.size());
  file.commit();
}

} // namespace lathe
