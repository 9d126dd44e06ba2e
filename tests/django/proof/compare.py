"""Holds the observations of a run after the migration against those of the run before it."""
import difflib
import json


def _short(value, limit=400):
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    return text if len(text) <= limit else text[:limit] + "…"


def _diff(before, after):
    if isinstance(before, str) and isinstance(after, str) and ("\n" in before or "\n" in after):
        lines = difflib.unified_diff(before.splitlines(), after.splitlines(), "before", "after", lineterm="", n=0)
        return _short("\n".join(list(lines)[2:14]))
    return "before %s, after %s" % (_short(before), _short(after))


def _tables(before, after):
    for table in sorted(set(before) | set(after)):
        left, right = before.get(table, []), after.get(table, [])
        if left != right:
            gone = [r for r in left if r not in right]
            new = [r for r in right if r not in left]
            yield "%s: %d rows before, %d after; only before: %s; only after: %s" % (
                table, len(left), len(right), _short(gone[:2]), _short(new[:2]))


def _step(where, before, after, unordered):
    for key in ("status", "body", "headers", "cookies", "messages", "mail", "values", "output", "raised"):
        left, right = before.get(key), after.get(key)
        if key == "headers" and before.get("status") != after.get("status"):
            continue  # they follow from the status
        if key == "values" and left is not None and right is not None:
            # The after text may have names of its own (a session, a task group), but none may be lost.
            right = {name: right.get(name, "<missing>") for name in left}
        if key == "headers" and left != right:
            left, right = [h for h in left if h not in right], [h for h in right if h not in left]
        if left != right:
            yield key, "%s: %s" % (where, _diff(left, right))
    left, right = before.get("http", []), after.get("http", [])
    if unordered and (before.get("raised") or before.get("status", 200) >= 400):
        # What comes after a failure in the code may have been sent before it.
        return
    if unordered:
        left, right = (sorted(side, key=lambda c: json.dumps(c, sort_keys=True)) for side in (left, right))
    if left != right:
        for one, two in zip(left, right):
            if one != two:
                left = {k: v for k, v in one.items() if two[k] != v}
                right = {k: v for k, v in two.items() if one[k] != v}
                yield "http", "%s: %s %s: before %s, after %s" % (where, one["method"], one["path"], _short(left), _short(right))
                break
        else:
            yield "http", "%s: %d outgoing requests before, %d after" % (where, len(left), len(right))


def _slow(before, after, faster):
    """What did not become that many times faster, of the requests that take long enough to tell."""
    for one, two in zip(before["steps"], after["steps"]):
        if one["seconds"] > 0.3 and two["seconds"] * faster > one["seconds"]:
            yield "slow", "%s, %s: %.2f s before, %.2f s after" % (before["name"], one["what"], one["seconds"], two["seconds"])


def measured(before, after):
    """How long the requests that take a while took before and after, together; `None` where none did."""
    flows = {flow["name"]: flow for flow in after.get("flows", [])}
    pairs = [
        (one["seconds"], two["seconds"])
        for flow in before.get("flows", [])
        for one, two in zip(flow["steps"], flows.get(flow["name"], {"steps": []})["steps"])
        if one["seconds"] > 0.3
    ]
    if not pairs:
        return None
    long, short = (sum(seconds) / len(pairs) for seconds in zip(*pairs))
    return "%.2f s before, %.2f s after: %.1f times as fast" % (long, short, long / max(short, 0.001))


def compare(before, after, unordered=False, faster=None):
    """The differences and faults, as (kind, detail) pairs; empty when both behave alike.

    `unordered`: requests to other services may be sent in another order, and although another one fails. `faster`: each request that takes a while takes at
    most this part of it afterwards, and there is one.
    """
    if "broken" in after:
        return [tuple(after["broken"])]
    failures = []
    expected = {flow["name"]: flow for flow in before["flows"]}
    for flow_after in after["flows"]:
        name = flow_after["name"]
        flow_before = expected[name]
        if faster:
            failures.extend(_slow(flow_before, flow_after, faster))
        for one, two in zip(flow_before["steps"], flow_after["steps"]):
            where = "%s, %s" % (name, one["what"])
            for kind, detail in two["findings"]:
                failures.append((kind, "%s: %s" % (where, detail)))
            differences = list(_step(where, one, two, unordered))
            if differences and two.get("errors"):
                differences.append(("error", "%s: %s" % (where, two["errors"][-1].strip())))
            failures.extend(differences)
        for detail in _tables(flow_before["database"], flow_after["database"]):
            failures.append(("database", "%s: %s" % (name, detail)))
    if faster and not any(step["seconds"] > 0.3 for flow in before["flows"] for step in flow["steps"]):
        failures.append(("slow", "nothing took long before"))
    return failures
