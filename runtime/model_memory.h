// model_memory.h: params, state, prepared weights and arena of one model.
#pragma once

#include "runtime/artifact.h"

#include <cstdlib>
#include <memory>
#include <string>

namespace lathe {

class ModelMemory {
public:
  // Allocates what the model asks for, zeroed; `train` with room for training.
  // Throws Error when there is not enough memory.
  ModelMemory(const lathe_model &model, bool train);

  void *params() const { return params_.get(); }
  void *state() const { return state_.get(); }
  void *prepared() const { return prepared_.get(); }
  void *arena() const { return arena_.get(); }
  char *data(const lathe_tensor &tensor) const;

  // Prepares predictions with the parameters as they are.
  void prepare() const;
  // Throws Error when that fails.
  void predict(const float *images, int n, float *probabilities) const;

private:
  const lathe_model &model_;
  using Buffer = std::unique_ptr<void, void (*)(void *)>;
  Buffer params_{nullptr, std::free};
  Buffer state_{nullptr, std::free};
  Buffer prepared_{nullptr, std::free};
  Buffer arena_{nullptr, std::free};
};

// nullptr when the model has no tensor of this name.
const lathe_tensor *find_tensor(const lathe_model &model,
                                const std::string &name);

// What a step met that is not finite, and what to do: an input, a parameter or
// the loss, as `first_not_finite` names it.
std::string not_finite_text(const lathe_model &model, const std::string &name);

// Throws an Error that says in words what a status other than LATHE_OK means
// for `doing` ("training").
void check_status(const lathe_model &model, int status, const char *doing,
                  const void *arena = nullptr);

} // namespace lathe
