#!/usr/bin/python3
"""Lathe against PyTorch and ONNX Runtime: training steps and inference, side by side.

    ./dev bench [--only NETWORK]... [--train-only | --inference-only] [--rounds N]
                [--threads N] [--seconds S] [--cpp] [--json FILE] [--markdown FILE]

The same networks, weights, batches and recipes for everybody. A round measures every
candidate of a case once, so that all of them see the same noise of the machine; the
figures are medians over the rounds, the ratios medians of the rounds' ratios. PyTorch
runs in its default layout and in channels_last, for inference also frozen by
torch.jit; the fastest counts. Before a case is timed, the candidates' probabilities, or
the losses of their first training steps (by plain gradient descent, without dropout),
are compared; where they differ, the case is left out and the exit code is 1.
"""
import argparse
import json
import os
import sys
import time

import numpy as np

from artifact import Model, compile_model
from cases import NETWORKS, cases
import candidates as others
import tables

STEPS = 3  # whose losses are compared


def parse_arguments():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", help=argparse.SUPPRESS)
    parser.add_argument("--only", action="append", choices=[network.key for network in NETWORKS], metavar="NETWORK",
                        help="this network, several times for several: " + ", ".join(n.key for n in NETWORKS))
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--train-only", action="store_const", dest="kinds", const=["train"])
    kinds.add_argument("--inference-only", action="store_const", dest="kinds", const=["inference"])
    parser.add_argument("--rounds", type=int, default=5, help="[5]")
    parser.add_argument("--threads", type=int, default=2, help="[2]")
    parser.add_argument("--seconds", type=float, default=1, help="the least time of one measurement [1]")
    parser.add_argument("--cpp", action="store_true",
                        help="measure the C++ form of the Fashion-MNIST network too, by g++ and by clang")
    parser.add_argument("--json", metavar="FILE", help="write the figures there as well")
    parser.add_argument("--markdown", metavar="FILE", help="write a table there as well")
    parser.add_argument("--output", metavar="FOLDER", help="artifacts and graphs [the build folder's bench]")
    arguments = parser.parse_args()
    if arguments.rounds < 1 or arguments.threads < 1:
        parser.error("--rounds and --threads are at least 1")
    return arguments


def prepare(case, arguments, work, modules):
    """The candidates of a case and by how much their results differ. Raises where they do not agree."""
    import agreement
    import pytorch
    build, seconds, threads = arguments.build, arguments.seconds, arguments.threads
    text, folder = case.model_text(), case.folder(work)
    cpp = arguments.cpp and case.network.key == "fashion_mnist"
    name = compile_model(build, text, folder, "exe,obj,header" + (",cpp" if cpp else ""))
    ours = others.lathe_candidates(build, folder, name, case, threads, seconds, cpp)

    model = Model(folder, name)
    random = np.random.RandomState(1)
    images = random.uniform(0, 255, (case.batch, *model.input_shape)).astype(np.float32)
    labels = random.randint(0, model.about.classes, case.batch).astype(np.int32)
    network = pytorch.build(case, text, model.weights(), images)
    if case.kind == "train":
        peers = [pytorch.Training(layout, network, text, images, labels, seconds) for layout in pytorch.LAYOUTS]
        folder = os.path.join(folder, "plain_steps")
        plain = Model(folder, compile_model(build, case.plain_text(), folder, "obj,header"))
        losses = [plain.train_step(images, labels) for _ in range(STEPS)]
        theirs = {peer.name: peer.plain_losses(case.network.plain_rate, STEPS) for peer in peers}
        return ours + peers, {name: agreement.check_losses(losses, values) for name, values in theirs.items()}

    agreed = {}
    if agreement.has_batch_norms(network):
        fresh = pytorch.Prediction("", False, network, images, seconds).probabilities()
        agreed = agreement.check_probabilities(model.predict(images), {"PyTorch with new batch norms": fresh})
        agreement.calibrate(network, model.weights(), pytorch.to_torch(images))
    peers = pytorch.predictions(network, images, seconds)
    if modules:
        graph = os.path.join(folder, name + ".onnx")
        pytorch.export(network, images, graph)
        peers.append(others.OnnxRuntime(modules, graph, images, threads, seconds))
    theirs = {peer.name: peer.probabilities() for peer in peers}
    return ours + peers, {**agreed, **agreement.check_probabilities(model.predict(images), theirs)}


def progress(line):
    """One line of a terminal, always the same one."""
    if sys.stderr.isatty():
        print("\r\033[K" + line, end="", file=sys.stderr, flush=True)


def measure(case, arguments, work, modules):
    candidates, agreed = prepare(case, arguments, work, modules)
    what = "losses" if case.kind == "train" else "probabilities"
    print(f"{case}: {what} agree to {max(agreed.values()):.1e}", file=sys.stderr)
    rounds = []
    for number in range(arguments.rounds):
        figures = {}
        for candidate in candidates:
            progress(f"  round {number + 1}/{arguments.rounds}: {candidate.name}")
            figures[candidate.name] = candidate.measure()
        rounds.append(figures)
    progress("")
    return tables.summary(case, candidates, rounds, agreed)


def processor():
    with open("/proc/cpuinfo") as file:
        return next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "unknown CPU")


def main():
    arguments = parse_arguments()
    # Before PyTorch is loaded, which reads them.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = str(arguments.threads)
    import pytorch
    from agreement import Disagreement
    pytorch.configure(arguments.threads)
    work = arguments.output or os.path.join(arguments.build, "bench")
    kinds = arguments.kinds or list(tables.KINDS)
    modules = others.install_onnx_runtime(work) if "inference" in kinds else None

    results, failed, begin = [], [], time.time()
    for case in cases(arguments.only or [network.key for network in NETWORKS], kinds):
        try:
            results.append(measure(case, arguments, work, modules))
        except (Disagreement, RuntimeError) as error:
            print(f"bench: error: {case}: {error}", file=sys.stderr)
            failed.append(str(case))
        pytorch.release()

    note = (f"{processor()}, {arguments.threads} threads, fp32; medians of {arguments.rounds} rounds of "
            f"{arguments.seconds:g} s; {(time.time() - begin) / 60:.0f} minutes")
    if results:
        print(tables.text(results, note))
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"processor": processor(), "threads": arguments.threads, "rounds": arguments.rounds,
                       "seconds": arguments.seconds, "cases": results, "failed": failed,
                       "geometric_mean": tables.geometric_means(results)}, file, indent=1)
    if arguments.markdown:
        with open(arguments.markdown, "w") as file:
            file.write(tables.markdown(results, note))
    sys.exit(f"bench: error: not measured: {'; '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
