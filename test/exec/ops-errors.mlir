// RUN: lathe-opt %s --split-input-file --verify-diagnostics

func.func @dispatch(%x: tensor<4xf32>) {
  // expected-error @+1 {{names no kernel}}
  %0 = exec.dispatch @missing(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

exec.func @call(%x: memref<4xf32>) {
  // expected-error @+1 {{names no kernel}}
  exec.call @missing ins(%x : memref<4xf32>) outs(%x : memref<4xf32>)
  exec.return
}

// -----

// expected-error @+1 {{expected valid keyword or string}}
exec.kernel @nothing() schedule = #exec.schedule<{rows = 4}> {
  exec.yield
}

// -----

// expected-error @below {{kernel_c1: in_place has 2 entries for 1 results}}
exec.kernel @relu(%x: tensor<4xf32>) schedule = #exec.schedule<elementwise> attributes {in_place = array<i64: 0, -1>} {
  %0 = nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  exec.yield %0 : tensor<4xf32>
}

// -----

// expected-error @below {{kernel_c2: in_place names argument 1, which cannot be overwritten by a result}}
exec.kernel @add(%x: tensor<4xf32>, %y: tensor<f32>) schedule = #exec.schedule<elementwise> attributes {in_place = array<i64: 1>} {
  %0 = nn.add %x, %y : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  exec.yield %0 : tensor<4xf32>
}

// -----

// expected-error @+1 {{kernel_c2: in_place names argument 0, which cannot be overwritten by a result}}
exec.kernel @two(%x: tensor<4xf32>, %y: tensor<4xf32>) attributes {in_place = array<i64: 0, 0>} {
  %0 = nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  %1 = nn.relu %y : (tensor<4xf32>) -> tensor<4xf32>
  exec.yield %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// -----

// expected-error @+1 {{kernel_c2: in_place names argument 2, which}}
exec.kernel @two(%x: tensor<4xf32>, %y: tensor<4xf32>) attributes {in_place = array<i64: 0, 2>} {
  %0 = nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  %1 = nn.relu %y : (tensor<4xf32>) -> tensor<4xf32>
  exec.yield %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// -----

// expected-error @+1 {{kernel_c2: in_place names argument -2, which}}
exec.kernel @two(%x: tensor<4xf32>, %y: tensor<4xf32>) attributes {in_place = array<i64: -2, 0>} {
  %0 = nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  %1 = nn.relu %y : (tensor<4xf32>) -> tensor<4xf32>
  exec.yield %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// -----

// expected-error @+1 {{kernel_c1: in_place has 1 entries for 2 results}}
exec.kernel @two(%x: tensor<4xf32>, %y: tensor<4xf32>) attributes {in_place = array<i64: 1>} {
  %0 = nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  %1 = nn.relu %y : (tensor<4xf32>) -> tensor<4xf32>
  exec.yield %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// -----

func.func @group(%x: tensor<4xf32>) {
  // expected-error @+1 {{group_c1: in_place has 2 entries for 1 results}}
  %0 = "exec.group"(%x) <{in_place = array<i64: 0, 0>}> ({
  ^bb0(%a: tensor<4xf32>):
    exec.yield %a : tensor<4xf32>
  }) : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @group(%x: tensor<4xf32>) {
  // expected-error @+1 {{group_c2: in_place names argument 1, which cannot be overwritten by a result}}
  %0 = "exec.group"(%x) <{in_place = array<i64: 1>}> ({
  ^bb0(%a: tensor<4xf32>):
    exec.yield %a : tensor<4xf32>
  }) : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @group(%x: tensor<4xf32>) {
  // expected-error @+1 {{group_c3: its arguments have other types than its operands}}
  %0 = "exec.group"(%x) <{in_place = array<i64>}> ({
  ^bb0(%a: tensor<5xf32>):
    exec.yield %a : tensor<5xf32>
  }) : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @group(%x: tensor<4xf32>) {
  // expected-error @+1 {{group_c4: it yields other types than its results have}}
  %0 = "exec.group"(%x) <{in_place = array<i64>}> ({
  ^bb0(%a: tensor<4xf32>):
    exec.yield %a : tensor<4xf32>
  }) : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

exec.kernel @relu(%x: tensor<4xf32>) {
  %0 = nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  exec.yield %0 : tensor<4xf32>
}
func.func @dispatch(%x: tensor<4xf32>, %y: tensor<4xi64>, %z: tensor<2x2xf32>) {
  // The memory of four numbers can be seen as a matrix.
  %0 = exec.dispatch @relu(%z) : (tensor<2x2xf32>) -> tensor<2x2xf32>
  // expected-error @+1 {{dispatch_c1: has other types than @relu}}
  %1 = exec.dispatch @relu(%y) : (tensor<4xi64>) -> tensor<4xf32>
  return
}

// -----

exec.kernel @relu(%x: tensor<4xf32>) {
  %0 = nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  exec.yield %0 : tensor<4xf32>
}
func.func @dispatch(%x: tensor<4xf32>) {
  // expected-error @+1 {{dispatch_c1: has other types than @relu}}
  %0:2 = exec.dispatch @relu(%x) : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @yield(%x: tensor<4xf32>) {
  // expected-error @+1 {{expects parent op to be one of 'exec.group, exec.kernel'}}
  exec.yield %x : tensor<4xf32>
}

// -----

// expected-error @+1 {{region with 1 blocks}}
exec.func @nothing(%x: memref<4xf32>)

// -----

// expected-error @+1 {{func_c1: takes memory and returns nothing, but has the type}}
exec.func @tensors(%x: tensor<4xf32>) {
  exec.return
}

// -----

// expected-error @+1 {{func_c1: takes memory and returns nothing, but has the type}}
exec.func @returns() -> memref<4xf32> {
  exec.return
}

// -----

func.func @return() {
  // expected-error @+1 {{expects parent op 'exec.func'}}
  exec.return
}

// -----

exec.func @slice() {
  // expected-error @+1 {{slice_c2: only the batch may be dynamic}}
  %0 = exec.slice arena[0] : memref<?x?xf32>
  exec.return
}

// -----

exec.func @slice() {
  // expected-error @+1 {{result #0 must be memref of 32-bit float or 64-bit float or}}
  %0 = exec.slice arena[0] : memref<4xindex>
  exec.return
}

// -----

// expected-error @+1 {{attribute 'type' failed to satisfy constraint: type attribute of statically shaped tensor}}
exec.variable @w params[0] : tensor<?xf32>

// -----

// expected-error @+1 {{variable_c3: its data have the type 'tensor<3xf32>'}}
exec.variable @w params[0] : tensor<2xf32> {initializer = "data", data = dense<1.0> : tensor<3xf32>}

// -----

// expected-error @+1 {{attribute 'params_size' failed to satisfy constraint: 64-bit signless integer attribute whose value is non-negative}}
exec.layout {params_size = -64 : i64, state_size = 0 : i64, train_arena_size = 64 : i64, predict_arena_size = 64 : i64, prepared_size = 0 : i64, prepared_place = 0 : i64, alignment = 64 : i64, batch = 4 : i64, train_stage = array<i64: -1, -1>, evaluate_stage = array<i64: -1, -1>}

// -----

// expected-error @+1 {{attribute 'alignment' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive and whose value is a power of two > 0}}
exec.layout {params_size = 0 : i64, state_size = 0 : i64, train_arena_size = 64 : i64, predict_arena_size = 64 : i64, prepared_size = 0 : i64, prepared_place = 0 : i64, alignment = 48 : i64, batch = 4 : i64, train_stage = array<i64: -1, -1>, evaluate_stage = array<i64: -1, -1>}

// -----

// expected-error @+1 {{attribute 'batch' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
exec.layout {params_size = 0 : i64, state_size = 0 : i64, train_arena_size = 64 : i64, predict_arena_size = 64 : i64, prepared_size = 0 : i64, prepared_place = 0 : i64, alignment = 64 : i64, batch = 0 : i64, train_stage = array<i64: -1, -1>, evaluate_stage = array<i64: -1, -1>}

// -----

// expected-error @+1 {{attribute 'train_stage' failed to satisfy constraint: i64 dense array attribute with at least 2 elements with at most 3 elements}}
exec.layout {params_size = 0 : i64, state_size = 0 : i64, train_arena_size = 64 : i64, predict_arena_size = 64 : i64, prepared_size = 0 : i64, prepared_place = 0 : i64, alignment = 64 : i64, batch = 4 : i64, train_stage = array<i64: -1>, evaluate_stage = array<i64: -1, -1>}
