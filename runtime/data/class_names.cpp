// class_names.cpp: see class_names.h.
#include "runtime/data/class_names.h"

#include "runtime/error.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <numeric>

namespace lathe {

namespace {

using Names = std::vector<std::string>;

constexpr const char *metadata_key = "class_names";
constexpr size_t most_listed = 20;
constexpr const char *list_files[] = {"classes.txt", "class_names.txt",
                                      "batches.meta.txt"};

bool contains(const Names &names, const std::string &name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Names without(const Names &names, const Names &others) {
  Names rest;
  for (const std::string &name : names)
    if (!contains(others, name))
      rest.push_back(name);
  return rest;
}

std::string lower(std::string text) {
  for (char &c : text)
    c = char(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// Letters to be changed, left out or put in (Levenshtein's distance).
size_t distance(const std::string &a, const std::string &b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t(0));
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t above = row[j + 1];
      row[j + 1] = std::min(
          {above + 1, row[j] + 1, diagonal + (lower(a)[i] != lower(b)[j])});
      diagonal = above;
    }
  }
  return row.back();
}

// What a folder that is no class may have been meant to be.
std::string hint(const std::string &folder, const Names &missing) {
  for (const std::string &name : missing)
    if (lower(name) == lower(folder))
      return fmt::format("\n  '{}' and '{}' differ in upper and lower case",
                         folder, name);
  for (const std::string &name : missing)
    if (distance(folder, name) < std::min(name.size(), 2 + name.size() / 4))
      return fmt::format("\n  '{}' may be '{}'", folder, name);
  return "";
}

std::string differences(const Names &folders, const Names &names) {
  const Names missing = without(names, folders),
              extra = without(folders, names);
  std::string text;
  if (!missing.empty())
    text += "\n  missing: " + list_names(missing);
  if (!extra.empty())
    text += "\n  unknown to the model: " + list_names(extra);
  for (const std::string &folder : extra)
    text += hint(folder, missing);
  return text;
}

// Folders named 0, 1, ... 10 are numbers, whose order is not the alphabet's.
Names numbers(int32_t classes) {
  Names names;
  for (int32_t number = 0; number < classes; ++number)
    names.push_back(std::to_string(number));
  return names;
}

} // namespace

std::string text_of(const std::string &name) {
  using Json = nlohmann::json;
  return Json::parse(
      Json(name).dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::string class_name(const ClassNames &names, int32_t number) {
  return names.empty() ? std::to_string(number) : names[size_t(number)];
}

std::string list_names(const std::vector<std::string> &names) {
  const size_t shown =
      names.size() > most_listed + 1 ? most_listed : names.size();
  std::string text =
      fmt::format("{}", fmt::join(names.begin(), names.begin() + shown, ", "));
  if (shown < names.size())
    text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

ClassNames kept_class_names(const Metadata &metadata) {
  ClassNames names;
  auto entry = metadata.find(metadata_key);
  if (entry == metadata.end())
    return names;
  const auto json = nlohmann::json::parse(entry->second, nullptr, false);
  if (json.is_array())
    for (const auto &name : json)
      names.push_back(name.is_string() ? name.get<std::string>() : "");
  return names;
}

ClassNames class_names(const lathe_model &model, const Metadata &metadata,
                       const std::string &path) {
  ClassNames own;
  if (model.class_names)
    own.assign(model.class_names, model.class_names + model.classes);
  if (metadata.find(metadata_key) == metadata.end())
    return own;
  const ClassNames kept = kept_class_names(metadata);
  if (kept.empty())
    fail("{}: its class names are not a JSON list", path);
  if (kept.size() != size_t(model.classes))
    fail("{}: has {} class names, but the model has {} classes", path,
         kept.size(), model.classes);
  if (!own.empty() && own != kept) {
    const std::string text = differences(kept, own);
    fail("{}: was trained for other classes than the model has{}", path,
         text.empty() ? ": their order differs, " + list_names(kept) +
                            " there, " + list_names(own) + " in the model"
                      : text);
  }
  return kept;
}

void keep_class_names(Metadata &metadata, const ClassNames &names) {
  if (!names.empty())
    metadata[metadata_key] = nlohmann::json(names).dump();
}

ClassNames read_class_list(const std::string &folder, int32_t classes) {
  for (const char *name : list_files) {
    const std::filesystem::path path = std::filesystem::path(folder) / name;
    std::ifstream text(path);
    if (!text)
      continue;
    ClassNames names;
    for (std::string line; std::getline(text, line);) {
      if (!line.empty() && line.back() == '\r')
        line.pop_back();
      if (!line.empty())
        names.push_back(text_of(line));
    }
    if (names.size() != size_t(classes))
      fail("{}: names {} classes, but the model has {}", path.string(),
           names.size(), classes);
    return names;
  }
  return {};
}

std::vector<int32_t> match_classes(const std::string &place,
                                   const std::vector<std::string> &folders,
                                   const ClassNames &names, int32_t classes,
                                   const char *what) {
  ClassNames wanted = names;
  if (wanted.empty()) {
    if (int64_t(folders.size()) != classes)
      fail("{}: {} {} ({}), but the model has {} classes: the units of its "
           "last layer",
           place, folders.size(), what, list_names(folders), classes);
    wanted =
        without(folders, numbers(classes)).empty() ? numbers(classes) : folders;
  }
  if (const std::string text = differences(folders, wanted); !text.empty())
    fail("{}: the {} are not the model's classes ({}){}", place, what,
         list_names(wanted), text);
  std::vector<int32_t> labels;
  for (const std::string &folder : folders)
    labels.push_back(int32_t(std::find(wanted.begin(), wanted.end(), folder) -
                             wanted.begin()));
  return labels;
}

} // namespace lathe
