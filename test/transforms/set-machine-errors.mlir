// RUN: not lathe-opt %s --set-machine=machine='z80{isa=x86-64-v3}' 2>&1 | FileCheck %s
// RUN: not lathe-opt %s --set-machine=machine='znver3{isa=x86-64-v4}' 2>&1 | FileCheck %s
// RUN: not lathe-opt %s --set-machine=machine='generic{isa=x86-64-v3,cores=0}' 2>&1 | FileCheck %s
// RUN: not lathe-opt %s --set-machine=machine='generic{isa=x86-64-v3,teeth=3}' 2>&1 | FileCheck %s
// RUN: not lathe-opt %s --set-machine=machine='generic' 2>&1 | FileCheck %s

// CHECK: error: no machine is described by '{{[a-z0-9]+.*}}'; write CPU{isa=NAME}, such as generic{isa=x86-64-v4}
module {}
