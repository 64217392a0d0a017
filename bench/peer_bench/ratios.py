"""Which settings of a peer are worth timing, and how Linnet compares with the best of them."""

# Two mean cosines to float that are this near count as equally accurate.
SAME_COSINE = 1e-5
# A setting is no faster than another one of its family unless it wins by this share somewhere.
SAME_TIME = 0.03
# A mean cosine to float below this is no compression but a wrong answer.
WRONG_COSINE = 0.6


def as_accurate(accuracy, than):
    """Whether one accuracy is equal to or better than the other; what was not measured is not better."""
    if accuracy is None or than is None:
        return False
    return accuracy["cosine"]["mean"] >= than["cosine"]["mean"] - SAME_COSINE


def choose(contenders):
    """Marks the settings that are worth timing at length.

    Each contender is a dict with `name`, `family`, `accuracy` (or None) and `quick`, the fastest time seen of each case.
    A setting is dropped when another one of its family that is as accurate is as fast in every case. Returns
    {name: name of the setting that makes it needless, or None when it stays}.
    """
    dropped_for = {each["name"]: None for each in contenders}

    def beats(a, b):
        if a["family"] != b["family"] or not b["quick"] or not set(b["quick"]) <= set(a["quick"]):
            return False
        if a["accuracy"] is not None and b["accuracy"] is not None and not as_accurate(a["accuracy"], b["accuracy"]):
            return False
        return all(a["quick"][case] <= b["quick"][case] * (1 + SAME_TIME) for case in b["quick"])

    # From the slowest to the fastest, so that of two equals the slower one goes, and never both.
    for b in sorted(contenders, key=lambda each: -sum(each["quick"].values())):
        for a in contenders:
            if a is not b and dropped_for[a["name"]] is None and beats(a, b):
                dropped_for[b["name"]] = a["name"]
                break
    return dropped_for


def best(contenders, case, threads, figure="median"):
    """The fastest of the contenders in a case, or None."""
    timed = [(each["times"].get(str(threads), {}).get(case), each) for each in contenders]
    timed = [(times[figure], each["name"], each) for times, each in timed if times is not None]
    return min(timed, key=lambda entry: entry[:2])[2] if timed else None


def compare(contenders, cases, threads, figure="median"):
    """One entry for each Linnet model, thread count and case: how many times slower the best peers are by `figure`, the
    median or the minimum of the times.

    `fastest` is the best peer whatever its accuracy, `accurate` the best one that is as accurate as the Linnet model or
    better, `padded` the best one that pads its batches. A contender with `out_of_ratio` is in none of them.
    """
    peers = [each for each in contenders if each["runtime"] != "linnet" and not each.get("out_of_ratio")]
    result = []
    for own in (each for each in contenders if each["runtime"] == "linnet"):
        groups = {
            "fastest": peers,
            "accurate": [peer for peer in peers if as_accurate(peer["accuracy"], own["accuracy"])],
            "padded": [peer for peer in peers if peer["pads"]],
        }
        for count in threads:
            for case in cases:
                times = own["times"].get(str(count), {}).get(case)
                if times is None:
                    continue
                entry = {"linnet": own["name"], "threads": count, "case": case}
                for group, members in groups.items():
                    peer = best(members, case, count, figure)
                    entry[group] = None
                    if peer is not None:
                        other = peer["times"][str(count)][case]
                        entry[group] = {"peer": peer["name"], "ratio": other[figure] / times[figure],
                                        "linnet_as_accurate": as_accurate(own["accuracy"], peer["accuracy"])}
                result.append(entry)
    return result


def speedup_of_threads(contenders, cases, threads, figure="median"):
    """{name: {case: time with the fewest threads / time with the most}}."""
    few, many = str(min(threads)), str(max(threads))
    result = {}
    for each in contenders:
        one, more = each["times"].get(few, {}), each["times"].get(many, {})
        result[each["name"]] = {case: one[case][figure] / more[case][figure]
                                for case in cases if case in one and case in more}
    return result
