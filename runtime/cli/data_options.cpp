// data_options.cpp: see data_options.h.
#include "runtime/cli/data_options.h"

#include "runtime/data/colour.h"
#include "runtime/data/data_section.h"
#include "runtime/error.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cctype>
#include <thread>

namespace lathe {

namespace {

constexpr const char *exif_key = "exif", *background_key = "background",
                     *resize_key = "resize";

constexpr int most_readers = 4;

struct Column {
  std::string ListColumns::*name;
  const char *option, *key, *help;
};
constexpr Column columns[] = {
    {&ListColumns::path, "--path-column", "path_column",
     "The column of the files, in a table of pictures [file, path, image...]"},
    {&ListColumns::label, "--label-column", "label_column",
     "That of the classes; several are separated by ';' [label, class..., "
     "or in a table of numbers the only column of words]"},
    {&ListColumns::split, "--split-column", "split_column",
     "That of the parts: train, test... [split, part...]"},
    {&ListColumns::weight, "--weight-column", "weight_column",
     "That of what each sample's loss counts, where the model has "
     "`sample_weight: true` [1]"}};

void add_column_option(CLI::App &command, const Column &column,
                       DataOptions &options) {
  command.add_option(column.option, options.columns.*column.name, column.help)
      ->type_name("NAME");
}

std::string text_of_colour(const Colour &colour) {
  return colour ? fmt::format("#{:02x}{:02x}{:02x}", (*colour)[0], (*colour)[1],
                              (*colour)[2])
                : "none";
}

// The option, or else what the checkpoint has.
std::string chosen(const std::string &option, const Metadata &saved,
                   const char *key) {
  const auto entry = saved.find(key);
  return option.empty() && entry != saved.end() ? entry->second : option;
}

} // namespace

void add_picture_options(CLI::App &command, DataOptions &options) {
  command
      .add_option("--exif", options.exif,
                  "Turn pictures upright as their EXIF block says: on, off "
                  "[as trained, or as the model says, or on]")
      ->check(CLI::IsMember({"on", "off"}))
      ->type_name("WORD");
  command
      .add_option(
          "--background", options.background,
          "What is behind transparent pixels: white, black, #rrggbb, or "
          "none, which drops transparency [as trained, or as the model says, "
          "or none]")
      ->check([](const std::string &text) {
        Colour colour;
        return parse_colour(text, colour)
                   ? std::string()
                   : fmt::format("must be {}, but is {}", colour_forms, text);
      })
      ->type_name("COLOUR");
  command
      .add_option("--resize", options.resize,
                  fmt::format("How pictures get the model's size: {} [as "
                              "trained, or as the model says, or bilinear]",
                              resize_forms))
      ->check([](const std::string &text) {
        ResizeRule rule;
        return parse_resize(text, rule)
                   ? std::string()
                   : fmt::format("must be {}, but is {}", resize_forms, text);
      })
      ->type_name("WORDS");
}

void add_column_options(CLI::App &command, DataOptions &options) {
  for (const Column &column : columns)
    add_column_option(command, column, options);
}

void add_table_options(CLI::App &command, DataOptions &options) {
  add_column_options(command, options);
  CLI::Option *check = command.add_flag(
      "--check", options.check,
      "Decode all pictures first, and name all that cannot be read");
  command
      .add_option("--on-error", options.on_error,
                  "Pictures that cannot be read: fail, or skip: decode all "
                  "first, leave those out and list them, at most 5 % [as the "
                  "model says, or fail]")
      ->check(CLI::IsMember({"fail", "skip"}))
      ->excludes(check)
      ->type_name("WORD");
}

void add_cache_option(CLI::App &command, DataOptions &options) {
  command
      .add_option(
          "--cache", options.cache,
          "Memory for decoded pictures, 0 or 64MB, 2GB... [a quarter of "
          "what is free]")
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/false))
      ->type_name("SIZE");
}

void add_cache_dir_option(CLI::App &command, DataOptions &options) {
  command
      .add_option("--cache-dir", options.cache_dir,
                  "Keep decoded pictures in a file in this folder, for later "
                  "runs; those whose files have changed are decoded again")
      ->type_name("DIR");
}

void add_readers_option(CLI::App &command, DataOptions &options) {
  command
      .add_option("--readers", options.readers,
                  fmt::format("Threads that decode the next pictures during a "
                              "step, at most {}; 0: --threads decode them "
                              "between steps [CPUs that --threads leave]",
                              most_readers))
      ->check(CLI::Range(0, most_readers))
      ->type_name("N");
}

int chosen_readers(const DataOptions &options, int threads) {
  const int cpus = int(std::thread::hardware_concurrency());
  if (options.readers >= 0)
    return options.readers;
  return threads ? std::clamp(cpus - threads, 0, most_readers) : 0;
}

void add_list_column_options(CLI::App &command, DataOptions &options) {
  for (const Column &column : columns)
    if (column.name != &ListColumns::weight)
      add_column_option(command, column, options);
}

void choose_data_settings(const DataOptions &options, const Metadata &saved,
                          DatasetSpec &spec) {
  if (const std::string exif = chosen(options.exif, saved, exif_key);
      !exif.empty())
    spec.pictures.exif = exif != "off";
  const std::string background =
      chosen(options.background, saved, background_key);
  if (!background.empty() &&
      !parse_colour(background, spec.pictures.background))
    fail("the checkpoint's background is '{}', which is no colour", background);
  const std::string resize = chosen(options.resize, saved, resize_key);
  if (!resize.empty() && !parse_resize(resize, spec.pictures.resize))
    fail("the checkpoint's resize is '{}', which this version does not know",
         resize);
  for (const Column &column : columns)
    if (const std::string name =
            chosen(options.columns.*column.name, saved, column.key);
        !name.empty())
      spec.columns.*column.name = name;
  spec.cache = options.cache;
  spec.cache_dir = options.cache_dir;
  if (options.on_error == "skip")
    spec.unreadable = Unreadable::Skip;
  else if (options.check)
    spec.unreadable = Unreadable::Check;
  else if (options.on_error == "fail")
    spec.unreadable = Unreadable::Fail;
}

void keep_data_settings(const DatasetSpec &spec, Metadata &metadata) {
  metadata[exif_key] = spec.pictures.exif ? "on" : "off";
  metadata[background_key] = text_of_colour(spec.pictures.background);
  metadata[resize_key] = text_of(spec.pictures.resize);
  for (const Column &column : columns)
    if (!(spec.columns.*column.name).empty())
      metadata[column.key] = spec.columns.*column.name;
}

void report_unused(const DataOptions &options, const lathe_model &model,
                   const Source &source) {
  const DataSection section = data_section(model);
  std::vector<std::string> unused;
  auto add = [&](bool given, bool of_model, const char *option,
                 const std::string &key) {
    if (given)
      unused.push_back(option);
    else if (of_model)
      unused.push_back(fmt::format("the model's `data: {{{}: ...}}`", key));
  };
  if (!source.is_pictures) {
    add(!options.exif.empty(), section.exif.has_value(), "--exif", "exif");
    add(!options.background.empty(), section.background.has_value(),
        "--background", "background");
    add(!options.resize.empty(), section.resize.has_value(), "--resize",
        "resize");
    add(options.check, false, "--check", "");
    add(!options.on_error.empty(), !section.on_error.empty(), "--on-error",
        "on_error");
    add(options.cache >= 0, false, "--cache", "");
    add(!options.cache_dir.empty(), false, "--cache-dir", "");
    add(options.readers >= 0, false, "--readers", "");
  }
  if (!source.is_table)
    for (const Column &column : columns)
      add(!(options.columns.*column.name).empty(),
          !(section.columns.*column.name).empty(), column.option,
          std::string(column.key).substr(0, std::string(column.key).find('_')));
  if (!unused.empty())
    fmt::print(stderr, "{}: without effect: {}\n", source.place,
               fmt::join(unused, ", "));
}

} // namespace lathe
