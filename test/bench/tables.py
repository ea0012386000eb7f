"""The figures of a run: medians, ratios to Lathe, and how they are shown."""
import math
import statistics

KINDS = {"train": "Training step", "inference": "Inference"}


def summary(case, candidates, rounds, agreement):
    """What is known of a case. `rounds` holds milliseconds by candidate; the first candidate is Lathe."""
    ours = candidates[0].name
    ratios = {}
    for candidate in candidates[1:]:
        values = [r[candidate.name] / r[ours] for r in rounds]
        ratios[candidate.name] = {"median": statistics.median(values), "low": min(values), "high": max(values)}
    ms = {c.name: statistics.median(r[c.name] for r in rounds) for c in candidates}
    best = {}
    for candidate in candidates:
        if candidate.peer != "Lathe" and ms[candidate.name] < ms.get(best.get(candidate.peer), math.inf):
            best[candidate.peer] = candidate.name
    return {"network": case.network.key, "title": case.network.title, "kind": case.kind, "batch": case.batch,
            "ms": ms, "ratio": ratios, "best": best, "agreement": agreement, "rounds": rounds}


def geometric_means(results):
    """By kind and peer: of the best candidates' median ratios, over the cases that have the peer."""
    means = {}
    for kind in KINDS:
        ratios = {}
        for result in results:
            if result["kind"] == kind:
                for peer, name in result["best"].items():
                    ratios.setdefault(peer, []).append(result["ratio"][name]["median"])
        means[kind] = {peer: statistics.geometric_mean(values) for peer, values in ratios.items()}
    return means


def heading(result):
    return f"{result['title']}, batch {result['batch']}"


def text(results, note):
    """Every candidate of every case."""
    lines, means = [note], geometric_means(results)
    for kind, title in KINDS.items():
        chosen = [result for result in results if result["kind"] == kind]
        if not chosen:
            continue
        lines += ["", f"{title:34}{'ms':>10}{'/ Lathe':>10}{'range':>18}"]
        for result in chosen:
            lines.append(heading(result))
            for name, ms in result["ms"].items():
                line = f"  {name:32}{ms:10.3f}"
                if name in result["ratio"]:
                    ratio = result["ratio"][name]
                    line += f"{ratio['median']:10.2f}{ratio['low']:10.2f} - {ratio['high']:<5.2f}"
                    line += " *" if name in result["best"].values() else ""
                lines.append(line.rstrip())
        for peer, mean in means[kind].items():
            lines.append(f"{'Geometric mean, ' + peer:44}{mean:10.2f}")
    return "\n".join(lines + ["", "* counts as the peer's time: the best of its ways"])


def digits(ms):
    """Three of them where there are fractions."""
    return f"{ms:.{max(0, 2 - math.floor(math.log10(ms)))}f}"


def markdown(results, note):
    """A row per case, with the best candidate of each peer."""
    lines, means = [note], geometric_means(results)
    for kind, title in KINDS.items():
        chosen = [result for result in results if result["kind"] == kind]
        if not chosen:
            continue
        peers = list(means[kind])
        lines += ["", f"| {title}, ms | Lathe |" + "".join(f" {peer} | / Lathe |" for peer in peers),
                  "|---|---:|" + "---:|---:|" * len(peers)]
        for result in chosen:
            row = f"| {heading(result)} | {digits(result['ms']['Lathe'])} |"
            for peer in peers:
                name = result["best"].get(peer)
                if name is None:
                    row += " | |"
                    continue
                ratio = result["ratio"][name]
                how = name[len(peer):].strip()
                row += f" {digits(result['ms'][name])}{f' ({how})' if how else ''} |"
                row += f" {ratio['median']:.2f} ({ratio['low']:.2f} - {ratio['high']:.2f}) |"
            lines.append(row)
        lines.append("| Geometric mean | |" + "".join(f" | {mean:.2f} |" for mean in means[kind].values()))
    return "\n".join(lines) + "\n"
