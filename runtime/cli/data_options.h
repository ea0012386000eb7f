// data_options.h: the options that say how data are read, of train, evaluate
// and predict.
#pragma once

#include "runtime/data/dataset.h"
#include "runtime/safetensors.h"

#include <string>

namespace CLI {
class App;
} // namespace CLI

namespace lathe {

struct DataOptions { // "": as the checkpoint or the model say, or the default
  std::string exif, background, resize;
  ListColumns columns;
  std::string on_error;
  bool check = false;
  int64_t cache = -1; // bytes; -1: the default
  std::string cache_dir;
  int readers = -1; // -1: as many as there are CPUs left
};

// --exif, --background, --resize
void add_picture_options(CLI::App &command, DataOptions &options);
// --path-column, --label-column...
void add_column_options(CLI::App &command, DataOptions &options);
// --check, --on-error and the columns of a table
void add_table_options(CLI::App &command, DataOptions &options);
void add_cache_option(CLI::App &command, DataOptions &options);
void add_cache_dir_option(CLI::App &command, DataOptions &options);
void add_readers_option(CLI::App &command, DataOptions &options);
void add_list_column_options(CLI::App &command, DataOptions &options);

// Sets what the options say, and else the checkpoint's metadata, so that what
// is predicted is read as what was trained on; the rest stays as dataset_spec
// has it of the model. Throws Error.
void choose_data_settings(const DataOptions &options, const Metadata &saved,
                          DatasetSpec &spec);
// How many threads decode pictures ahead of `threads` that compute, 0: one for
// each CPU.
int chosen_readers(const DataOptions &options, int threads);
// For a checkpoint to keep.
void keep_data_settings(const DatasetSpec &spec, Metadata &metadata);

// Says on stderr which options, and what of the model's section `data`, change
// nothing, because the data are arrays or no table.
void report_unused(const DataOptions &options, const lathe_model &model,
                   const Source &source);

} // namespace lathe
