// model_memory.cpp: see model_memory.h.
#include "runtime/model_memory.h"

#include "runtime/error.h"

#include <cstring>

namespace lathe {

namespace {

void *allocate(int64_t size, int64_t align) {
  // aligned_alloc wants a multiple of the alignment, which it wants to be at
  // least a pointer's.
  size_t unit = size_t(align) < sizeof(void *) ? sizeof(void *) : size_t(align);
  size_t bytes = (size_t(size) + unit) / unit * unit;
  void *memory = std::aligned_alloc(unit, bytes);
  if (!memory)
    fail("not enough memory: {} bytes are needed", size);
  std::memset(memory, 0, bytes);
  return memory;
}

} // namespace

ModelMemory::ModelMemory(const lathe_model &model, bool train) : model_(model) {
  params_.reset(allocate(model.params_size, model.align));
  state_.reset(allocate(model.state_size, model.align));
  prepared_.reset(allocate(model.prepared_size, model.align));
  arena_.reset(allocate(
      train ? model.train_arena_size : model.predict_arena_size, model.align));
}

char *ModelMemory::data(const lathe_tensor &tensor) const {
  void *region = tensor.region == LATHE_PARAMS ? params() : state();
  return static_cast<char *>(region) + tensor.offset;
}

void ModelMemory::prepare() const {
  check_status(model_, model_.prepare(params(), prepared(), arena()),
               "preparing predictions");
}

void ModelMemory::predict(const float *images, int n,
                          float *probabilities) const {
  check_status(model_,
               model_.predict_prepared(params(), prepared(), arena(), images, n,
                                       probabilities),
               "predicting");
}

const lathe_tensor *find_tensor(const lathe_model &model,
                                const std::string &name) {
  for (int32_t i = 0; i < model.tensor_count; ++i)
    if (name == model.tensors[i].name)
      return &model.tensors[i];
  return nullptr;
}

std::string not_finite_text(const lathe_model &model, const std::string &name) {
  if (name == model.input_ports[0].name)
    return fmt::format("{} hold infinity or NaN; `{} data` finds the samples",
                       name, model.name);
  return fmt::format("{} became infinite or NaN, or too large; a smaller "
                     "learning rate may help",
                     name);
}

void check_status(const lathe_model &model, int status, const char *doing,
                  const void *arena) {
  switch (status) {
  case LATHE_OK:
    return;
  case LATHE_ERROR_CPU:
    fail("this CPU lacks instructions that the model was compiled for ({}); "
         "compile it for this CPU",
         model.target);
  case LATHE_ERROR_NOT_FINITE:
    fail("{}: {}", doing,
         not_finite_text(model,
                         arena ? model.first_not_finite(arena) : "the loss"));
  default:
    fail("{}: {}", doing, model.status_name(status));
  }
}

} // namespace lathe
