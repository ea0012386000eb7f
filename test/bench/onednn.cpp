//===- onednn.cpp - A convolution of oneDNN, ready to be timed ------------===//
#include "test/bench/onednn.h"

#include <dnnl.hpp>
#include <unordered_map>

using namespace dnnl;

namespace lathe::bench {

namespace {
using Tag = memory::format_tag;

memory::desc describe(memory::dims dims, Tag tag) {
  return {dims, memory::data_type::f32, tag};
}

/// A primitive and its arguments by their oneDNN numbers.
class Convolution final : public OneDnnConvolution {
public:
  Convolution(const Shape &shape, Direction direction, bool winograd)
      : cpu(engine::kind::cpu, 0), queue(cpu), direction(direction) {
    memory::dims strides = {shape.stride, shape.stride};
    memory::dims padding = {shape.padding, shape.padding};
    memory::dims image = {shape.batch, shape.inChannels, shape.size,
                          shape.size};
    memory::dims filter = {shape.outChannels, shape.inChannels, shape.window,
                           shape.window};
    memory::dims result = {shape.batch, shape.outChannels, shape.outSize(),
                           shape.outSize()};
    memory::desc anyImage = describe(image, Tag::any),
                 anyFilter = describe(filter, Tag::any),
                 anyResult = describe(result, Tag::any);
    plain = {{DNNL_ARG_SRC, describe(image, Tag::nhwc)},
             {DNNL_ARG_WEIGHTS, describe(filter, Tag::hwio)},
             {DNNL_ARG_DST, describe(result, Tag::nhwc)}};
    algorithm kind = winograd ? algorithm::convolution_winograd
                              : algorithm::convolution_direct;
    convolution_forward::primitive_desc forward(
        {prop_kind::forward_training, kind, anyImage, anyFilter, anyResult,
         strides, padding, padding},
        cpu);
    switch (direction) {
    case Direction::Forward:
      finish<convolution_forward>(forward);
      break;
    case Direction::BackwardData:
      finish<convolution_backward_data>(
          convolution_backward_data::primitive_desc(
              {kind, anyImage, anyFilter, anyResult, strides, padding, padding},
              cpu, forward));
      break;
    case Direction::BackwardWeights:
      finish<convolution_backward_weights>(
          convolution_backward_weights::primitive_desc(
              {kind, anyImage, anyFilter, anyResult, strides, padding, padding},
              cpu, forward));
    }
  }

  void fill(const std::vector<float> &first, const std::vector<float> &second) {
    copyIn(direction == Direction::BackwardData ? DNNL_ARG_DST : DNNL_ARG_SRC,
           first);
    copyIn(direction == Direction::BackwardWeights ? DNNL_ARG_DST
                                                   : DNNL_ARG_WEIGHTS,
           second);
  }

  void run() override {
    primitive.execute(queue, arguments);
    queue.wait();
  }

  std::vector<float> result() override {
    int output = resultOf();
    memory::desc type = plain.at(output);
    std::vector<float> values(type.get_size() / sizeof(float));
    memory target(type, cpu, values.data());
    reorder(memories.at(output), target)
        .execute(queue, memories.at(output), target);
    queue.wait();
    return values;
  }

  std::string implementation() const override { return name; }

private:
  template <typename Primitive, typename Description>
  void finish(const Description &description) {
    primitive = Primitive(description);
    name = description.impl_info_str();
    bool data = direction == Direction::BackwardData;
    bool weights = direction == Direction::BackwardWeights;
    auto add = [&](int plainName, int name, query what) {
      memories[plainName] = memory(description.query_md(what), cpu);
      arguments[name] = memories[plainName];
    };
    add(DNNL_ARG_SRC, data ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC,
        data ? query::diff_src_md : query::src_md);
    add(DNNL_ARG_WEIGHTS, weights ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS,
        weights ? query::diff_weights_md : query::weights_md);
    add(DNNL_ARG_DST, data || weights ? DNNL_ARG_DIFF_DST : DNNL_ARG_DST,
        data || weights ? query::diff_dst_md : query::dst_md);
  }

  void copyIn(int which, const std::vector<float> &values) {
    memory source(plain.at(which), cpu, const_cast<float *>(values.data()));
    reorder(source, memories.at(which))
        .execute(queue, source, memories.at(which));
    queue.wait();
  }

  int resultOf() const {
    switch (direction) {
    case Direction::Forward:
      return DNNL_ARG_DST;
    case Direction::BackwardData:
      return DNNL_ARG_SRC;
    default:
      return DNNL_ARG_WEIGHTS;
    }
  }

  engine cpu;
  stream queue;
  Direction direction;
  dnnl::primitive primitive;
  std::string name;
  std::unordered_map<int, memory::desc> plain;
  std::unordered_map<int, memory> memories, arguments;
};
} // namespace

std::unique_ptr<OneDnnConvolution>
OneDnnConvolution::create(const Shape &shape, Direction direction,
                          bool winograd, const std::vector<float> &first,
                          const std::vector<float> &second) {
  try {
    auto convolution =
        std::make_unique<Convolution>(shape, direction, winograd);
    convolution->fill(first, second);
    return convolution;
  } catch (const dnnl::error &error) {
    if (error.status == dnnl_unimplemented)
      return nullptr;
    throw;
  }
}

} // namespace lathe::bench
