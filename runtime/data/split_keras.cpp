// split_keras.cpp: the files that Keras's validation_split holds out.
#include "runtime/data/split_ways.h"

#include "runtime/data/class_names.h"
#include "runtime/data/image_kinds.h"
#include "runtime/error.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <numeric>
#include <random>

namespace lathe {

namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

// What decides which files are held out: the suffixes that are listed, and
// which of the list they are.
struct KerasFunction {
  const char *name;
  Names suffixes;
};
const KerasFunction functions[] = {
    {"image_dataset_from_directory",
     {".bmp", ".gif", ".jpeg", ".jpg", ".png"}}, // the last, shuffled
    {"ImageDataGenerator",                       // the first of each class
     {".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".tif", ".tiff"}}};

const KerasFunction &find_function(const std::string &name) {
  for (const KerasFunction &function : functions)
    if (function.name == name)
      return function;
  fail("the model's split is that of Keras's {}, which this version does not "
       "know; compile it again",
       name);
}

// The class folders in the order that Keras has them in.
Names class_folders(const Dataset &dataset, const SplitRule &rule) {
  const Source &source = dataset.source();
  if (source.class_names.empty() || source.is_table)
    fail("{}: `split: {{keras: {}}}` is for folders of pictures, a folder for "
         "each class",
         source.place, rule.keras);
  Names folders;
  for (int64_t i = 0; i < dataset.count(); ++i) {
    const std::string name = dataset.name(i);
    folders.push_back(name.substr(0, name.find('/')));
  }
  std::sort(folders.begin(), folders.end());
  folders.erase(std::unique(folders.begin(), folders.end()), folders.end());
  auto place = [&](const std::string &folder) {
    return std::find(rule.class_order.begin(), rule.class_order.end(),
                     text_of(folder));
  };
  std::stable_sort(folders.begin(), folders.end(),
                   [&](const std::string &a, const std::string &b) {
                     return place(a) < place(b);
                   });
  return folders;
}

// "class/a/b.jpg": the folders sorted, then the files of each. Links to folders
// are not followed.
Names files_in(const std::string &place, const std::string &folder,
               const Names &suffixes) {
  std::vector<std::pair<std::string, std::string>> found;
  const fs::path root = fs::path(place) / folder;
  for (const fs::directory_entry &entry :
       fs::recursive_directory_iterator(root)) {
    std::error_code error;
    const std::string name = entry.path().filename().string();
    const std::string lower = lower_case(name);
    auto ends = [&](const std::string &suffix) {
      return lower.size() >= suffix.size() &&
             lower.compare(lower.size() - suffix.size(), suffix.size(),
                           suffix) == 0;
    };
    if (!entry.is_directory(error) &&
        std::any_of(suffixes.begin(), suffixes.end(), ends))
      found.emplace_back(entry.path().parent_path().string(), name);
  }
  std::sort(found.begin(), found.end());
  Names files;
  for (const auto &[parent, name] : found)
    files.push_back(folder + parent.substr(root.string().size()) + "/" + name);
  return files;
}

class Files { // as samples
public:
  Files(const Dataset &dataset, const SplitRule &rule)
      : place_(dataset.source().place), rule_(rule) {
    for (int64_t i = 0; i < dataset.count(); ++i)
      numbers_.emplace(dataset.name(i), i);
  }

  Samples samples(const Names &files) {
    Samples samples;
    for (const std::string &file : files) {
      const auto number = numbers_.find(file);
      if (number == numbers_.end())
        fail("{}: Keras's {} would take {}, which is no picture that is read; "
             "remove it, so that the others are divided as Keras does",
             place_, rule_.keras, file);
      samples.push_back(number->second);
    }
    return samples;
  }

private:
  std::string place_;
  const SplitRule &rule_;
  std::map<std::string, int64_t> numbers_;
};

// Appends the first or last of a list to what is held out, the rest to what is
// trained on.
void divide(const Samples &list, int64_t begin, int64_t end, Split &split) {
  for (int64_t i = 0; i < int64_t(list.size()); ++i)
    (i >= begin && i < end ? split.validation : split.train)
        .push_back(list[size_t(i)]);
}

} // namespace

// Legacy seeding of numpy's MT19937 is that of the C++ generator, and its
// shuffle draws by masked rejection.
std::vector<int64_t> numpy_shuffled(uint32_t seed, int64_t count) {
  std::mt19937 generator(seed);
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  for (int64_t i = count - 1; i > 0; --i) {
    uint32_t mask = uint32_t(i), j;
    for (int shift : {1, 2, 4, 8, 16})
      mask |= mask >> shift;
    do
      j = uint32_t(generator()) & mask;
    while (j > uint32_t(i));
    std::swap(order[size_t(i)], order[j]);
  }
  return order;
}

void split_as_keras(const Dataset &dataset, const SplitRule &rule,
                    Split &split) {
  const std::string &place = dataset.source().place;
  const KerasFunction &function = find_function(rule.keras);
  const bool shuffles = &function == &functions[0];
  Files files(dataset, rule);
  Samples all;
  for (const std::string &folder : class_folders(dataset, rule)) {
    const Samples samples =
        files.samples(files_in(place, folder, function.suffixes));
    if (!shuffles)
      divide(samples, 0, int64_t(rule.validation * double(samples.size())),
             split);
    all.insert(all.end(), samples.begin(), samples.end());
  }
  const auto count = int64_t(all.size());
  if (shuffles) {
    Samples shuffled;
    for (int64_t i : numpy_shuffled(uint32_t(rule.seed), count))
      shuffled.push_back(all[size_t(i)]);
    divide(shuffled, count - int64_t(rule.validation * double(count)), count,
           split);
  }
  if (split.validation.empty())
    fail("{}: {:g} of {} files is none to validate on", place, rule.validation,
         count);
  split.rule = shuffles
                   ? fmt::format("the {:g} that Keras's {} holds out, seed {}",
                                 rule.validation, rule.keras, rule.seed)
                   : fmt::format("the first {:g} of each class, as Keras's {}",
                                 rule.validation, rule.keras);
  if (count != dataset.count())
    split.notes.push_back(fmt::format(
        "{}: {} pictures are left out, because Keras's {} reads {} alone",
        place, dataset.count() - count, rule.keras,
        fmt::join(function.suffixes, " ")));
}

} // namespace lathe
