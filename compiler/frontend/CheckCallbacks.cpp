//===- CheckCallbacks.cpp - Whether callbacks make sense ------------------===//
#include "compiler/frontend/ImportRecipe.h"
#include "compiler/frontend/Suggest.h"

using namespace lathe::frontend;
using llvm::failed;
using llvm::failure;
using llvm::LogicalResult;
using llvm::StringRef;
using llvm::success;

const Setting *lathe::frontend::findCallback(const Setting &model,
                                             StringRef identifier) {
  if (const Setting *fit = model.find("fit"))
    if (const Setting *callbacks = fit->find("callbacks"))
      for (const Setting &entry : callbacks->members)
        if (!entry.bad && entry.row->identifier == identifier)
          return &entry;
  return nullptr;
}

/// A member without a mistake, perhaps of a callback with one.
static const Setting *knownMember(const Setting &callback, StringRef name) {
  const Setting *member = callback.find(name);
  return member && !member->bad && member->written ? member : nullptr;
}

/// The direction of improvement is the figure's.
static LogicalResult checkMode(const Source &source, const Setting &callback) {
  const Setting *mode = knownMember(callback, "mode");
  const Setting *monitor = callback.find("monitor");
  if (!mode || !monitor || monitor->bad)
    return success();
  StringRef right = StringRef(monitor->text).ends_with("loss") ? "min" : "max";
  if (mode->text == "auto" || mode->text == right)
    return success();
  return source.error(
      mode->place, monitor->text + " improves the other way: mode: " + right);
}

/// What may follow the colon in {epoch:02d}, in Python and in fmt.
static bool isFormat(StringRef format, bool isInteger) {
  constexpr StringRef digits = "0123456789";
  format = format.ltrim(digits);
  if (isInteger)
    return format.empty() || format == "d";
  if (format.consume_front(".")) {
    StringRef precision =
        format.take_while([&](char c) { return digits.contains(c); });
    if (precision.empty() || precision.size() > 2)
      return false;
    format = format.drop_front(precision.size());
  }
  return format.empty() ||
         (format.size() == 1 && StringRef("eEfFgG").contains(format[0]));
}

/// {name} or {name:format} of figures that epochs have.
static LogicalResult checkFilepath(const Source &source, const Setting &path) {
  static constexpr StringRef names[] = {"epoch", "loss", "accuracy", "val_loss",
                                        "val_accuracy"};
  StringRef rest = path.text;
  if (!rest.ends_with(".safetensors"))
    return source.error(path.place,
                        "filepath must end with .safetensors, the format that "
                        "checkpoints have");
  while (!rest.empty()) {
    rest = rest.drop_until([](char c) { return c == '{' || c == '}'; });
    if (rest.consume_front("{{") || rest.consume_front("}}") || rest.empty())
      continue;
    size_t end = rest.find('}');
    if (rest.front() == '}' || end == StringRef::npos)
      return source.error(path.place, "a brace of filepath has no partner");
    auto [name, format] = rest.slice(1, end).split(':');
    rest = rest.drop_front(end + 1);
    if (!llvm::is_contained(names, name))
      return source.error(path.place, "unknown figure '" + name.take_front(40) +
                                          "' of filepath" +
                                          suggest(name, names));
    if (format.size() > 8 || !isFormat(format, name == "epoch"))
      return source.error(path.place, "the format ':" + format.take_front(40) +
                                          "' of " + name +
                                          " is unknown; write {epoch:02d} or "
                                          "{val_loss:.2f}");
  }
  return success();
}

LogicalResult lathe::frontend::checkCallbacks(const Source &source,
                                              const Setting &model) {
  LogicalResult result = success();
  const Setting *fit = model.find("fit");
  const Setting *callbacks = fit ? fit->find("callbacks") : nullptr;
  if (!callbacks)
    return result;
  for (const Setting &callback : callbacks->members) {
    if (failed(checkMode(source, callback)))
      result = failure();
    if (const Setting *path = knownMember(callback, "filepath"))
      if (failed(checkFilepath(source, *path)))
        result = failure();
  }
  return result;
}
