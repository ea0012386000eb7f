// RUN: lathe-opt %s --verify-stage=stage=planned --split-input-file --verify-diagnostics=only-expected

// Right: %out is written over %a's place once nothing reads that any more.
exec.layout {params_size = 64 : i64, state_size = 0 : i64, train_arena_size = 128 : i64, predict_arena_size = 128 : i64, prepared_size = 0 : i64, prepared_place = 128 : i64, alignment = 64 : i64, batch = 4 : i64, train_stage = array<i64: -1, -1>, evaluate_stage = array<i64: -1, -1>}
exec.kernel @relu(%x: tensor<?x4xf32>) schedule = #exec.schedule<elementwise> {
  %0 = nn.relu %x : (tensor<?x4xf32>) -> tensor<?x4xf32>
  exec.yield %0 : tensor<?x4xf32>
}
exec.func @predict(%x: memref<?x4xf32>, %y: memref<?x4xf32>) {
  %a = exec.slice arena[0] : memref<?x4xf32>
  %b = exec.slice arena[64] : memref<?x4xf32>
  exec.call @relu ins(%x : memref<?x4xf32>) outs(%a : memref<?x4xf32>)
  exec.call @relu ins(%a : memref<?x4xf32>) outs(%b : memref<?x4xf32>)
  exec.call @relu ins(%b : memref<?x4xf32>) outs(%a : memref<?x4xf32>)
  exec.call @relu ins(%a : memref<?x4xf32>) outs(%y : memref<?x4xf32>)
  exec.return
}

// -----

// Right: sample weights have a stage of their own.
exec.layout {params_size = 0 : i64, state_size = 0 : i64, train_arena_size = 192 : i64, predict_arena_size = 192 : i64, prepared_size = 0 : i64, prepared_place = 0 : i64, alignment = 64 : i64, batch = 4 : i64, train_stage = array<i64: 0, 64, 128>, evaluate_stage = array<i64: 0, 64, 128>}

// -----

// expected-error @below {{layout_c1: needs one exec.layout}}
module {
}

// -----

exec.layout {params_size = 64 : i64, state_size = 0 : i64, train_arena_size = 128 : i64, predict_arena_size = 64 : i64, prepared_size = 0 : i64, prepared_place = 64 : i64, alignment = 64 : i64, batch = 4 : i64, train_stage = array<i64: -1, -1>, evaluate_stage = array<i64: -1, -1>}
exec.kernel @relu(%x: tensor<?x4xf32>) schedule = #exec.schedule<elementwise> {
  %0 = nn.relu %x : (tensor<?x4xf32>) -> tensor<?x4xf32>
  exec.yield %0 : tensor<?x4xf32>
}
exec.func @train_step(%x: memref<?x4xf32>) {
  %a = exec.slice arena[64] : memref<?x4xf32>
  exec.call @relu ins(%x : memref<?x4xf32>) outs(%a : memref<?x4xf32>)
  exec.return
}
exec.func @predict(%x: memref<?x4xf32>) {
  // expected-error @below {{slice_c1: lies outside of its region}}
  %a = exec.slice arena[16] : memref<?x4xf32>
  exec.return
}

// -----

exec.layout {params_size = 64 : i64, state_size = 0 : i64, train_arena_size = 0 : i64, predict_arena_size = 0 : i64, prepared_size = 0 : i64, prepared_place = 0 : i64, alignment = 64 : i64, batch = 4 : i64, train_stage = array<i64: -1, -1>, evaluate_stage = array<i64: -1, -1>}
exec.variable @a params[0] : tensor<8xf32>
// expected-error @below {{variable_c1: lies outside of its region}}
exec.variable @b params[32] : tensor<9xf32>

// -----

exec.layout {params_size = 64 : i64, state_size = 64 : i64, train_arena_size = 0 : i64, predict_arena_size = 0 : i64, prepared_size = 0 : i64, prepared_place = 0 : i64, alignment = 64 : i64, batch = 4 : i64, train_stage = array<i64: -1, -1>, evaluate_stage = array<i64: -1, -1>}
exec.variable @other state[28] : tensor<8xf32>
exec.variable @a params[0] : tensor<8xf32>
// expected-error @below {{variable_c2: overlaps @a}}
exec.variable @b params[28] : tensor<8xf32>

// -----

exec.layout {params_size = 64 : i64, state_size = 0 : i64, train_arena_size = 0 : i64, predict_arena_size = 0 : i64, prepared_size = 0 : i64, prepared_place = 0 : i64, alignment = 64 : i64, batch = 4 : i64, train_stage = array<i64: -1, -1>, evaluate_stage = array<i64: -1, -1>}
exec.kernel @relu(%x: tensor<4xf32>) schedule = #exec.schedule<elementwise> {
  %0 = nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  exec.yield %0 : tensor<4xf32>
}
exec.func @predict(%x: memref<4xf32>, %y: memref<4xf32>) {
  // expected-error @below {{call_c1: @relu takes 1 inputs and 1 outputs}}
  exec.call @relu ins(%x, %x : memref<4xf32>, memref<4xf32>) outs(%y : memref<4xf32>)
  exec.return
}

// -----

exec.layout {params_size = 64 : i64, state_size = 0 : i64, train_arena_size = 0 : i64, predict_arena_size = 0 : i64, prepared_size = 0 : i64, prepared_place = 0 : i64, alignment = 64 : i64, batch = 4 : i64, train_stage = array<i64: -1, -1>, evaluate_stage = array<i64: -1, -1>}
exec.kernel @cast(%x: tensor<f32>) schedule = #exec.schedule<elementwise> {
  %0 = nn.cast %x {element_type = i64} : (tensor<f32>) -> tensor<i64>
  exec.yield %0 : tensor<i64>
}
exec.func @predict(%x: memref<1x1xf32>, %y: memref<f32>) {
  // expected-error @below {{call_c2: an output has another type than in the kernel}}
  exec.call @cast ins(%x : memref<1x1xf32>) outs(%y : memref<f32>)
  exec.return
}

// -----

exec.layout {params_size = 64 : i64, state_size = 0 : i64, train_arena_size = 0 : i64, predict_arena_size = 0 : i64, prepared_size = 0 : i64, prepared_place = 0 : i64, alignment = 64 : i64, batch = 4 : i64, train_stage = array<i64: -1, -1>, evaluate_stage = array<i64: -1, -1>}
exec.kernel @relu(%x: tensor<4xf32>) schedule = #exec.schedule<elementwise> {
  %0 = nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  exec.yield %0 : tensor<4xf32>
}
exec.func @predict(%y: memref<4xf32>) {
  %w = exec.slice params[0] : memref<2x2xf32>
  // expected-error @below {{call_c2: an input has another type than in the kernel}}
  exec.call @relu ins(%w : memref<2x2xf32>) outs(%y : memref<4xf32>)
  exec.return
}

// -----

exec.layout {params_size = 0 : i64, state_size = 0 : i64, train_arena_size = 64 : i64, predict_arena_size = 64 : i64, prepared_size = 0 : i64, prepared_place = 0 : i64, alignment = 64 : i64, batch = 4 : i64, train_stage = array<i64: -1, -1>, evaluate_stage = array<i64: -1, -1>}
exec.kernel @relu(%x: tensor<4xf32>) schedule = #exec.schedule<elementwise> {
  %0 = nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  exec.yield %0 : tensor<4xf32>
}
exec.func @predict(%x: memref<4xf32>, %y: memref<4xf32>) {
  %a = exec.slice arena[0] : memref<4xf32>
  %b = exec.slice arena[8] : memref<4xf32>
  exec.call @relu ins(%x : memref<4xf32>) outs(%a : memref<4xf32>)
  // expected-error @below {{call_c3: output 0 overlaps another operand}}
  exec.call @relu ins(%a : memref<4xf32>) outs(%b : memref<4xf32>)
  exec.return
}

// -----

exec.layout {params_size = 0 : i64, state_size = 0 : i64, train_arena_size = 64 : i64, predict_arena_size = 64 : i64, prepared_size = 0 : i64, prepared_place = 0 : i64, alignment = 64 : i64, batch = 4 : i64, train_stage = array<i64: -1, -1>, evaluate_stage = array<i64: -1, -1>}
exec.kernel @relu(%x: tensor<4xf32>) schedule = #exec.schedule<elementwise> {
  %0 = nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  exec.yield %0 : tensor<4xf32>
}
exec.func @predict(%x: memref<4xf32>, %y: memref<4xf32>) {
  %a = exec.slice arena[0] : memref<4xf32>
  %b = exec.slice arena[8] : memref<4xf32>
  exec.call @relu ins(%x : memref<4xf32>) outs(%a : memref<4xf32>)
  exec.call @relu ins(%x : memref<4xf32>) outs(%b : memref<4xf32>)
  // expected-error @below {{call_c4: reads memory at 0 that holds another live tensor}}
  exec.call @relu ins(%a : memref<4xf32>) outs(%y : memref<4xf32>)
  exec.return
}

// -----

exec.layout {params_size = 0 : i64, state_size = 0 : i64, train_arena_size = 64 : i64, predict_arena_size = 64 : i64, prepared_size = 0 : i64, prepared_place = 0 : i64, alignment = 64 : i64, batch = 4 : i64, train_stage = array<i64: -1, -1>, evaluate_stage = array<i64: -1, -1>}
exec.kernel @relu(%x: tensor<4xf32>) schedule = #exec.schedule<elementwise> {
  %0 = nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  exec.yield %0 : tensor<4xf32>
}
exec.func @predict(%y: memref<4xf32>) {
  %a = exec.slice arena[0] : memref<4xf32>
  // expected-error @below {{call_c4: reads memory at 0 that nothing has written}}
  exec.call @relu ins(%a : memref<4xf32>) outs(%y : memref<4xf32>)
  exec.return
}

// -----

exec.layout {params_size = 0 : i64, state_size = 0 : i64, train_arena_size = 64 : i64, predict_arena_size = 64 : i64, prepared_size = 0 : i64, prepared_place = 0 : i64, alignment = 64 : i64, batch = 4 : i64, train_stage = array<i64: -1, -1>, evaluate_stage = array<i64: -1, -1>}
exec.kernel @relu(%x: tensor<4xf32>) schedule = #exec.schedule<elementwise> {
  %0 = nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  exec.yield %0 : tensor<4xf32>
}
exec.func @predict(%x: memref<4xf32>) {
  // expected-error @below {{slice_c1: lies outside of its region}}
  %a = exec.slice arena[-16] : memref<4xf32>
  exec.return
}

// -----

exec.layout {params_size = 0 : i64, state_size = 0 : i64, train_arena_size = 64 : i64, predict_arena_size = 64 : i64, prepared_size = 0 : i64, prepared_place = 0 : i64, alignment = 64 : i64, batch = 4 : i64, train_stage = array<i64: -1, -1>, evaluate_stage = array<i64: -1, -1>}
// expected-error @below {{variable_c1: lies outside of its region}}
exec.variable @a params[-4] : tensor<1xf32>

// -----

// The two results of a kernel are in one place.
exec.layout {params_size = 0 : i64, state_size = 0 : i64, train_arena_size = 64 : i64, predict_arena_size = 64 : i64, prepared_size = 0 : i64, prepared_place = 0 : i64, alignment = 64 : i64, batch = 4 : i64, train_stage = array<i64: -1, -1>, evaluate_stage = array<i64: -1, -1>}
exec.kernel @two(%x: tensor<4xf32>) schedule = #exec.schedule<elementwise> {
  %0 = nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  exec.yield %0, %0 : tensor<4xf32>, tensor<4xf32>
}
exec.func @predict(%x: memref<4xf32>) {
  %a = exec.slice arena[0] : memref<4xf32>
  // expected-error @below {{call_c3: output 1 overlaps another operand}}
  exec.call @two ins(%x : memref<4xf32>) outs(%a, %a : memref<4xf32>, memref<4xf32>)
  exec.return
}

// -----

// An update reads what it writes over, which must be there.
exec.layout {params_size = 0 : i64, state_size = 0 : i64, train_arena_size = 64 : i64, predict_arena_size = 64 : i64, prepared_size = 0 : i64, prepared_place = 0 : i64, alignment = 64 : i64, batch = 4 : i64, train_stage = array<i64: -1, -1>, evaluate_stage = array<i64: -1, -1>}
exec.kernel @count(%t: tensor<i64>) schedule = #exec.schedule<elementwise> attributes {in_place = array<i64: 0>} {
  %0 = nn.increment %t : (tensor<i64>) -> tensor<i64>
  exec.yield %0 : tensor<i64>
}
exec.func @predict() {
  %t = exec.slice arena[0] : memref<i64>
  // expected-error @below {{call_c4: reads memory at 0 that nothing has written}}
  exec.call @count outs(%t : memref<i64>)
  exec.return
}
