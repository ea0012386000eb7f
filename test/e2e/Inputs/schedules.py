"""Keras 3's schedules (keras/src/optimizers/schedules), in plain Python.

    schedules.py NAME          writes the model description with the schedule
    schedules.py NAME RATES    compares the rates that schedule.c printed
"""
import math
import sys


def piecewise(step, boundaries, values):
    for boundary, value in zip(boundaries, values):
        if step <= boundary:
            return value
    return values[-1]


def exponential(step, initial, decay_steps, rate, staircase=False):
    p = step / decay_steps
    return initial * rate ** (math.floor(p) if staircase else p)


def inverse_time(step, initial, decay_steps, rate, staircase=False):
    p = step / decay_steps
    return initial / (1 + rate * (math.floor(p) if staircase else p))


def polynomial(step, initial, decay_steps, end=0.0001, power=1.0, cycle=False):
    if cycle:
        decay_steps *= 1 if step == 0 else math.ceil(step / decay_steps)
    else:
        step = min(step, decay_steps)
    return (initial - end) * (1 - step / decay_steps) ** power + end


def cosine(step, initial, decay_steps, alpha=0.0, warmup_target=None, warmup_steps=0):
    def decay(step, start):
        return start * ((1 - alpha) * 0.5 * (1 + math.cos(math.pi * step / decay_steps)) + alpha)

    if warmup_target is None:
        return decay(min(step, decay_steps), initial)
    step = min(step, decay_steps + warmup_steps)
    if step < warmup_steps:
        return (warmup_target - initial) * step / warmup_steps + initial
    return decay(step - warmup_steps, warmup_target)


def restarts(step, initial, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0):
    completed = step / first_decay_steps
    if t_mul == 1.0:
        restart = math.floor(completed)
        completed -= restart
    else:
        restart = math.floor(math.log(1 - completed * (1 - t_mul)) / math.log(t_mul) + 1e-9)
        completed = (completed - (1 - t_mul**restart) / (1 - t_mul)) / t_mul**restart
    decayed = 0.5 * m_mul**restart * (1 + math.cos(math.pi * completed))
    return initial * ((1 - alpha) * decayed + alpha)


def warm(schedule, steps):
    """A linear warm-up from 0 before a schedule; not in Keras."""
    return lambda step: schedule(0) * step / steps if step < steps else schedule(step - steps)


SCHEDULES = {
    "number": ("0.05", lambda s: 0.05),
    "constant": ("{Constant: {initial_learning_rate: 0.1, warmup_steps: 50}}", warm(lambda s: 0.1, 50)),
    "piecewise": ("{PiecewiseConstantDecay: {boundaries: [10, 100, 200], values: [0.1, 0.05, 0.02, 0.01]}}",
                  lambda s: piecewise(s, [10, 100, 200], [0.1, 0.05, 0.02, 0.01])),
    "exponential": ("{ExponentialDecay: {initial_learning_rate: 0.1, decay_steps: 70, decay_rate: 0.5}}",
                    lambda s: exponential(s, 0.1, 70, 0.5)),
    "staircase": ("{ExponentialDecay: {initial_learning_rate: 0.1, decay_steps: 70, decay_rate: 0.5, staircase: true}}",
                  lambda s: exponential(s, 0.1, 70, 0.5, True)),
    "inverse": ("{InverseTimeDecay: {initial_learning_rate: 0.1, decay_steps: 30, decay_rate: 0.7}}",
                lambda s: inverse_time(s, 0.1, 30, 0.7)),
    "polynomial": ("{PolynomialDecay: {initial_learning_rate: 0.1, decay_steps: 200, power: 2, warmup_steps: 20}}",
                   warm(lambda s: polynomial(s, 0.1, 200, power=2.0), 20)),
    "cycle": ("{PolynomialDecay: {initial_learning_rate: 0.1, decay_steps: 80, end_learning_rate: 0.01, cycle: true}}",
              lambda s: polynomial(s, 0.1, 80, 0.01, cycle=True)),
    "cosine": ("{CosineDecay: {initial_learning_rate: 0.1, decay_steps: 200, alpha: 0.05}}",
               lambda s: cosine(s, 0.1, 200, 0.05)),
    "target": ("{CosineDecay: {initial_learning_rate: 0.01, decay_steps: 200, warmup_target: 0.1, warmup_steps: 30}}",
               lambda s: cosine(s, 0.01, 200, 0.0, 0.1, 30)),
    "restarts": ("{CosineDecayRestarts: {initial_learning_rate: 0.1, first_decay_steps: 40, m_mul: 0.8, alpha: 0.1}}",
                 lambda s: restarts(s, 0.1, 40, 2.0, 0.8, 0.1)),
    "equal": ("{CosineDecayRestarts: {initial_learning_rate: 0.1, first_decay_steps: 40, t_mul: 1}}",
              lambda s: restarts(s, 0.1, 40, 1.0)),
}

# Of these, an epoch has 7 steps: 13 samples in batches of 2. The first number is
# the rate before that is known.
EPOCHS = {
    "epochs": ("{CosineDecay: {initial_learning_rate: 0.1, decay_epochs: 12, warmup_epochs: 3}}", 0.1,
               warm(lambda s: cosine(s, 0.1, 84), 21)),
    "accumulated": ("{CosineDecay: {initial_learning_rate: 0.1, decay_epochs: 12, warmup_epochs: 3}}, "
                    "gradient_accumulation_steps: 3", 0.1, warm(lambda s: cosine(s, 0.1, 84), 21)),
    "boundary_epochs": ("{PiecewiseConstantDecay: {boundary_epochs: [2, 5, 11], values: [0.1, 0.05, 0.02, 0.01]}}",
                        0.1, lambda s: piecewise(s, [14, 35, 77], [0.1, 0.05, 0.02, 0.01])),
    "decay_epochs": ("{ExponentialDecay: {initial_learning_rate: 0.1, decay_epochs: 3, decay_rate: 0.5, "
                     "staircase: true, warmup_steps: 5}}", 0.1,
                     warm(lambda s: exponential(s, 0.1, 21, 0.5, True), 5)),
    "restart_epochs": ("{CosineDecayRestarts: {initial_learning_rate: 0.1, first_decay_epochs: 4, m_mul: 0.8}}",
                       0.1, lambda s: restarts(s, 0.1, 28, 2.0, 0.8)),
    "warmup_epochs": ("{PolynomialDecay: {initial_learning_rate: 0.1, decay_steps: 50, warmup_epochs: 2}}", 0.1,
                      warm(lambda s: polynomial(s, 0.1, 50), 14)),
}

MODEL = """name: schedule
input: {{shape: [4]}}
layers:
  - Dense: {{units: 3, activation: softmax}}
compile: {{optimizer: {{SGD: {{learning_rate: {0}}}}}}}
fit: {{batch_size: 2}}
"""


def main():
    in_epochs = sys.argv[1] in EPOCHS
    text, *before, rate = EPOCHS[sys.argv[1]] if in_epochs else SCHEDULES[sys.argv[1]]
    if len(sys.argv) == 2:
        print(MODEL.format(text), end="")
        return
    with open(sys.argv[2]) as file:
        rates = [float(line) for line in file]
    steps = list(range(140)) if in_epochs else list(range(300)) + list(range(20))
    if in_epochs:
        assert abs(rates.pop(0) - before[0]) < 1e-8
    assert len(rates) == len(steps)
    for step, actual in zip(steps, rates):
        if abs(actual - rate(step)) > 1e-6 * abs(rate(step)) + 1e-12:
            sys.exit(f"{sys.argv[1]}: step {step} has the rate {actual}, not {rate(step)}")
    print(sys.argv[1], "follows its formula")


if __name__ == "__main__":
    main()
