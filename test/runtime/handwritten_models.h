// handwritten_models.h: the models of models/, memory for them and data.
#pragma once

#include "runtime/artifact.h"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

extern "C" {
extern const lathe_model plain_model, full_model, last_model, fraction_model,
    nameless_model, weighted_model, too_new_cpu_model, too_new_version_model;
extern const lathe_model oversampled_model, undersampled_model, drawn_model,
    balanced_model, oversampled_rest_model;
extern const lathe_model stop_val_loss_model, stop_val_accuracy_model,
    stop_loss_model, stop_accuracy_model, plateau_model, initializers_model;
}

// Zeroed memory of a model's alignment.
class AlignedBuffer {
public:
  AlignedBuffer(int64_t size, int64_t align)
      : size_((size + align - 1) / align * align),
        data_(std::aligned_alloc(align, size_)) {
    std::memset(data_, 0, size_);
  }
  AlignedBuffer(const AlignedBuffer &) = delete;
  AlignedBuffer &operator=(const AlignedBuffer &) = delete;
  ~AlignedBuffer() { std::free(data_); }
  char *data() const { return static_cast<char *>(data_); }
  std::string bytes() const { return std::string(data(), size_); }

private:
  size_t size_;
  void *data_;
};

// Params, state and arena of one model; initialised.
struct Instance {
  const lathe_model &model;
  AlignedBuffer params, state, arena;

  explicit Instance(const lathe_model &model, uint64_t seed = 1)
      : model(model), params(model.params_size, model.align),
        state(model.state_size, model.align),
        arena(model.train_arena_size, model.align) {
    model.init(params.data(), state.data(), seed);
  }
  const lathe_tensor &tensor(const std::string &name) const {
    for (int i = 0; i < model.tensor_count; ++i)
      if (model.tensors[i].name == name)
        return model.tensors[i];
    std::abort();
  }
  template <typename T>
  T &at(const std::string &name) {
    const lathe_tensor &t = tensor(name);
    auto *region = t.region == LATHE_PARAMS ? params.data() : state.data();
    return *reinterpret_cast<T *>(region + t.offset);
  }
  // What a checkpoint would hold.
  std::string bytes() const { return params.bytes() + state.bytes(); }
};

// Separable 6x6 images: class c is bright in rows 2c and 2c+1, plus noise.
struct ShapesData {
  std::vector<float> images;
  std::vector<int32_t> labels;

  explicit ShapesData(int count, uint32_t noise = 7) {
    for (int i = 0; i < count; ++i) {
      labels.push_back((i * 7 + i / 5) % 3);
      for (int pixel = 0; pixel < 36; ++pixel) {
        noise = noise * 1664525u + 1013904223u;
        float value = float(noise >> 24) * 0.6f;
        images.push_back(pixel / 12 == labels.back() ? value + 100 : value);
      }
    }
  }
  lathe_dataset dataset() const {
    lathe_dataset data = {};
    data.count = int64_t(labels.size());
    data.images = images.data();
    data.labels = labels.data();
    return data;
  }
};

// The same samples through the callback.
inline int copy_samples(void *context, const int64_t *samples, int n,
                        void *images, int32_t *labels) {
  const auto *data = static_cast<const ShapesData *>(context);
  for (int i = 0; i < n; ++i) {
    std::memcpy(static_cast<float *>(images) + 36 * i,
                &data->images[36 * samples[i]], 36 * sizeof(float));
    labels[i] = data->labels[samples[i]];
  }
  return 0;
}

inline lathe_dataset callback_dataset(const ShapesData &data) {
  lathe_dataset result = {};
  result.count = int64_t(data.labels.size());
  result.get_batch = copy_samples;
  result.context = const_cast<ShapesData *>(&data);
  return result;
}

// Keeps the events of a run and cancels at the chosen one.
struct EventLog {
  std::vector<lathe_event> events;
  size_t cancel_at = SIZE_MAX; // event number

  static int record(void *context, const lathe_event *event) {
    auto *log = static_cast<EventLog *>(context);
    log->events.push_back(*event);
    return log->events.size() - 1 == log->cancel_at;
  }
  std::vector<lathe_event> of_kind(int kind) const {
    std::vector<lathe_event> result;
    for (const lathe_event &event : events)
      if (event.kind == kind)
        result.push_back(event);
    return result;
  }
};

inline int fit(Instance &instance, const lathe_dataset &train,
               const lathe_dataset *validation = nullptr,
               lathe_fit_options options = {}, EventLog *log = nullptr) {
  if (log) {
    options.callback = EventLog::record;
    options.context = log;
  }
  return instance.model.fit(instance.params.data(), instance.state.data(),
                            instance.arena.data(), &train, validation,
                            &options);
}
