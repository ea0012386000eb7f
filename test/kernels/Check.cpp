//===- Check.cpp - Kernels against the reference -------------------------===//

#include "test/kernels/Executor.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace lathe::kernels {

template <typename T>
static void packAs(const Tensor &tensor, Bytes &bytes) {
  for (size_t i = 0; i < tensor.data.size(); ++i) {
    T value = static_cast<T>(tensor.data[i]);
    std::memcpy(bytes.data() + i * sizeof(T), &value, sizeof(T));
  }
}
template <typename T>
static void unpackAs(const Bytes &bytes, Tensor &tensor) {
  for (size_t i = 0; i < tensor.data.size(); ++i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    tensor.data[i] = static_cast<double>(value);
  }
}

Bytes pack(const Tensor &tensor) {
  Bytes bytes(tensor.data.size() * bytesOf(tensor.element));
  switch (tensor.element) {
  case ElementType::F32:
    packAs<float>(tensor, bytes);
    break;
  case ElementType::F64:
    packAs<double>(tensor, bytes);
    break;
  case ElementType::I32:
    packAs<int32_t>(tensor, bytes);
    break;
  case ElementType::I64:
    packAs<int64_t>(tensor, bytes);
    break;
  case ElementType::U8:
    packAs<uint8_t>(tensor, bytes);
    break;
  }
  return bytes;
}

Tensor unpack(const Bytes &bytes, const TensorType &type, int64_t n) {
  Tensor tensor(type, n);
  switch (type.element) {
  case ElementType::F32:
    unpackAs<float>(bytes, tensor);
    break;
  case ElementType::F64:
    unpackAs<double>(bytes, tensor);
    break;
  case ElementType::I32:
    unpackAs<int32_t>(bytes, tensor);
    break;
  case ElementType::I64:
    unpackAs<int64_t>(bytes, tensor);
    break;
  case ElementType::U8:
    unpackAs<uint8_t>(bytes, tensor);
    break;
  }
  return tensor;
}

/// Bytes before and after each tensor that no kernel may change: whole vectors.
static constexpr size_t guardBytes = 128;
static constexpr std::byte guardValue{0xa5};

Call::Call(const KernelSpec &spec, int64_t n, unsigned seed, int64_t positions)
    : n(n) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<TensorType> types = spec.inputs;
  for (const Node &node : spec.nodes)
    types.insert(types.end(), node.results.begin(), node.results.end());
  int64_t classes = spec.inputs.empty() || spec.inputs[0].shape.empty()
                        ? 2
                        : spec.inputs[0].shape.back();
  for (const TensorType &type : spec.inputs) {
    Tensor tensor(type, n);
    for (double &value : tensor.data)
      switch (type.element) {
      case ElementType::F32:
        value = static_cast<float>(normal(random));
        break;
      case ElementType::F64:
        value = normal(random);
        break;
      case ElementType::I32:
        value = static_cast<double>(random() %
                                    (type.shape.size() > 2    ? positions
                                     : type.shape.size() == 2 ? 2
                                                              : classes));
        break;
      case ElementType::I64:
        value = static_cast<double>(random() % 1000);
        break;
      case ElementType::U8:
        value = static_cast<double>(random() % positions);
        break;
      }
    inputs.push_back(tensor);
  }
  auto guarded = [](const Bytes &bytes) {
    Bytes all(bytes.size() + 2 * guardBytes, guardValue);
    std::copy(bytes.begin(), bytes.end(), all.begin() + guardBytes);
    return all;
  };
  for (size_t i = 0; i < inputs.size(); ++i)
    if (std::find(spec.inPlace.begin(), spec.inPlace.end(),
                  static_cast<int>(i)) == spec.inPlace.end()) {
      memory.push_back(guarded(pack(inputs[i])));
      ++passedInputs;
    }
  for (size_t i = 0; i < spec.results.size(); ++i) {
    resultTypes.push_back(types.at(spec.results[i]));
    int input = spec.inPlace.empty() ? -1 : spec.inPlace[i];
    Tensor start = input < 0 ? Tensor(resultTypes.back(), n) : inputs[input];
    if (input < 0)
      std::fill(start.data.begin(), start.data.end(), 77.0); // not zero
    memory.push_back(guarded(pack(start)));
  }
}

void Call::set(size_t input, const std::vector<double> &data) {
  inputs.at(input).data = data;
  Bytes bytes = pack(inputs[input]);
  std::copy(bytes.begin(), bytes.end(), memory.at(input).begin() + guardBytes);
}

std::vector<void *> Call::pointers() {
  std::vector<void *> result;
  for (Bytes &bytes : memory)
    result.push_back(bytes.data() + guardBytes);
  return result;
}

Bytes Call::resultBytes(size_t i) {
  const Bytes &all = memory.at(passedInputs + i);
  auto intact = [](auto begin, auto end) {
    return std::all_of(begin, end, [](std::byte b) { return b == guardValue; });
  };
  EXPECT_TRUE(intact(all.begin(), all.begin() + guardBytes))
      << "wrote before result " << i;
  EXPECT_TRUE(intact(all.end() - guardBytes, all.end()))
      << "wrote after result " << i;
  return Bytes(all.begin() + guardBytes, all.end() - guardBytes);
}

Tensor Call::result(size_t i) {
  return unpack(resultBytes(i), resultTypes.at(i), n);
}

void compare(const KernelSpec &spec, Call &call, double tolerance) {
  std::vector<Tensor> expected = evaluate(spec, call.inputs, call.n);
  for (size_t i = 0; i < expected.size(); ++i) {
    Tensor actual = call.result(i);
    double largest = 1e-3, worst = 0;
    size_t where = 0;
    for (double value : expected[i].data)
      largest = std::max(largest, std::fabs(value));
    for (size_t k = 0; k < actual.data.size(); ++k) {
      double error = std::fabs(actual.data[k] - expected[i].data[k]);
      if (!(error <= worst)) { // also where it is not a number
        worst = error;
        where = k;
      }
    }
    bool exact = expected[i].element != ElementType::F32;
    EXPECT_LE(worst, exact ? 0 : tolerance * largest)
        << "result " << i << " element " << where << ": " << actual.data[where]
        << " instead of " << expected[i].data[where] << ", n=" << call.n << ", "
        << signature(spec);
  }
}

static void checkSchedule(const KernelSpec &spec,
                          const std::vector<int64_t> &batches, double tolerance,
                          const Schedule &schedule, int64_t positions) {
  SCOPED_TRACE(toString(schedule));
  std::vector<Call> calls;
  for (int64_t n : batches)
    calls.emplace_back(spec, n, static_cast<unsigned>(n), positions);
  std::string error = executor().run(spec, schedule, calls);
  ASSERT_EQ(error, "") << signature(spec);
  for (Call &call : calls)
    compare(spec, call, tolerance);
}

void check(const KernelSpec &spec, const std::vector<int64_t> &batches,
           double tolerance, const Schedule *given, int64_t positions) {
  if (!executor().takesNext())
    return;
  Isa isa = executor().isa();
  Schedule schedule = given ? *given : defaultSchedule(spec, isa);
  checkSchedule(spec, batches, tolerance, schedule, positions);
  // What the default is where the first batch is known to be the usual one.
  KernelSpec known = spec;
  known.batch = batches.front();
  Schedule other = defaultSchedule(known, isa);
  if (!given && other != schedule)
    checkSchedule(spec, batches, tolerance, other, positions);
}

void checkGiven(const KernelSpec &spec, int64_t n,
                const std::map<size_t, std::vector<double>> &inputs,
                double tolerance) {
  for (bool plain : {false, true}) {
    if (!executor().takesNext())
      continue;
    Schedule schedule = defaultSchedule(spec, executor().isa());
    if (plain)
      schedule.parameters["lanes"] = 1;
    std::vector<Call> calls;
    calls.emplace_back(spec, n, 17);
    for (const auto &[input, values] : inputs)
      calls.front().set(input, values);
    std::string error = executor().run(spec, schedule, calls);
    ASSERT_EQ(error, "");
    compare(spec, calls.front(), tolerance);
  }
}

void checkThreads(const KernelSpec &spec, int64_t n, int64_t positions) {
  std::string error;
  std::optional<JitKernel> kernel =
      JitKernel::compile(spec, defaultSchedule(spec, hostIsa()), error);
  ASSERT_TRUE(kernel) << error;
  std::vector<Bytes> first;
  for (int threads : {1, 2, 5}) {
    JitKernel::setThreads(threads);
    Call call(spec, n, 5, positions);
    kernel->run(call.pointers(), static_cast<int32_t>(n));
    std::vector<Bytes> results;
    for (size_t i = 0; i < spec.results.size(); ++i)
      results.push_back(call.resultBytes(i));
    if (threads == 1)
      first = results;
    EXPECT_TRUE(results == first) << threads << " threads, " << signature(spec);
  }
  JitKernel::setThreads(0);
}

void check(const KernelSpec &spec, int64_t n, double tolerance,
           const Schedule *schedule, int64_t positions) {
  check(spec, std::vector<int64_t>{n}, tolerance, schedule, positions);
}

} // namespace lathe::kernels
