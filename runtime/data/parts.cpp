// parts.cpp: see parts.h.
#include "runtime/data/parts.h"

#include "runtime/error.h"

namespace lathe {

bool owns_part(const Dataset &training, const PartsRequest &request,
               Part part) {
  return !training.source().is_whole &&
         has_own_part(request.folder, request.spec, part);
}

Split split_training_part(const Dataset &training, PartsRequest request) {
  std::vector<std::string> notes;
  const char *const validation = "validation";
  auto replace = [&](const char *what, const std::string &rule) {
    const bool is_other = what == validation && !request.validates_on.empty();
    notes.push_back(
        fmt::format("{}: {} for {}, so `{}` holds nothing out",
                    is_other ? request.validates_on : request.folder,
                    is_other ? "is" : "has a part", what, rule));
  };
  if (!request.validates_on.empty() ||
      owns_part(training, request, Part::Validation)) {
    if (request.recipe.split != LATHE_SPLIT_NONE)
      replace(validation, "validation_split");
    request.recipe.split = LATHE_SPLIT_NONE;
    if (request.rule && request.rule->validation > 0) {
      replace(validation,
              fmt::format("validation: {:g}", request.rule->validation));
      request.rule->validation = 0;
      request.rule->keras.clear();
    }
  }
  if (request.rule && request.rule->test > 0 &&
      owns_part(training, request, Part::Test)) {
    replace("the test", fmt::format("test: {:g}", request.rule->test));
    request.rule->test = 0;
  }
  if (request.rule && request.rule->validation == 0 && request.rule->test == 0)
    request.rule.reset();
  Split split = split_samples(training, request.spec, request.recipe,
                              request.limit, request.seed, request.rule);
  split.notes.insert(split.notes.begin(), notes.begin(), notes.end());
  return split;
}

} // namespace lathe
