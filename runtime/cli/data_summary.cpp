// data_summary.cpp: what has been found, as JSON.
#include "runtime/cli/data_summary.h"

#include "runtime/data/duplicates.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace lathe {

namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t tiny_edge = 8;
// All pairs that look the same are counted, but only so many are listed.
constexpr size_t most_near = 1000;

struct Place { // of a sample
  size_t part, sample;
};

// Labels of a sample: its class, or one number for each class.
std::vector<int32_t> labels_of(const CheckedData &data, Place at) {
  const auto size = size_t(data.spec.label_size);
  const auto first =
      data.parts[at.part].labels.begin() + int64_t(at.sample * size);
  return {first, first + int64_t(size)};
}

Json classes_of(const CheckedData &data, Place at) {
  Json names = Json::array();
  for (int32_t c = 0; c < data.spec.classes; ++c)
    if (data.is_in_class(at.part, at.sample, c))
      names.push_back(data.classes[size_t(c)]);
  return names;
}

Json name_sample(const CheckedData &data, Place at) {
  const CheckedPart &part = data.parts[at.part];
  const Json classes = classes_of(data, at);
  return {{"part", part.name},
          {"class", data.spec.label_size == 1 ? classes[0] : classes},
          {"file", part.samples[at.sample].name}};
}

// The samples of which this holds.
template <typename Condition>
Json list_samples(const CheckedData &data, Condition holds) {
  Json list = Json::array();
  for (size_t p = 0; p < data.parts.size(); ++p)
    for (size_t i = 0; i < data.parts[p].samples.size(); ++i) {
      const CheckedSample &sample = data.parts[p].samples[i];
      if (!holds(sample))
        continue;
      list.push_back(name_sample(data, {p, i}));
      if (!sample.error.empty())
        list.back()["error"] = sample.error;
      else if (!sample.path.empty()) {
        list.back()["width"] = sample.stored.width;
        list.back()["height"] = sample.stored.height;
      }
    }
  return list;
}

Json parts_json(const CheckedData &data) {
  Json parts = Json::array();
  for (const CheckedPart &part : data.parts)
    parts.push_back({{"part", part.name},
                     {"place", part.source.place},
                     {"samples", part.samples.size()},
                     {"not_read", part.source.left_out}});
  return parts;
}

// How many can be read of each class and part; what they should weigh for all
// classes to count alike.
Json classes_json(const CheckedData &data) {
  std::vector<std::vector<int64_t>> counts(
      data.parts.size(), std::vector<int64_t>(size_t(data.spec.classes)));
  for (size_t p = 0; p < data.parts.size(); ++p)
    for (size_t i = 0; i < data.parts[p].samples.size(); ++i)
      for (int32_t c = 0; c < data.spec.classes; ++c)
        counts[p][size_t(c)] +=
            data.parts[p].samples[i].is_readable() && data.is_in_class(p, i, c);
  int64_t present = 0, sum = 0;
  for (int64_t count : counts[0]) {
    present += count != 0;
    sum += count;
  }
  Json classes = Json::array();
  for (size_t c = 0; c < data.classes.size(); ++c) {
    Json entry = {{"class", data.classes[c]}};
    for (size_t p = 0; p < data.parts.size(); ++p)
      entry[data.parts[p].name] = counts[p][c];
    if (data.spec.label_size == 1 && counts[0][c])
      entry["class_weight"] =
          double(sum) / (double(present) * double(counts[0][c]));
    else
      entry["class_weight"] = nullptr;
    classes.push_back(entry);
  }
  return classes;
}

Json size_json(const StoredPicture &picture) {
  return {{"width", picture.width}, {"height", picture.height}};
}

// By the number of pixels.
Json sizes_json(const CheckedData &data) {
  std::vector<const StoredPicture *> pictures;
  std::set<std::pair<int64_t, int64_t>> distinct;
  for (const CheckedPart &part : data.parts)
    for (const CheckedSample &sample : part.samples)
      if (sample.is_readable() && !sample.path.empty()) {
        pictures.push_back(&sample.stored);
        distinct.emplace(sample.stored.height, sample.stored.width);
      }
  if (pictures.empty())
    return nullptr;
  std::stable_sort(pictures.begin(), pictures.end(),
                   [](const StoredPicture *a, const StoredPicture *b) {
                     return a->height * a->width < b->height * b->width;
                   });
  return {{"smallest", size_json(*pictures.front())},
          {"median", size_json(*pictures[pictures.size() / 2])},
          {"largest", size_json(*pictures.back())},
          {"distinct", distinct.size()}};
}

Json modes_json(const CheckedData &data) {
  std::map<std::string, int64_t> counts;
  for (const CheckedPart &part : data.parts)
    for (const CheckedSample &sample : part.samples)
      if (sample.is_readable() && !sample.path.empty())
        ++counts[sample.stored.kind +
                 (sample.stored.mode.empty() ? "" : " " + sample.stored.mode)];
  return counts;
}

// Adds what is the same: in all groups, and in those that are mistakes.
void add_duplicates(const CheckedData &data, Json &json) {
  std::vector<Place> places;
  std::vector<uint64_t> hashes;
  for (size_t p = 0; p < data.parts.size(); ++p)
    for (size_t i = 0; i < data.parts[p].samples.size(); ++i)
      if (data.parts[p].samples[i].is_readable()) {
        places.push_back({p, i});
        hashes.push_back(data.parts[p].samples[i].pixels);
      }
  for (const char *list : {"duplicates", "leakage", "conflicting_labels"})
    json[list] = Json::array();
  for (const std::vector<size_t> &group : equal_hashes(hashes)) {
    Json entry = Json::array();
    std::set<size_t> parts;
    std::set<std::vector<int32_t>> labels;
    for (size_t i : group) {
      entry.push_back(name_sample(data, places[i]));
      parts.insert(places[i].part);
      labels.insert(labels_of(data, places[i]));
    }
    json["duplicates"].push_back(entry);
    if (parts.size() > 1)
      json["leakage"].push_back(entry);
    if (labels.size() > 1)
      json["conflicting_labels"].push_back(entry);
  }
}

// Of pictures that are the same, one; none that are constant.
Json near_json(const CheckedData &data) {
  std::vector<Place> places;
  std::vector<Look> looks;
  std::set<uint64_t> seen;
  for (size_t p = 0; p < data.parts.size(); ++p)
    for (size_t i = 0; i < data.parts[p].samples.size(); ++i) {
      const CheckedSample &sample = data.parts[p].samples[i];
      if (sample.means.empty() || sample.is_constant ||
          !seen.insert(sample.pixels).second)
        continue;
      places.push_back({p, i});
      looks.push_back(sample.look);
    }
  int64_t pairs = 0, between = 0;
  std::set<size_t> samples;
  Json list = Json::array(),
       others = Json::array(); // those between parts first
  find_near(looks, [&](size_t i, size_t j) {
    const bool crosses = places[i].part != places[j].part;
    ++pairs;
    between += crosses;
    samples.insert({i, j});
    Json &found = crosses ? list : others;
    if (found.size() < most_near)
      found.push_back({name_sample(data, places[i]), //
                       name_sample(data, places[j])});
  });
  for (size_t i = 0; i < others.size() && list.size() < most_near; ++i)
    list.push_back(others[i]);
  return {{"distance", near_distance}, {"correlation", near_correlation},
          {"samples", samples.size()}, {"pairs", pairs},
          {"between_parts", between},  {"list", list}};
}

Json mend_json(const Json &json) {
  Json mend = Json::array();
  auto add = [&](const char *key, const std::string &one,
                 const std::string &many) {
    if (!json[key].empty())
      mend.push_back(fmt::format("{} {}", json[key].size(),
                                 json[key].size() == 1 ? one : many));
  };
  add("unreadable", "file cannot be read", "files cannot be read");
  add("not_finite", "sample has values that are not finite",
      "samples have values that are not finite");
  const auto many = json["unit"].get<std::string>();
  const std::string one = many.substr(0, many.size() - 1);
  add("leakage", one + " is in more than one part",
      many + " are in more than one part");
  add("conflicting_labels", one + " is in more than one class",
      many + " are in more than one class");
  return mend;
}

} // namespace

bool CheckedData::is_in_class(size_t part, size_t sample,
                              int32_t number) const {
  const std::vector<int32_t> &labels = parts[part].labels;
  return spec.label_size == 1
             ? labels[sample] == number
             : labels[sample * size_t(spec.label_size) + size_t(number)] != 0;
}

Json summary_of(const CheckedData &data) {
  const CheckedPart &first = data.parts[0];
  auto smaller = [&](const CheckedSample &sample, int64_t height,
                     int64_t width) {
    return sample.is_readable() && !sample.path.empty() &&
           (sample.stored.height < height || sample.stored.width < width);
  };
  Json json = {{"data", data.place},
               {"input", data.spec.shape()},
               {"unit", data.parts[0].source.unit()},
               {"parts", parts_json(data)},
               {"classes", classes_json(data)},
               {"sizes", sizes_json(data)},
               {"modes", modes_json(data)},
               {"channels",
                {{"part", first.name},
                 {"mean", first.means},
                 {"std", first.deviations}}}};
  json["unreadable"] = list_samples(
      data, [](const CheckedSample &sample) { return !sample.is_readable(); });
  json["not_finite"] = list_samples(
      data, [](const CheckedSample &sample) { return !sample.is_finite; });
  json["tiny"] = list_samples(data, [&](const CheckedSample &sample) {
    return smaller(sample, tiny_edge, tiny_edge);
  });
  json["smaller_than_input"] =
      list_samples(data, [&](const CheckedSample &sample) {
        return smaller(sample, data.spec.height, data.spec.width);
      });
  const bool is_row = data.spec.rank == 1; // which has no colour
  json["constant"] = list_samples(data, [&](const CheckedSample &sample) {
    return sample.is_constant && !is_row;
  });
  add_duplicates(data, json);
  json["near_duplicates"] = near_json(data);
  json["mend"] = mend_json(json);
  return json;
}

} // namespace lathe
