//===- ModelCheck.h - A model against its reference -------------*- C++ -*-===//
//
// The reference is the same model without optimizations. Both take the same
// steps, each from where the reference stands, so that no difference grows from
// step to step.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_VERIFY_MODELCHECK_H
#define LATHE_COMPILER_VERIFY_MODELCHECK_H

#include "compiler/verify/Agreement.h"
#include "compiler/verify/Draw.h"
#include "compiler/verify/Variant.h"
#include <optional>

namespace lathe::verify {

struct CheckOptions {
  int steps = 3; ///< of training
  /// References from perturbed operands: at first, and before a difference is
  /// believed.
  int perturbed = 2, perturbedAtMost = 10;
  Slack slack;
  uint64_t seed = 1;
  unsigned threads = 0; ///< that compile; 0: one for each core
};

/// One step of both, and the tensor that comes closest to what is allowed.
struct StepRow {
  std::string step;
  int number = 0, samples = 0; ///< the number counts from 1
  size_t tensors = 0;
  std::string tensor;
  Agreement worst;
};

/// Where both depart for the first time.
struct Departure {
  Call call;
  StepRow row;
  std::vector<Call> perturbed;
};

class ModelCheck {
public:
  ModelCheck(const Subject &subject, const CheckOptions &options)
      : subject(subject), options(options), random(options.seed),
        store(options.threads) {}

  /// False, with the reason in `error`, where one of both does not compile.
  bool compile();
  /// Takes the steps until both depart; calls `show` behind each.
  void run(llvm::function_ref<void(const StepRow &)> show);

  const std::optional<Departure> &departure() const { return departed; }
  /// Which optimization makes the difference, and which kernel's results are
  /// the first to differ.
  struct Blame {
    std::string optimization, kernel, place;
  };
  std::optional<Blame> blame();

  /// Steps that were left out since the reference's numbers are not finite.
  bool ranAway() const { return infinite; }
  Variant &reference() { return *plain; }
  /// Those of both, compiled.
  KernelStore &kernels() { return store; }
  /// As they are before the first step.
  const std::vector<Array> &start() const { return initial; }
  std::string error;

private:
  bool take(const Call &call, int number, std::vector<Array> &variables,
            llvm::function_ref<void(const StepRow &)> show);
  Call call(llvm::StringRef step, int samples,
            const std::vector<Array> &variables);

  const Subject &subject;
  CheckOptions options;
  Random random;
  KernelStore store;
  std::unique_ptr<Variant> plain, optimized;
  std::vector<Array> initial;
  std::optional<Departure> departed;
  bool infinite = false;
};

/// The tensors of two outcomes of one call; the row's `worst` does not agree
/// where any of them does not.
StepRow compareOutcomes(const Call &call, const Outcome &ours,
                        const Outcome &reference,
                        const std::vector<Call> &perturbedCalls,
                        const std::vector<Outcome> &perturbed,
                        const Slack &slack);

/// The optimization that makes the step depart from the reference, and the
/// kernel; nothing where none does, or one does not compile.
std::optional<ModelCheck::Blame>
findBlame(const Subject &subject, Variant &reference,
          const Departure &departure, const Slack &slack, KernelStore &store,
          std::string &error);

} // namespace lathe::verify

#endif // LATHE_COMPILER_VERIFY_MODELCHECK_H
