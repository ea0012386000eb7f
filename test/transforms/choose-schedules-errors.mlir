// RUN: not lathe-opt %s --choose-schedules=isa=z80 2>&1 | FileCheck %s
// CHECK: unknown instruction set z80
module {
}
