// checkpoint.h: a model's tensors as a safetensors file, by their names.
#pragma once

#include "runtime/artifact.h"
#include "runtime/model_memory.h"
#include "runtime/safetensors.h"

#include <string>
#include <vector>

namespace lathe {

// Writes all tensors of params and state, in the model's own order, and in the
// header's __metadata__, beside model, compiler, version and layout, the text
// that says how the training is to go on. The same contents give the same
// bytes. The file is written beside `path`, flushed to the disk and renamed, so
// that at any moment there is a complete file. Throws Error, and then `path` is
// as it was.
void save_checkpoint(const std::string &path, const lathe_model &model,
                     const ModelMemory &memory, const Metadata &metadata);

enum class Load {
  Params, // the weights alone; what the file says about the state is not read
  All     // every tensor, to go on training
};

// Reads a file whose tensors must be the model's, in any order. Throws Error,
// naming the tensor where there is one.
Metadata load_checkpoint(const std::string &path, const lathe_model &model,
                         const ModelMemory &memory, Load what);

// Whether the artifact holds its parameters itself, as one that was compiled
// from an ONNX graph does: init writes them.
bool has_weights(const lathe_model &model);

// Tensors that only one of the two has.
struct Leftovers {
  std::vector<std::string> missing; // in the file
  std::vector<std::string> unknown; // to the model
};

// Takes the parameters that the file has, by their names, from a checkpoint or
// any safetensors file; the others stay as they are. Throws Error where there
// is none, or, naming all of them, where shapes or types differ.
Leftovers load_weights(const std::string &path, const lathe_model &model,
                       const ModelMemory &memory);

} // namespace lathe
