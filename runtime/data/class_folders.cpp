// class_folders.cpp: see class_folders.h.
#include "runtime/data/class_folders.h"

#include "runtime/data/class_names.h"
#include "runtime/data/image_kinds.h"
#include "runtime/error.h"

#include <algorithm>
#include <filesystem>

namespace lathe {

namespace {

using Paths = std::vector<std::string>;

std::string file_name(const std::string &path) {
  return std::filesystem::path(path).filename().string();
}

std::string lower_name(const std::string &path) {
  return lower_case(file_name(path));
}

// "" when the folder has no such part. A class may be called "train" too; a
// part holds folders.
std::string find_part(const std::string &folder, Part part) {
  const Paths folders = folders_in(folder);
  for (const std::string &name : part_names(part))
    for (const std::string &path : folders)
      if (lower_name(path) == name && !folders_in(path).empty())
        return path;
  return "";
}

bool holds_classes(const std::string &folder) {
  const Paths folders = folders_in(folder);
  return std::any_of(folders.begin(), folders.end(), holds_pictures);
}

// The part's folder, or the whole folder where it has no parts. Folders beside
// the parts are counted in `others`.
Source find_source(const std::string &folder, Part part, Counts &others) {
  Source source;
  source.is_pictures = true;
  source.place = find_part(folder, part);
  const Part other = part == Part::Train ? Part::Test : Part::Train;
  const std::string other_part = find_part(folder, other);
  if (!source.place.empty()) {
    for (const std::string &path : folders_in(folder))
      if (path != source.place && path != other_part &&
          path != find_part(folder, Part::Validation))
        others[fmt::format("folder '{}'", file_name(path))] = 1;
    return source;
  }
  if (!other_part.empty())
    fail("{}: has a folder {}, but none named {} (in any case of letters); "
         "to use the one there is, name it: --data {}",
         folder, file_name(other_part), fmt::join(part_names(part), ", "),
         other_part);
  source.place = folder;
  source.is_whole = true;
  return source;
}

// Where all is one folder deeper than it should be. A class may have its
// pictures in folders below its own.
void check_depth(const std::string &place, int32_t classes) {
  const Paths folders = folders_in(place);
  if (holds_classes(place) || int64_t(folders.size()) == classes)
    return;
  Paths deeper;
  for (const std::string &path : folders)
    if (holds_classes(path) || !find_part(path, Part::Train).empty() ||
        !find_part(path, Part::Test).empty())
      deeper.push_back(path);
  if (deeper.size() == 1)
    fail("{}: there are no pictures in its folders, but class folders in {}; "
         "name that: --data {}",
         place, deeper[0], deeper[0]);
}

// Adds what a class folder holds, at any depth; a description where that is
// nothing. Where each file is to be checked, damaged ones are found then.
std::string add_class(const std::string &path, int32_t label, bool checked,
                      PictureFiles &classes, Paths &damaged, Counts &others) {
  FolderContents contents = contents_below(path);
  if (checked) {
    contents.pictures.insert(contents.pictures.end(), contents.damaged.begin(),
                             contents.damaged.end());
    std::sort(contents.pictures.begin(), contents.pictures.end());
    contents.damaged.clear();
  }
  for (const std::string &file : contents.pictures) {
    classes.files.push_back(file);
    classes.names.push_back(file_name(path) + file.substr(path.size()));
    classes.labels.push_back(label);
  }
  damaged.insert(damaged.end(), contents.damaged.begin(),
                 contents.damaged.end());
  const Counts here = contents.others();
  add_counts(others, here);
  if (!contents.pictures.empty() || !contents.damaged.empty())
    return "";
  return fmt::format("\n  {}: {}", file_name(path),
                     here.empty() ? "empty" : list_counts(here));
}

// Files that hold no picture, whatever they are named.
std::string describe_damaged(const Paths &files) {
  const std::string first =
      fmt::format("{}: byte 0: holds no picture", files.front());
  if (files.size() == 1)
    return first;
  return fmt::format("{}; nor do {}", first,
                     list_names({files.begin() + 1, files.end()}));
}

} // namespace

const std::vector<std::string> &part_names(Part part) {
  static const std::vector<std::string> train = {"train", "training"},
                                        test = {"test", "testing", "val",
                                                "validation", "valid"},
                                        validation = {"val", "validation",
                                                      "valid"};
  return part == Part::Train ? train : part == Part::Test ? test : validation;
}

bool has_class_folders(const std::string &folder) {
  const Paths folders = folders_in(folder);
  return std::any_of(folders.begin(), folders.end(), holds_pictures_below);
}

bool has_class_part(const std::string &folder, const DatasetSpec &, Part part) {
  const std::string own = find_part(folder, part);
  if (part == Part::Train)
    return !own.empty() || find_part(folder, Part::Test).empty();
  return !own.empty() && (part == Part::Validation ||
                          own != find_part(folder, Part::Validation));
}

PictureFiles find_class_folders(const std::string &folder,
                                const DatasetSpec &spec, Part part) {
  PictureFiles classes;
  Counts others;
  classes.source = find_source(folder, part, others);
  const std::string &place = classes.source.place;
  check_depth(place, spec.classes);
  const Paths folders = folders_in(place);
  Paths names;
  for (const std::string &path : folders)
    names.push_back(text_of(file_name(path)));
  const std::vector<int32_t> labels =
      match_classes(place, names, spec.class_names, spec.classes);

  Paths damaged;
  std::string empty;
  for (int32_t label = 0; label < int32_t(folders.size()); ++label) {
    const auto i =
        size_t(std::find(labels.begin(), labels.end(), label) - labels.begin());
    classes.source.class_names.push_back(names[i]);
    empty +=
        add_class(folders[i], label, spec.checks(), classes, damaged, others);
  }
  if (!empty.empty())
    fail("{}: classes without a picture that can be read ({}):{}", place,
         readable_kinds(), empty);
  if (!damaged.empty())
    fail("{}", describe_damaged(damaged));
  // A readme or a list of labels may be there, pictures may not.
  FolderContents beside = contents_of(place);
  if (!beside.pictures.empty())
    beside.other_pictures["pictures"] = int64_t(beside.pictures.size());
  for (const auto &[kind, count] : beside.other_pictures)
    others[kind + " beside the class folders"] = count;
  classes.source.left_out = list_counts(others);
  return classes;
}

} // namespace lathe
