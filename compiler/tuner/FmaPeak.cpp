//===- FmaPeak.cpp - What this machine can multiply and add ---------------===//
#include "compiler/tuner/FmaPeak.h"
#include "compiler/codegen/Object.h"
#include "compiler/codegen/Target.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

using namespace llvm;
using namespace lathe;

namespace {
using Loop = void (*)(float *, int64_t);

/// More chains than two units of latency four need, fewer than the registers of
/// any target.
constexpr unsigned chains = 12;

unsigned lanesOf(StringRef target) {
  return target == "x86-64-v4" ? 16 : target == "x86-64-v3" ? 8 : 4;
}

/// void peak(float *data, int64_t n): n rounds of x = x * a + b, for each
/// chain.
void buildLoop(Module &module, const TargetDescription &target,
               unsigned lanes) {
  LLVMContext &context = module.getContext();
  IRBuilder<> builder(context);
  Type *element = builder.getFloatTy(), *i64 = builder.getInt64Ty();
  auto *function = Function::Create(
      FunctionType::get(builder.getVoidTy(), {builder.getPtrTy(), i64}, false),
      GlobalValue::ExternalLinkage, "peak", module);
  function->addFnAttr("target-cpu", target.cpu);
  function->addFnAttr("prefer-vector-width", "512");
  function->addFnAttr("min-legal-vector-width", "512");
  auto *entry = BasicBlock::Create(context, "entry", function);
  auto *loop = BasicBlock::Create(context, "loop", function);
  auto *done = BasicBlock::Create(context, "done", function);
  Value *data = function->getArg(0);
  builder.SetInsertPoint(entry);
  auto number = [&](unsigned i) {
    Value *place = builder.CreateConstGEP1_64(element, data, i);
    return builder.CreateVectorSplat(lanes, builder.CreateLoad(element, place));
  };
  Value *a = number(0), *b = number(1);
  SmallVector<Value *> starts;
  for (unsigned i = 0; i < chains; ++i)
    starts.push_back(number(2 + i));
  builder.CreateBr(loop);

  builder.SetInsertPoint(loop);
  PHINode *round = builder.CreatePHI(i64, 2);
  SmallVector<PHINode *> sums;
  for (Value *first : starts) {
    sums.push_back(builder.CreatePHI(first->getType(), 2));
    sums.back()->addIncoming(first, entry);
  }
  SmallVector<Value *> results;
  for (PHINode *sum : sums) {
    Value *next =
        builder.CreateIntrinsic(Intrinsic::fma, {sum->getType()}, {sum, a, b});
    sum->addIncoming(next, loop);
    results.push_back(next);
  }
  Value *following = builder.CreateAdd(round, builder.getInt64(1));
  round->addIncoming(builder.getInt64(0), entry);
  round->addIncoming(following, loop);
  builder.CreateCondBr(builder.CreateICmpSLT(following, function->getArg(1)),
                       loop, done);
  builder.SetInsertPoint(done);
  Value *total = results.front();
  for (Value *result : ArrayRef(results).drop_front())
    total = builder.CreateFAdd(total, result);
  builder.CreateStore(builder.CreateExtractElement(total, uint64_t(0)), data);
  builder.CreateRetVoid();
}

/// The quickest of some turns, in which all threads start together.
double secondsOf(Loop loop, unsigned threads, int64_t rounds) {
  using Clock = std::chrono::steady_clock;
  double best = INFINITY;
  for (int turn = 0; turn < 20; ++turn) {
    std::vector<double> seconds(threads);
    auto work = [&](unsigned thread) {
      float data[2 + chains] = {0.5f, 0.25f};
      auto start = Clock::now();
      loop(data, rounds);
      seconds[thread] =
          std::chrono::duration<double>(Clock::now() - start).count();
    };
    std::vector<std::thread> others;
    for (unsigned thread = 1; thread < threads; ++thread)
      others.emplace_back(work, thread);
    work(0);
    for (std::thread &other : others)
      other.join();
    best = std::min(best, *std::max_element(seconds.begin(), seconds.end()));
  }
  return best;
}
} // namespace

Expected<double> lathe::fmaPeak(StringRef targetName, unsigned threads) {
  InitializeNativeTarget();
  InitializeNativeTargetAsmPrinter();
  const TargetDescription &target = targetDescription(targetName);
  unsigned lanes = lanesOf(targetName);
  LLVMContext context;
  Module module("peak", context);
  buildLoop(module, target, lanes);
  Expected<ObjectFile> object = compileModule(module, target, target.cpu);
  if (!object)
    return object.takeError();
  auto jit = orc::LLJITBuilder().create();
  if (!jit)
    return jit.takeError();
  if (Error error = (*jit)->addObjectFile(MemoryBuffer::getMemBufferCopy(
          StringRef(object->data(), object->size()), "peak")))
    return error;
  auto address = (*jit)->lookup("peak");
  if (!address)
    return address.takeError();
  constexpr int64_t rounds = 200000;
  double work = 2.0 * rounds * chains * lanes * threads;
  return work / secondsOf(address->toPtr<Loop>(), threads, rounds) / 1e9;
}
