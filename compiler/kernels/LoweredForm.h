//===- LoweredForm.h - Questions about Halide's lowered form ----*- C++ -*-===//
#ifndef LATHE_COMPILER_KERNELS_LOWEREDFORM_H
#define LATHE_COMPILER_KERNELS_LOWEREDFORM_H

#include "compiler/kernels/Builder.h"

#include <map>
#include <set>

namespace lathe::kernels {

/// Which variables a statement uses outside of assertions.
class UsedVariables : public Halide::Internal::IRGraphVisitor {
public:
  std::set<std::string> names;

private:
  using IRGraphVisitor::visit;
  void visit(const Halide::Internal::Variable *op) override {
    names.insert(op->name);
  }
  void visit(const Halide::Internal::AssertStmt *) override {}
  // What is computed for nothing uses nothing; calls may do something.
  void visit(const Halide::Internal::LetStmt *op) override {
    include(op->body);
    if (names.count(op->name) || op->value.as<Halide::Internal::Call>())
      include(op->value);
  }
  void visit(const Halide::Internal::Load *op) override {
    names.insert(op->name);
    IRGraphVisitor::visit(op);
  }
  void visit(const Halide::Internal::Store *op) override {
    names.insert(op->name);
    IRGraphVisitor::visit(op);
  }
};

/// Finds the lanes by which a piece of scratch is always accessed, at constant
/// whole multiples; 0 when it is not.
class WholeVectors : public Halide::Internal::IRVisitor {
public:
  explicit WholeVectors(std::string name) : name(std::move(name)) {}
  int lanes() const { return different ? 0 : common; }

private:
  using IRVisitor::visit;
  std::string name;
  int common = 0;
  bool different = false;

  void access(const std::string &buffer, const Halide::Expr &index) {
    if (buffer != name)
      return;
    const Halide::Internal::Ramp *ramp = index.as<Halide::Internal::Ramp>();
    const int64_t *base =
        ramp ? Halide::Internal::as_const_int(ramp->base) : nullptr;
    if (!base || !Halide::Internal::is_const_one(ramp->stride) ||
        *base % ramp->lanes || (common && common != ramp->lanes))
      different = true;
    else
      common = ramp->lanes;
  }
  void visit(const Halide::Internal::Load *op) override {
    access(op->name, op->index);
    IRVisitor::visit(op);
  }
  void visit(const Halide::Internal::Store *op) override {
    access(op->name, op->index);
    IRVisitor::visit(op);
  }
  void visit(const Halide::Internal::Variable *op) override {
    different |= op->name == name;
  }
};

/// Names and member numbers that a loop's body takes from its closure.
class ClosureMembers : public Halide::Internal::IRVisitor {
public:
  std::vector<std::pair<std::string, Halide::Type>> members;

private:
  using IRVisitor::visit;
  void visit(const Halide::Internal::LetStmt *op) override {
    const Halide::Internal::Call *call = op->value.as<Halide::Internal::Call>();
    if (call &&
        call->is_intrinsic(Halide::Internal::Call::load_typed_struct_member))
      members.emplace_back(op->name, op->value.type());
    op->body.accept(this);
  }
};

/// The element type by which memory of a name is accessed.
class ElementTypes : public Halide::Internal::IRVisitor {
public:
  std::map<std::string, Halide::Type> types;

private:
  using IRVisitor::visit;
  void visit(const Halide::Internal::Load *op) override {
    types[op->name] = op->type.element_of();
    IRVisitor::visit(op);
  }
  void visit(const Halide::Internal::Store *op) override {
    types[op->name] = op->value.type().element_of();
    IRVisitor::visit(op);
  }
};

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_LOWEREDFORM_H
